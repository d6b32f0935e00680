import type { DbTransaction } from '../core/client.ts';
import type { RepositoryKey } from '../core/keys.ts';
import { CONTRADICTORY, MONTH_KEY_PREFIX, UNKNOWN_KEY } from '../../domain/sync/dead-letter.ts';

/** A calendar month by its first day, `YYYY-MM-01`, in UTC. */
export type Month = string;

/** Pull requests of a month. */
export interface MonthCount {
  readonly month: Month;
  readonly count: number;
}

/** A month as reconcile saw it on GitHub and in the database. */
export interface VerifiedMonth {
  readonly month: Month;
  readonly onGitHub: number;
  readonly stored: number;
}

/** Repositories of a team that have been synced to the end, and those that are gone: they may be there again. */
export async function listReconcilable(
  tx: DbTransaction,
  teamId: bigint,
): Promise<{ readonly id: bigint; readonly owner: string; readonly name: string }[]> {
  return tx.$queryRaw`
    SELECT id, owner, name FROM repository WHERE team_id = ${teamId} AND complete_from IS NOT NULL ORDER BY id`;
}

/** Counts the stored pull requests that were opened in a range, by month in UTC; months without any are left out. */
export async function countStoredMonths(
  tx: DbTransaction,
  key: RepositoryKey,
  range: { readonly from: Date; readonly to: Date },
): Promise<MonthCount[]> {
  return tx.$queryRaw`
    SELECT to_char(created_at, 'YYYY-MM-01') AS month, count(*)::integer AS count FROM pull_request
    WHERE team_id = ${key.teamId} AND repository_id = ${key.repositoryId} AND deleted_at IS NULL
      AND created_at >= ${range.from} AND created_at < ${range.to}
    GROUP BY 1`;
}

/**
 * Writes what reconcile saw of a repository and how complete that makes it: the share of GitHub's pull requests that are
 * stored, month by month. The counts of repairs stay when the same run compares a second time.
 */
export async function saveVerifiedMonths(
  tx: DbTransaction,
  key: RepositoryKey,
  months: readonly VerifiedMonth[],
  options: { readonly at: Date; readonly keepsRepaired: boolean },
): Promise<void> {
  const { at, keepsRepaired } = options;
  await tx.$executeRaw`
    INSERT INTO repository_month AS known (team_id, repository_id, month, on_github, stored, verified_at)
    SELECT ${key.teamId}::bigint, ${key.repositoryId}::bigint, seen.month, seen.on_github, seen.stored, ${at}::timestamptz
    FROM unnest(${months.map(({ month }) => month)}::text[]::date[],
      ${months.map(({ onGitHub }) => onGitHub)}::integer[], ${months.map(({ stored }) => stored)}::integer[])
      AS seen(month, on_github, stored)
    ORDER BY seen.month
    ON CONFLICT (team_id, repository_id, month) DO UPDATE SET on_github = excluded.on_github, stored = excluded.stored,
      repaired = CASE WHEN ${keepsRepaired}::boolean THEN known.repaired ELSE 0 END,
      removed = CASE WHEN ${keepsRepaired}::boolean THEN known.removed ELSE 0 END, verified_at = excluded.verified_at`;
  await tx.$executeRaw`
    UPDATE repository SET last_verified_at = ${at}, completeness = (
      SELECT CASE WHEN coalesce(sum(m.on_github), 0) = 0 THEN 1
        ELSE trunc(sum(least(m.stored, m.on_github))::numeric / sum(m.on_github), 5) END
      FROM repository_month m WHERE m.team_id = ${key.teamId} AND m.repository_id = ${key.repositoryId})
    WHERE team_id = ${key.teamId} AND id = ${key.repositoryId}`;
  // What has no number is among the stored ones when none is missing, and a month that was given up when none of it is.
  // Counts do not show which updates a page that contradicts itself should have brought: only a sync that reads it again
  // does.
  await tx.$executeRaw`
    UPDATE dead_letter d SET resolved_at = now()
    WHERE d.team_id = ${key.teamId} AND d.repository_id = ${key.repositoryId} AND d.entity = 'pull_request'
      AND (d.natural_key = ${UNKNOWN_KEY} OR starts_with(d.natural_key, ${MONTH_KEY_PREFIX}))
      AND d.reason_code <> ${CONTRADICTORY} AND d.resolved_at IS NULL AND d.last_seen_at < ${at}
      AND NOT EXISTS (SELECT FROM repository_month m WHERE m.team_id = d.team_id AND m.repository_id = d.repository_id
        AND m.stored < m.on_github
        AND d.natural_key IN (${UNKNOWN_KEY}, ${MONTH_KEY_PREFIX} || to_char(m.month, 'YYYY-MM')))`;
}

/** Adds to what was repaired of a month; must run in the transaction that does it. */
export async function countRepaired(
  tx: DbTransaction,
  key: RepositoryKey,
  month: Month,
  done: { readonly repaired: number; readonly removed: number },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE repository_month SET repaired = repaired + ${done.repaired}, removed = removed + ${done.removed}
    WHERE team_id = ${key.teamId} AND repository_id = ${key.repositoryId} AND month = ${month}::text::date`;
}

/** A stored pull request of a range. */
export interface StoredNumber {
  readonly number: number;
  readonly isDeleted: boolean;
}

/** Numbers of the pull requests that are stored of a range, those that were gone among them. */
export async function readStoredNumbers(
  tx: DbTransaction,
  key: RepositoryKey,
  range: { readonly from: Date; readonly to: Date },
): Promise<StoredNumber[]> {
  return tx.$queryRaw`
    SELECT number, deleted_at IS NOT NULL AS "isDeleted" FROM pull_request
    WHERE team_id = ${key.teamId} AND repository_id = ${key.repositoryId}
      AND created_at >= ${range.from} AND created_at < ${range.to}`;
}
