import type { ImportedAiUsage } from '../db/ai-usage-import.ts';
import type { AiUsageSource } from '../domain/ai-usage.ts';
import type { RawAiUsageRow } from '../domain/ai-usage-row.ts';
import { DomainError } from '../domain/errors.ts';
import { requireViewer, visibleTeamId, type ApiContext } from './context.ts';
import { notFound } from './errors.ts';
import { readTeamId } from './global-id.ts';

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
}

/**
 * Takes rows of usage from an admin.
 * @throws DomainError NOT_FOUND, FORBIDDEN, INVALID_INPUT
 */
export async function importAiUsage(
  context: ApiContext,
  request: ImportAiUsageRequest,
): Promise<AiUsageImport> {
  const viewer = requireViewer(context);
  const teamId = readTeamId(request.teamId);
  if (visibleTeamId(context, teamId) !== teamId) {
    throw notFound('team');
  }
  if (!viewer.adminTeamIds.includes(teamId)) {
    throw new DomainError(
      'FORBIDDEN',
      'Only an admin of the team may import AI usage: ask one of them.',
    );
  }
  if (request.rows.length === 0 || request.rows.length > MAX_IMPORT_ROWS) {
    throw new DomainError(
      'INVALID_INPUT',
      `Send 1 to ${MAX_IMPORT_ROWS} rows, not ${request.rows.length}: more come in by several requests, or by throughline import ai-usage.`,
    );
  }
  const imported = await context.services.importAiUsage({
    ...request,
    teamId,
    requestedBy: viewer.userId,
    now: context.services.now(),
  });
  return { ...imported, rows: request.rows.length };
}
