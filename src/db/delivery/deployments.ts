import { MAX_RANGE_ATTEMPTS } from '../../domain/sync/dead-letter.ts';
import type { DeploymentFact } from '../../domain/delivery/delivery-facts.ts';
import { toArrayLiteral } from '../core/array-literal.ts';
import { bulkUpsert } from '../bulk/bulk-upsert.ts';
import type { DbTransaction } from '../core/client.ts';
import type { RepositoryKey } from '../core/keys.ts';
import { storeDeadLetters } from '../sync/dead-letters.ts';
import type { RunKey } from '../sync/sync-runs.ts';
import { addUnknownMembers } from '../members/members.ts';
import { describeTable } from '../bulk/describe-table.ts';

const DEPLOYMENT = describeTable('Deployment', {
  unwritten: ['compareState', 'compareReason', 'comparedWithId', 'commitCount'],
  key: ['githubId'],
  newest: 'stateAt',
});

/** Writes deployments as they stand now. What is known of their commits stays. */
export async function storeDeployments(
  tx: DbTransaction,
  { teamId, repositoryId }: RepositoryKey,
  deployments: readonly DeploymentFact[],
  syncedAt: Date,
): Promise<void> {
  const members = await addUnknownMembers(
    tx,
    teamId,
    deployments.map(({ creator }) => creator),
  );
  await bulkUpsert(
    tx,
    DEPLOYMENT,
    teamId,
    deployments.map((fact) => ({
      ...fact,
      repositoryId,
      creatorId: members.idOf(fact.creator),
      syncedAt,
    })),
  );
}

/**
 * Creation of the oldest deployment since `since` whose state may still change, which changes no update time: one that
 * is not over, or a success, which GitHub makes INACTIVE when another follows it. Null when there is none.
 */
export async function readChangingSince(
  tx: DbTransaction,
  { teamId, repositoryId }: RepositoryKey,
  since: Date,
): Promise<Date | null> {
  const [row] = await tx.$queryRaw<{ oldest: Date | null }[]>`
    SELECT min(created_at) AS oldest FROM deployment
    WHERE team_id = ${teamId} AND repository_id = ${repositoryId} AND created_at >= ${since}
      AND state IN ('PENDING', 'QUEUED', 'WAITING', 'IN_PROGRESS', 'SUCCESS')`;
  return row?.oldest ?? null;
}

/** What `dead_letter` calls ranges that GitHub did not answer; their keys are the deployments' numbers. */
const RANGES = 'deployment_ranges';

/** Stores that GitHub did not answer for a range: later syncs ask again. */
export async function deadLetterRange(
  tx: DbTransaction,
  { deploymentId, ...run }: RepositoryKey & RunKey & DeploymentKey,
  reason: string,
): Promise<void> {
  const rejected = [{ naturalKey: String(deploymentId), reasonCode: 'NOT_ANSWERED', reason }];
  await storeDeadLetters(tx, { ...run, entity: RANGES, rejected, readable: [] });
}

/** Takes ranges off the list of those that GitHub did not answer. */
export async function resolveRanges(
  tx: DbTransaction,
  { teamId, repositoryId }: RepositoryKey,
  deploymentIds: readonly bigint[],
): Promise<void> {
  const readable = deploymentIds.map(String);
  await storeDeadLetters(tx, { teamId, repositoryId, entity: RANGES, rejected: [], readable });
}

/**
 * Has those ranges asked for again that GitHub did not answer and that have waited for it. Whether it answers at all is
 * known by one request, and a server may answer that and compare nothing for an hour. What an admin wants tried again
 * waits for nothing.
 */
