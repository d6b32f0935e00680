import { toRollUpStart } from '../../contracts/rollups.ts';
import type { ImportedAiUsage } from '../../db/usage/ai-usage-import.ts';
import type { AiUsageSource } from '../../domain/usage/ai-usage.ts';
import type { RawAiUsageRow } from '../../domain/usage/ai-usage-row.ts';
import { DomainError } from '../../domain/core/errors.ts';
import type { ApiContext } from '../core/context.ts';
import { requireTeamAdmin } from '../core/team-admin.ts';

/** Rows of one request: with all their numbers they stay below the bound of a request's body. */
export const MAX_IMPORT_ROWS = 5_000;

export interface ImportAiUsageRequest {
  readonly teamId: string;
  readonly source: AiUsageSource;
  readonly rows: readonly RawAiUsageRow[];
  readonly dryRun: boolean;
  readonly skipBad: boolean;
}

export interface AiUsageImport extends ImportedAiUsage {
  readonly rows: number;
  /** The workflow that rolls the weeks up; null when none wait because of this, or Temporal did not answer. */
  readonly workflowId: string | null;
}

/**
 * Takes rows of usage from an admin and starts the rollup of their weeks. Without Temporal the import stands all the
 * same: the weeks then wait for the team's next rollup.
 * @throws DomainError NOT_FOUND, FORBIDDEN, INVALID_INPUT
 */
export async function importAiUsage(
  context: ApiContext,
  request: ImportAiUsageRequest,
): Promise<AiUsageImport> {
  const { teamId, userId } = requireTeamAdmin(context, request.teamId, 'import AI usage');
  if (request.rows.length === 0 || request.rows.length > MAX_IMPORT_ROWS) {
    throw new DomainError(
      'INVALID_INPUT',
      `Send 1 to ${MAX_IMPORT_ROWS} rows, not ${request.rows.length}: more come in by several requests, or by throughline import ai-usage.`,
    );
  }
  const imported = await context.services.importAiUsage({
    ...request,
    teamId,
    requestedBy: userId,
    now: context.services.now(),
  });
  // Also when all rows were there already: their weeks may wait since Temporal was away.
  const hasWork = imported.written !== null && imported.dirtyWeeks > 0;
  const workflowId = hasWork ? await startRollUp(context, teamId) : null;
  return { ...imported, rows: request.rows.length, workflowId };
}

async function startRollUp(context: ApiContext, teamId: bigint): Promise<string | null> {
  try {
    const start = toRollUpStart({ teamId: String(teamId) });
    return (await context.services.launcher.startWorkflow(start)).workflowId;
  } catch {
    // The rows are in: an error would say that they are not.
    return null;
  }
}
