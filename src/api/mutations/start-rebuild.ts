import { toRebuildStart, type RebuildRollupsInput } from '../../contracts/rollups.ts';
import { findRollupRebuild, type RowKey } from '../../db/reads/rows-by-key.ts';
import { rollupTransaction } from '../../db/rollups/rollup-lock.ts';
import { insertRebuild } from '../../db/rollups/rollup-rebuild.ts';
import { DomainError, isDomainError } from '../../domain/core/errors.ts';
import { invalidInput } from '../core/errors.ts';
import type { MutationContext } from '../core/request-writes.ts';

/** What only an admin may do who computes weeks anew, or has them begin elsewhere. */
export const CHANGE_WEEKS = 'change its weeks';

export interface StartedRebuild {
  readonly rebuild: RowKey;
  /** True when a rebuild was already going on; then it is that one, whatever was asked for. */
  readonly joined: boolean;
}

/**
 * Starts a rebuild that was checked, or joins the one that runs; its row is there when this answers. Temporal is asked
 * first, because the row is that of the workflow's run: the workflow, whose input says who asks, writes the same row and
 * the same entry of the audit when this process ends before it has.
 * @throws DomainError INVALID_INPUT when another rebuild is at its very beginning; TEMPORAL_UNAVAILABLE; StartedWithoutRow
 * when it was started and the row has to wait: the workflow writes it
 */
export async function startRebuild(
  context: MutationContext,
  input: RebuildRollupsInput,
): Promise<StartedRebuild> {
  const teamId = BigInt(input.teamId);
  const launched = await context.services.launcher.startWorkflow(toRebuildStart(input));
  const { workflowId, workflowRunId, joined } = launched;
  if (joined) {
    const rebuild = await findRollupRebuild(context.reads.session, {
      teamId,
      workflowId,
      workflowRunId,
    });
    if (rebuild === null) {
      throw invalidInput('Another rebuild of the team has just begun: ask again in a moment.');
    }
    return { rebuild, joined };
  }
  const row = {
    ...input,
    teamId,
    requestedBy: input.requestedBy === null ? null : BigInt(input.requestedBy),
    workflowId,
    workflowRunId,
  };
  try {
    const id = await context.writes.inTeam(
      teamId,
      (tx) => insertRebuild(tx, row),
      // The workflow, which writes the same row, waits longer.
      rollupTransaction(teamId, context.services.deadlines.rebuildMs),
    );
    return { rebuild: { teamId, id }, joined };
  } catch (error) {
    throw isDomainError(error) ? startedOnly(error) : error;
  }
}

/** Whatever kept the row from being written, the rebuild was started and its workflow writes the row. */
export class StartedWithoutRow extends DomainError {}

function startedOnly(cause: DomainError): StartedWithoutRow {
  const why =
    cause.code === 'OVERLOADED'
      ? "the team's weeks are being computed right now"
      : 'its row could not be written yet';
  return new StartedWithoutRow(
    cause.code,
    `The rebuild was started, but ${why}: look at the team's rebuilds in a few seconds.`,
    { cause },
  );
}
