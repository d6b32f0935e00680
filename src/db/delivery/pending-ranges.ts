import { toArrayLiteral, toIdArray } from '../core/array-literal.ts';
import type { DbTransaction } from '../core/client.ts';
import type { RepositoryKey } from '../core/keys.ts';
import { resolveRanges, type PlannedComparison } from './deployments.ts';

/** A part of the ranges of one environment that are still to be found out, by their deployments' numbers. */
export interface RangeWindow {
  readonly environment: string;
  /** The deployment behind which it begins; null at the environment's newest. */
  readonly before: string | null;
  /** Its oldest deployment; null as far as the limit goes. */
  readonly until: string | null;
}

/** The first environment behind a name, and none of these, that has ranges to be found out; null when there is none. */
export async function findPendingEnvironment(
  tx: DbTransaction,
  { teamId, repositoryId }: RepositoryKey,
  behind: string,
  without: readonly string[],
): Promise<string | null> {
  const rows = await tx.$queryRaw<{ environment: string }[]>`
    SELECT environment FROM deployment
    WHERE team_id = ${teamId} AND repository_id = ${repositoryId} AND environment > ${behind}
      AND environment <> ALL (${toArrayLiteral(without)}::text::text[]) AND compare_state = 'PENDING'
    ORDER BY environment LIMIT 1`;
  return rows[0]?.environment ?? null;
}

/**
 * The ranges of a window that are still to be found out, newest first; those of what is no name of a commit are left out.
 * @param limit the most that are returned
 */
export function readPendingRanges(
  tx: DbTransaction,
  { teamId, repositoryId }: RepositoryKey,
  { environment, before, until }: RangeWindow,
  limit: number,
): Promise<PlannedComparison[]> {
  return tx.$queryRaw<PlannedComparison[]>`
    SELECT d.github_id AS "deploymentId", b.sha AS base, d.sha AS head
    FROM deployment d JOIN deployment b ON b.team_id = d.team_id AND b.github_id = d.compared_with_id
    WHERE d.team_id = ${teamId} AND d.repository_id = ${repositoryId} AND d.compare_state = 'PENDING'
      AND d.environment = ${environment}
      AND d.sha ~ '^([0-9a-f]{40}|[0-9a-f]{64})$' AND b.sha ~ '^([0-9a-f]{40}|[0-9a-f]{64})$'
      AND (${before}::bigint IS NULL OR (d.created_at, d.github_id) < (SELECT created_at, github_id FROM deployment
        WHERE team_id = ${teamId} AND github_id = ${before}::bigint))
      AND (${until}::bigint IS NULL OR (d.created_at, d.github_id) >= (SELECT created_at, github_id FROM deployment
        WHERE team_id = ${teamId} AND github_id = ${until}::bigint))
    ORDER BY d.created_at DESC, d.github_id DESC LIMIT ${limit}::integer`;
}

/** The commits that a deployment brought. */
export interface FoundRange {
  readonly deploymentId: bigint;
  readonly shas: readonly string[];
}

/** Stores ranges that are found out as a whole. */
export async function storeRanges(
  tx: DbTransaction,
  { teamId, repositoryId }: RepositoryKey,
  ranges: readonly FoundRange[],
): Promise<void> {
  const ids = ranges.map(({ deploymentId }) => deploymentId);
  await tx.$executeRaw`
    UPDATE deployment d SET compare_state = 'COMPARED', compare_reason = NULL, commit_count = r.commits
    FROM unnest(${toIdArray(ids)}::text::bigint[],
      ${toArrayLiteral(ranges.map(({ shas }) => shas.length))}::text::integer[]) AS r(id, commits)
    WHERE d.team_id = ${teamId} AND d.github_id = r.id`;
  const commits = ranges.flatMap(({ deploymentId, shas }) =>
    shas.map((sha) => ({ deploymentId, sha })),
  );
  await tx.$executeRaw`
    INSERT INTO deployment_commit (team_id, deployment_id, sha)
    SELECT DISTINCT d.team_id, d.github_id, r.sha
    FROM unnest(${toIdArray(commits.map(({ deploymentId }) => deploymentId))}::text::bigint[],
      ${toArrayLiteral(commits.map(({ sha }) => sha))}::text::text[]) AS r(id, sha)
    JOIN deployment d ON d.team_id = ${teamId} AND d.github_id = r.id
    ORDER BY d.github_id, r.sha
    ON CONFLICT DO NOTHING`;
  await resolveRanges(tx, { teamId, repositoryId }, ids);
}
