import { toRebuildStart, type RebuildRollupsInput } from '../../contracts/rollups.ts';
import { findRollupRebuild, type RowKey } from '../../db/reads/rows-by-key.ts';
import { DomainError, isDomainError } from '../../domain/core/errors.ts';
import type { CalendarDate } from '../../domain/rollups/week.ts';
import type { ApiContext } from '../core/context.ts';
import { requireTeamAdmin } from '../core/team-admin.ts';

/** What only an admin may do here, and by another time zone or first day of the week. */
export const CHANGE_WEEKS = 'change its weeks';

export interface RebuildRollupsRequest {
  readonly teamId: string;
  readonly from?: CalendarDate | null | undefined;
  readonly to?: CalendarDate | null | undefined;
  readonly dryRun: boolean;
}

export interface StartedRebuild {
  readonly rebuild: RowKey;
  /** True when a rebuild was already going on; then it is that one, whatever was asked for. */
  readonly joined: boolean;
}

/**
 * Starts the rebuild of a team's weekly metrics, or joins the one that runs.
 * @throws DomainError NOT_FOUND, FORBIDDEN, INVALID_INPUT, TEMPORAL_UNAVAILABLE
 */
export async function rebuildRollups(
  context: ApiContext,
  request: RebuildRollupsRequest,
): Promise<StartedRebuild> {
  const { teamId, userId } = requireTeamAdmin(context, request.teamId, CHANGE_WEEKS);
  const { from = null, to = null } = request;
  if (from !== null && to !== null && from >= to) {
    throw new DomainError(
      'INVALID_INPUT',
      `The range is empty: to (${to}) must lie after from (${from}).`,
    );
  }
  return startRebuild(context, {
    teamId: String(teamId),
    reason: 'REQUESTED',
    isDryRun: request.dryRun,
    from,
    to,
    timeZone: null,
    weekStart: null,
    requestedBy: String(userId),
  });
}

/**
 * Starts a rebuild that was checked, or joins the one that runs; its row is there when this answers.
 * @throws DomainError INVALID_INPUT when another rebuild is at its very beginning; TEMPORAL_UNAVAILABLE; OVERLOADED when
 * it was started and the row has to wait: the workflow writes it
 */
export async function startRebuild(
  context: ApiContext,
  input: RebuildRollupsInput,
): Promise<StartedRebuild> {
  const { launcher, recordRebuild } = context.services;
  const teamId = BigInt(input.teamId);
  const launched = await launcher.startWorkflow(toRebuildStart(input));
  const { workflowId, workflowRunId, joined } = launched;
  if (joined) {
    await context.reads.refresh();
    const rebuild = await findRollupRebuild(context.reads.session, {
      teamId,
      workflowId,
      workflowRunId,
    });
    if (rebuild === null) {
      throw new DomainError(
        'INVALID_INPUT',
        'Another rebuild of the team has just begun: ask again in a moment.',
      );
    }
    return { rebuild, joined };
  }
  const id = await recordRebuild({
    ...input,
    teamId,
    requestedBy: input.requestedBy === null ? null : BigInt(input.requestedBy),
    workflowId,
    workflowRunId,
  }).catch((error: unknown) => {
    throw isDomainError(error) && error.code === 'OVERLOADED' ? startedOnly(error) : error;
  });
  // The answer shows what was just written, so it reads from a new moment.
  await context.reads.refresh();
  return { rebuild: { teamId, id }, joined };
}

function startedOnly(cause: DomainError): DomainError {
  return new DomainError(
    'OVERLOADED',
    "The rebuild was started, but the team's weeks are being computed right now: look at the team's rebuilds in a few seconds.",
    { cause },
  );
}
