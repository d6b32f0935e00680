import type { KnownCommit } from '../../domain/delivery/commit-walk.ts';
import type { HistoryCommit } from '../../domain/delivery/delivery-facts.ts';
import { toArrayLiteral } from '../core/array-literal.ts';
import type { DbTransaction } from '../core/client.ts';
import type { RepositoryKey } from '../core/keys.ts';

/** Rows that one statement deletes. */
const EXPIRED_BATCH = 5_000;

/**
 * Adds what was read of a repository's commits. What is known of one stays: neither its parents nor its ancestors change.
 * @param counts how many commits lead to these, which need not be among the commits
 */
export async function storeHistory(
  tx: DbTransaction,
  { teamId, repositoryId }: RepositoryKey,
  commits: readonly HistoryCommit[],
  counts: ReadonlyMap<string, number>,
): Promise<void> {
  const counted = [...counts.keys()].filter((sha) => commits.every((one) => one.sha !== sha));
  const rows = [...commits, ...counted.map((sha) => ({ sha, parents: null, committedAt: null }))];
  // Names of commits hold no blanks: an array of arrays has to have the same number of each.
  await tx.$executeRaw`
    INSERT INTO history_commit AS h (team_id, repository_id, sha, parents, committed_at, ancestors)
    SELECT DISTINCT ON (sha) ${teamId}::bigint, ${repositoryId}::bigint, sha,
      string_to_array(parents, ' '), committed_at, ancestors
    FROM unnest(${toArrayLiteral(rows.map(({ sha }) => sha))}::text::text[],
      ${toArrayLiteral(rows.map(({ parents }) => parents?.join(' ') ?? null))}::text::text[],
      ${toArrayLiteral(rows.map(({ committedAt }) => committedAt))}::text::timestamptz[],
      ${toArrayLiteral(rows.map(({ sha }) => counts.get(sha) ?? null))}::text::integer[])
      AS read(sha, parents, committed_at, ancestors)
    ORDER BY sha
    ON CONFLICT (team_id, repository_id, sha) DO UPDATE SET parents = coalesce(h.parents, excluded.parents),
      committed_at = coalesce(h.committed_at, excluded.committed_at),
      ancestors = coalesce(h.ancestors, excluded.ancestors), read_at = now()
    WHERE (h.committed_at IS NULL AND excluded.committed_at IS NOT NULL)
      OR (h.ancestors IS NULL AND excluded.ancestors IS NOT NULL)`;
}

/**
 * Loads commits of a repository, and those that they follow on, the nearest first.
 * @param limit the most that are loaded
 * @returns what is known of each; null for one that was not read
 */
export async function loadHistory(
  tx: DbTransaction,
  { teamId, repositoryId }: RepositoryKey,
  shas: readonly string[],
  limit: number,
): Promise<Map<string, KnownCommit | null>> {
  // A row at a time by the key: the planner knows nothing of how many commits lead to one.
  const rows = await tx.$queryRaw<HistoryRow[]>`
    WITH RECURSIVE reached(sha) AS (
      SELECT DISTINCT sha FROM unnest(${toArrayLiteral(shas)}::text::text[]) AS asked(sha)
      UNION
      SELECT unnest(h.parents) FROM reached r CROSS JOIN LATERAL (
        SELECT parents FROM history_commit
        WHERE team_id = ${teamId} AND repository_id = ${repositoryId} AND sha = r.sha OFFSET 0) AS h
    )
    SELECT r.sha, h.parents, h.committed_at AS "committedAt", h.ancestors
    FROM (SELECT sha FROM reached LIMIT ${limit}::integer) AS r
    LEFT JOIN LATERAL (SELECT parents, committed_at, ancestors FROM history_commit
      WHERE team_id = ${teamId} AND repository_id = ${repositoryId} AND sha = r.sha OFFSET 0) AS h ON true`;
  return new Map(rows.map((row) => [row.sha, toKnownCommit(row)]));
}

interface HistoryRow {
  readonly sha: string;
  readonly parents: string[] | null;
  readonly committedAt: Date | null;
  readonly ancestors: number | null;
}

function toKnownCommit({ parents, committedAt, ancestors }: HistoryRow): KnownCommit | null {
  return committedAt === null && ancestors === null
    ? null
    : {
        isRead: committedAt !== null,
        parents,
        committedAt: committedAt?.getTime() ?? 0,
        ancestors,
      };
}

/**
 * Deletes a batch of a team's commits that were read before an instant.
 * @returns true when more may be left
 */
export async function deleteOldHistory(
  tx: DbTransaction,
  teamId: bigint,
  before: Date,
): Promise<boolean> {
  const deleted = await tx.$executeRaw`
    DELETE FROM history_commit h
    USING (SELECT repository_id, sha FROM history_commit
      WHERE team_id = ${teamId} AND read_at < ${before}
      ORDER BY repository_id, sha LIMIT ${EXPIRED_BATCH}::integer FOR UPDATE) AS old
    WHERE h.team_id = ${teamId} AND h.repository_id = old.repository_id AND h.sha = old.sha`;
  return deleted === EXPIRED_BATCH;
}
