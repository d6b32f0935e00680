import {
  createAiUsageIntake,
  isAiUsageProblem,
  type MembersByLogin,
} from '../../domain/usage/ai-usage-intake.ts';
import type { AiUsageSource } from '../../domain/usage/ai-usage.ts';
import {
  faultsOf,
  type AiUsageFault,
  type RawAiUsageRow,
} from '../../domain/usage/ai-usage-row.ts';
import type { Written } from '../core/admin-audit.ts';
import { AI_USAGE, type AiUsageRow } from './ai-usage-table.ts';
import { bulkUpsert, type BulkCounts } from '../bulk/bulk-upsert.ts';
import type { DbTransaction } from '../core/client.ts';
import { readDatabaseClock } from '../core/database-clock.ts';

/** The audit's word for an import. */
export const AI_USAGE_IMPORT = 'AI_USAGE_IMPORT';

/**
 * The ids of a team's members by login in lower case; null where several members have had the login. An account with an
 * id goes before one that is known by its login alone.
 */
export async function readMembersByLogin(
  tx: DbTransaction,
  teamId: bigint,
): Promise<MembersByLogin> {
  const rows = await tx.$queryRaw<{ id: bigint; login: string; hasId: boolean }[]>`
    SELECT DISTINCT coalesce(merged_into_id, id) AS id, lower(login) AS login, github_id > 0 AS "hasId"
    FROM member WHERE team_id = ${teamId}`;
  const members = new Map<string, bigint | null>();
  for (const { id, login } of rows.filter(({ hasId }) => hasId)) {
    members.set(login, members.has(login) ? null : id);
  }
  for (const { id, login } of rows.filter(({ hasId }) => !hasId)) {
    if (!members.has(login)) {
      members.set(login, id);
    }
  }
  return members;
}

/** How many weeks of a team wait to be rolled up. */
export async function countDirtyWeeks(tx: DbTransaction, teamId: bigint): Promise<number> {
  const [row] = await tx.$queryRaw<{ weeks: number }[]>`
    SELECT count(DISTINCT week_start)::integer AS weeks FROM rollup_dirty WHERE team_id = ${teamId}`;
  return row?.weeks ?? 0;
}

export interface ImportAiUsageInput {
  readonly teamId: bigint;
  readonly source: AiUsageSource;
  /** By the names of the API's fields. */
  readonly rows: readonly RawAiUsageRow[];
  /** Reads and checks, and writes nothing. */
  readonly dryRun: boolean;
  /** Writes the good rows when others are bad; without it nothing is written then. */
  readonly skipBad: boolean;
}

export interface ImportedAiUsage {
  /** Rows that can be written. */
  readonly accepted: number;
  /** Null when nothing was written: a dry run, or a bad row without `skipBad`. */
  readonly written: BulkCounts | null;
  /** Weeks of the team that wait to be rolled up now. */
  readonly dirtyWeeks: number;
  readonly refused: number;
  /** All that is wrong with each bad row, by its index. */
  readonly problems: readonly (AiUsageFault & { readonly index: number })[];
}

/**
 * Writes usage that somebody hands in, none of the future by the database's clock. The same rows once more change nothing.
 * @throws DomainError INVALID_INPUT when a member went away in between
 */
export async function importAiUsage(
  tx: DbTransaction,
  input: ImportAiUsageInput,
): Promise<Written<ImportedAiUsage>> {
  const { teamId, source } = input;
  const now = await readDatabaseClock(tx);
  const intake = createAiUsageIntake({
    source,
    now,
    spelling: 'key',
    members: await readMembersByLogin(tx, teamId),
    nameRow: (rowNumber) => `rows[${rowNumber - 1}]`,
    duplicateAdvice: 'add them up into one row',
  });
  const rows: AiUsageRow[] = [];
  const problems: (AiUsageFault & { readonly index: number })[] = [];
  let refused = 0;
  for (const [index, raw] of input.rows.entries()) {
    const taken = intake.take(index + 1, raw);
    if (isAiUsageProblem(taken)) {
      refused += 1;
      problems.push(...faultsOf(taken).map((fault) => ({ ...fault, index })));
    } else {
      rows.push({ ...taken.fact, memberId: taken.memberId, syncedAt: now });
    }
  }
  const isWritten = !input.dryRun && (problems.length === 0 || input.skipBad);
  const written = isWritten ? await bulkUpsert(tx, AI_USAGE, teamId, rows) : null;
  const dirtyWeeks = await countDirtyWeeks(tx, teamId);
  const result = { accepted: rows.length, refused, written, dirtyWeeks, problems };
  if (written === null) {
    return { result, audit: 'UNCHANGED' };
  }
  const { inserted, updated, unchanged } = written;
  const details = { source, inserted, updated, unchanged, refused };
  return { result, audit: { action: AI_USAGE_IMPORT, details } };
}
