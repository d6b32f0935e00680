import type { StageHeads } from '../../domain/pulls/github-facts.ts';
import {
  CONTRADICTORY,
  MAX_RANGE_ATTEMPTS,
  MAX_RETRY_STEP,
  PERMISSION_KEY,
  WATERMARK_HOLD_DAYS,
} from '../../domain/sync/dead-letter.ts';
import type { SyncStage } from '../../domain/sync/sync-stage.ts';
import { toArrayLiteral } from '../core/array-literal.ts';
import { readPendingChecks } from '../pulls/check-runs.ts';
import type { DbTransaction } from '../core/client.ts';
import type { RepositoryKey } from '../core/keys.ts';
import { readNestedLists } from './nested-lists.ts';

/** How long what is not over is asked for again. */
const DAYS_UNTIL_OVER = 7;

export interface DueStagesInput extends RepositoryKey {
  /** Null on all pages but the first. */
  readonly heads: StageHeads | null;
  /** Ids of the pull requests that the page has changed. */
  readonly changed: readonly bigint[];
  readonly isLast: boolean;
  /** The sync that read the page; none where no sync did. */
  readonly syncRunId?: bigint;
  readonly syncedAt: Date;
}

/**
 * Which stages a page shows to be due: deployments and releases by what is newest on GitHub, or is not over; comments
 * on lines by counts; with the last page nested lists that are longer, checks that are not over, and the stages whose
 * watermark is held by dead letters, that have ranges of commits to ask for again, or that do not go back as far as a
 * backfill.
 */
export async function findDueStages(
  tx: DbTransaction,
  input: DueStagesInput,
): Promise<SyncStage[]> {
  const { teamId, repositoryId, heads, isLast } = input;
  const recent = new Date(input.syncedAt.getTime() - DAYS_UNTIL_OVER * 24 * 60 * 60 * 1000);
  const rows = await tx.$queryRaw<{ stage: SyncStage }[]>`
    SELECT 'REVIEW_COMMENTS' AS stage WHERE EXISTS (SELECT 1 FROM pull_request p
      WHERE p.team_id = ${teamId} AND p.id = ANY (${toArrayLiteral(input.changed)}::text::bigint[])
        AND (p.comment_count IS NULL OR p.comment_count > (SELECT count(*) FROM comment c
          WHERE c.team_id = ${teamId} AND c.pull_request_id = p.id AND c.kind = 'ISSUE')))
    UNION ALL
    SELECT 'DEPLOYMENTS' WHERE ${heads !== null}::boolean AND (
      (${heads?.deploymentId ?? null}::bigint IS NOT NULL AND NOT EXISTS (SELECT 1 FROM deployment d
        WHERE d.team_id = ${teamId} AND d.github_id = ${heads?.deploymentId ?? null}::bigint))
      OR EXISTS (SELECT 1 FROM deployment d WHERE d.team_id = ${teamId} AND d.repository_id = ${repositoryId}
        AND d.created_at > ${recent} AND d.state IN ('PENDING', 'QUEUED', 'WAITING', 'IN_PROGRESS')))
    UNION ALL
    SELECT 'RELEASES' WHERE ${heads !== null}::boolean AND (
      (${heads?.releaseId ?? null}::bigint IS NOT NULL AND NOT EXISTS (SELECT 1 FROM release r
        WHERE r.team_id = ${teamId} AND r.github_id = ${heads?.releaseId ?? null}::bigint))
      OR EXISTS (SELECT 1 FROM release r WHERE r.team_id = ${teamId} AND r.repository_id = ${repositoryId}
        AND r.created_at > ${recent} AND r.is_draft))`;
  const stages = new Set(rows.map(({ stage }) => stage));
  if (isLast) {
    const key = { teamId, repositoryId };
    const lists = await readNestedLists(tx, key, 1);
    const pending = await readPendingChecks(tx, { ...key, since: recent, after: 0n, limit: 1 });
    const again = await findStagesToRepeat(tx, key);
    const shallow = await findShallowStages(tx, { ...key, syncRunId: input.syncRunId ?? null });
    const found = [
      ...lists.map(() => 'NESTED_LISTS' as const),
      ...pending.map(() => 'CHECK_RUNS' as const),
    ];
    for (const stage of [...found, ...again, ...shallow]) {
      stages.add(stage);
    }
  }
  return [...stages];
}

/**
 * The stages that dead letters have read again, as `finishStage` and `planDeadLetteredRanges` have it: nothing else may
 * be new on GitHub. What contradicts itself may do so for ever, and is read again after longer and longer pauses.
 * Nested lists are not among them: `readNestedLists` knows which wait.
 */
async function findStagesToRepeat(
  tx: DbTransaction,
  { teamId, repositoryId }: RepositoryKey,
): Promise<SyncStage[]> {
  const rows = await tx.$queryRaw<{ stage: SyncStage }[]>`
    SELECT DISTINCT CASE entity WHEN 'deployment_ranges' THEN 'DEPLOYMENTS' ELSE upper(entity) END AS stage
    FROM dead_letter
    WHERE team_id = ${teamId} AND repository_id = ${repositoryId} AND resolved_at IS NULL
      AND CASE WHEN entity = 'deployment_ranges' THEN attempts < ${MAX_RANGE_ATTEMPTS}::integer
          AND last_seen_at <= now() - make_interval(hours => attempts * attempts)
        ELSE entity IN ('review_comments', 'check_runs', 'deployments', 'releases')
          AND natural_key <> ${PERMISSION_KEY} AND (reason_code <> ${CONTRADICTORY}
            OR last_seen_at + make_interval(hours => least(attempts, ${MAX_RETRY_STEP}::integer)
              * least(attempts, ${MAX_RETRY_STEP}::integer)) <= now())
          AND first_seen_at > now() - make_interval(days => ${WATERMARK_HOLD_DAYS}::integer) END`;
  return rows.map(({ stage }) => stage);
}

/** Deployments and releases that were read less far back than a backfill goes: the newest shows nothing of that. */
async function findShallowStages(
  tx: DbTransaction,
  key: RepositoryKey & { readonly syncRunId: bigint | null },
): Promise<SyncStage[]> {
  const rows = await tx.$queryRaw<{ stage: SyncStage }[]>`
    SELECT st.stage FROM sync_run s
    JOIN repository_stage st ON st.team_id = s.team_id AND st.repository_id = s.repository_id
    WHERE s.team_id = ${key.teamId} AND s.id = ${key.syncRunId}::bigint AND s.kind = 'BACKFILL'
      AND st.repository_id = ${key.repositoryId} AND st.stage IN ('DEPLOYMENTS', 'RELEASES')
      AND st.complete_from > s.since`;
  return rows.map(({ stage }) => stage);
}
