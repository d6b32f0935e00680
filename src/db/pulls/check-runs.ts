import type { CheckFact, CheckState, GapFact } from '../../domain/pulls/github-facts.ts';
import { toArrayLiteral } from '../core/array-literal.ts';
import { bulkUpsert } from '../bulk/bulk-upsert.ts';
import { deleteMissingChildren } from '../bulk/children.ts';
import type { DbTransaction } from '../core/client.ts';
import type { RepositoryKey } from '../core/keys.ts';
import { storeGaps } from './gaps.ts';
import { CHECK_RUN } from './pull-request-tables.ts';

/** A pull request whose checks are not over. */
export interface PendingChecks {
  readonly pullRequestId: bigint;
  readonly number: number;
  readonly githubId: bigint;
}

export interface PendingChecksQuestion extends RepositoryKey {
  /** Checks that began before are left as they are. */
  readonly since: Date;
  /** Pull requests after this one. */
  readonly after: bigint;
  readonly limit: number;
}

/**
 * The pull requests of a repository whose checks are not over, by id; a completed one without a conclusion is not, GitHub
 * gives it one later. A check that has not begun counts from the last
 * change of its pull request. Where an admin wants its checks tried again it counts however old it is.
 */
export function readPendingChecks(
  tx: DbTransaction,
  { teamId, repositoryId, since, after, limit }: PendingChecksQuestion,
): Promise<PendingChecks[]> {
  return tx.$queryRaw<PendingChecks[]>`
    SELECT p.id AS "pullRequestId", p.number, p.github_id AS "githubId"
    FROM check_run c JOIN pull_request p ON p.team_id = c.team_id AND p.id = c.pull_request_id
    WHERE c.team_id = ${teamId} AND c.pull_request_id > ${after}
      AND (c.status <> 'COMPLETED' OR (c.conclusion = 'UNKNOWN' AND c.conclusion_raw IS NULL))
      AND p.repository_id = ${repositoryId} AND p.deleted_at IS NULL
      AND (coalesce(c.started_at, p.updated_at) >= ${since} OR EXISTS (SELECT FROM dead_letter d
        WHERE d.team_id = p.team_id AND d.repository_id = p.repository_id AND d.entity = 'check_runs'
          AND d.natural_key = p.number::text AND d.resolved_at IS NULL AND d.retry_requested_at IS NOT NULL))
    GROUP BY p.id, p.number, p.github_id
    ORDER BY p.id LIMIT ${limit}::integer`;
}

/** All checks of a pull request's head commit. */
export interface HeadChecks {
  readonly pullRequestId: bigint;
  readonly checkState: CheckState | null;
  readonly checkStateRaw: string | null;
  readonly checks: readonly CheckFact[];
  /** What of them could not be read. */
  readonly gaps: readonly GapFact[];
}

/** Writes checks as they stand now. Those of an earlier head vanish. */
export async function storeChecks(
  tx: DbTransaction,
  teamId: bigint,
  heads: readonly HeadChecks[],
): Promise<void> {
  const ids = heads.map((head) => head.pullRequestId);
  const rows = heads.flatMap(({ pullRequestId, checks }) =>
    checks.map((check) => ({ ...check, pullRequestId })),
  );
  await deleteMissingChildren(tx, CHECK_RUN, teamId, ids, rows);
  await bulkUpsert(tx, CHECK_RUN, teamId, rows);
  const gaps = heads.map((head) => ({ ...head, whole: ['CHECKS'] as const }));
  await storeGaps(tx, teamId, gaps);
  await tx.$executeRaw`
    UPDATE pull_request p SET check_state = head.state, check_state_raw = head.raw
    FROM unnest(${toArrayLiteral(ids)}::text::bigint[],
      ${toArrayLiteral(heads.map((head) => head.checkState))}::text::text[],
      ${toArrayLiteral(heads.map((head) => head.checkStateRaw))}::text::text[]) AS head(id, state, raw)
    WHERE p.team_id = ${teamId} AND p.id = head.id
      AND (p.check_state, p.check_state_raw) IS DISTINCT FROM (head.state, head.raw)`;
}