export async function planDeadLetteredRanges(
  tx: DbTransaction,
  { teamId, repositoryId }: RepositoryKey,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE deployment d SET compare_state = 'PENDING', compare_reason = NULL
    FROM dead_letter l
    WHERE l.team_id = ${teamId} AND l.repository_id = ${repositoryId} AND l.entity = ${RANGES}
      AND l.resolved_at IS NULL AND (l.retry_requested_at IS NOT NULL OR (l.attempts < ${MAX_RANGE_ATTEMPTS}::integer
        AND l.last_seen_at <= now() - make_interval(hours => l.attempts * l.attempts)))
      AND d.team_id = ${teamId} AND d.repository_id = ${repositoryId} AND d.github_id::text = l.natural_key
      AND d.compare_state = 'UNAVAILABLE'`;
}

/**
 * Says with which one each successful deployment of a repository is compared: the last successful one to its
 * environment that was created before it. Where that is another one than before, it is compared anew; one of the same
 * commit brought nothing, and the first of an environment cannot be compared, so that nothing is known of what it brought.
 */
export async function planComparisons(
  tx: DbTransaction,
  { teamId, repositoryId }: RepositoryKey,
): Promise<void> {
  await tx.$executeRaw`
    WITH ordered AS (
      SELECT github_id, lag(github_id) OVER environment AS base_id, lag(sha) OVER environment = sha AS is_same
      FROM deployment
      WHERE team_id = ${teamId} AND repository_id = ${repositoryId} AND succeeded_at IS NOT NULL
      WINDOW environment AS (PARTITION BY environment ORDER BY created_at, github_id)
    ), changed AS (
      UPDATE deployment d SET compared_with_id = o.base_id, compare_reason = NULL,
        commit_count = CASE WHEN o.is_same THEN 0 END,
        compare_state = CASE WHEN o.base_id IS NULL THEN 'FIRST' WHEN o.is_same THEN 'COMPARED' ELSE 'PENDING' END
      FROM ordered o
      WHERE d.team_id = ${teamId} AND d.github_id = o.github_id
        AND (d.compared_with_id IS DISTINCT FROM o.base_id OR (o.base_id IS NULL AND d.compare_state <> 'FIRST'))
      RETURNING d.github_id
    )
    DELETE FROM deployment_commit c USING changed
    WHERE c.team_id = ${teamId} AND c.deployment_id = changed.github_id`;
}

/** Two commits to compare. */
export interface PlannedComparison {
  readonly deploymentId: bigint;
  readonly base: string;
  readonly head: string;
}

/**
 * The deployments of a repository that are still to be compared, an environment's in their order.
 * @param limit the most that are returned
 */
export function readDeploymentsToCompare(
  tx: DbTransaction,
  { teamId, repositoryId }: RepositoryKey,
  limit: number,
): Promise<PlannedComparison[]> {
  return tx.$queryRaw<PlannedComparison[]>`
    SELECT d.github_id AS "deploymentId", b.sha AS base, d.sha AS head
    FROM deployment d JOIN deployment b ON b.team_id = d.team_id AND b.github_id = d.compared_with_id
    WHERE d.team_id = ${teamId} AND d.repository_id = ${repositoryId} AND d.compare_state = 'PENDING'
    ORDER BY d.environment, d.created_at, d.github_id LIMIT ${limit}::integer`;
}

interface DeploymentKey {
  readonly teamId: bigint;
  readonly deploymentId: bigint;
}

/** Adds a page of the commits that a deployment brought; with the last page it is compared. */
export async function storeRangePage(
  tx: DbTransaction,
  { teamId, deploymentId }: DeploymentKey,
  shas: readonly string[],
  isLast: boolean,
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO deployment_commit (team_id, deployment_id, sha)
    SELECT DISTINCT d.team_id, d.github_id, brought.sha
    FROM deployment d CROSS JOIN unnest(${toArrayLiteral(shas)}::text::text[]) AS brought(sha)
    WHERE d.team_id = ${teamId} AND d.github_id = ${deploymentId} ORDER BY brought.sha
    ON CONFLICT DO NOTHING`;
  if (isLast) {
    await tx.$executeRaw`
      UPDATE deployment d SET compare_state = 'COMPARED', compare_reason = NULL,
        commit_count = (SELECT count(*) FROM deployment_commit c
          WHERE c.team_id = d.team_id AND c.deployment_id = d.github_id)
      WHERE d.team_id = ${teamId} AND d.github_id = ${deploymentId}`;
  }
}

/** Stores why the commits of a deployment cannot be known. */
export async function setRangeUnavailable(
  tx: DbTransaction,
  { teamId, deploymentId }: DeploymentKey,
  reason: string,
): Promise<void> {
  await tx.$executeRaw`
    DELETE FROM deployment_commit WHERE team_id = ${teamId} AND deployment_id = ${deploymentId}`;
  await tx.$executeRaw`
    UPDATE deployment SET compare_state = 'UNAVAILABLE', compare_reason = ${reason}, commit_count = NULL
    WHERE team_id = ${teamId} AND github_id = ${deploymentId}`;
}
