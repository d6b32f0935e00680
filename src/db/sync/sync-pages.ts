import { lockForAccounts } from '../members/members.ts';
import { followDefaultBranch, lockBases, type DefaultBranchChange } from '../pulls/base-kinds.ts';
import type {
  PullRequestFact,
  RepositoryFact,
  StageHeads,
} from '../../domain/pulls/github-facts.ts';
import type { SyncStage } from '../../domain/sync/sync-stage.ts';
import type { DbTransaction } from '../core/client.ts';
import type { RepositoryKey } from '../core/keys.ts';
import { HEADS_KEY } from '../../domain/sync/dead-letter.ts';
import { storeDeadLetters } from './dead-letters.ts';
import { findDueStages } from './due-stages.ts';
import { growPageSize, type PageSize } from './page-size.ts';
import { storeFacts, type StoreFactsInput } from './store-facts.ts';
import { setStagesDue, readDueStages } from './repository-stages.ts';
import type { RunKey } from './sync-runs.ts';
import { hasUnreadPages, resolveReadPages } from './unread-pages.ts';

export interface CommitPageInput extends RunKey, Omit<StoreFactsInput, 'syncRunId'> {
  /** Where the page began: the run must still stand there, or another attempt was faster. */
  readonly cursorBefore: string | null;
  readonly cursorAfter: string | null;
  readonly repository: RepositoryFact;
  /** The newest deployment and release; null on all pages but the first. */
  readonly heads: StageHeads | null;
  /** What the page was asked with, all of its lists included; null when less was asked for. */
  readonly asked: PageSize | null;
  /** Pull requests that were updated at or after `since`. */
  readonly pullRequests: readonly PullRequestFact[];
  /** Latest update that the page shows, on GitHub's clock; null on an empty page. */
  readonly newestUpdatedAt: Date | null;
  /** How many pull requests the repository has in all, as GitHub says. */
  readonly totalCount: number;
  readonly points: number;
  readonly isLast: boolean;
}

/** How the pull requests of a sync ended; with stages left to run its row stays open until they are over. */
export interface PullRequestsEnd {
  readonly outcome: 'COMPLETED' | 'PARTIAL';
  readonly stages: readonly SyncStage[];
}

export type CommitPageResult =
  | {
      readonly committed: true;
      readonly pages: number;
      /** How the pull requests of the sync ended; null when there are further pages. */
      readonly ended: PullRequestsEnd | null;
    }
  | { readonly committed: false };

/**
 * Commits one page: its rows, the lists to continue, the cursor, the stage counts, the dirty marks, the stages that it
 * shows to be due and, with the last page, the end of the pull requests, all in the caller's transaction. Rows that
 * PostgreSQL refuses are dead-lettered. A page that another attempt has committed already changes nothing.
 */
export async function commitPage(
  tx: DbTransaction,
  input: CommitPageInput,
): Promise<CommitPageResult> {
  const { teamId, syncRunId } = input;
  await lockForAccounts(tx, teamId, input.pullRequests);
  await lockBases(tx, input);
  const [run] = await tx.$queryRaw<Position[]>`
    SELECT pages, cursor, status, stage FROM sync_run WHERE team_id = ${teamId} AND id = ${syncRunId} FOR UPDATE`;
  const isOpen = run?.status === 'RUNNING' && run.stage === 'PULL_REQUESTS';
  if (run === undefined || !isOpen || run.cursor !== input.cursorBefore) {
    return { committed: false };
  }
  const page = run.pages + 1;
  await updateRepository(tx, input);
  const counts = await storeFacts(tx, input);
  if (input.heads !== null) {
    const heads = { rejected: [], readable: [HEADS_KEY] };
    await storeDeadLetters(tx, { ...input, entity: 'pull_request', ...heads });
  }
  const seen = input.pullRequests.length + input.rejected.length;
  const [newest, oldest] = [input.newestUpdatedAt, input.pullRequests.at(-1)?.updatedAt ?? null];
  await tx.$executeRaw`
    WITH page AS (INSERT INTO sync_page (team_id, sync_run_id, page, cursor_before, cursor_after, points, requests,
      pull_requests_in, pull_requests_inserted, pull_requests_updated, pull_requests_unchanged, pull_requests_dead_lettered,
      children_in, children_written, committed_at)
    VALUES (${teamId}, ${syncRunId}, ${page}, ${input.cursorBefore}, ${input.cursorAfter}, ${input.points}, 1,
      ${seen}, ${counts.inserted}, ${counts.updated}, ${counts.unchanged + counts.settled}, ${counts.rejected.length},
      ${counts.childrenIn}, ${counts.childrenWritten}, now()))
    UPDATE sync_run SET cursor = ${input.cursorAfter}, pages = ${page}, requests = requests + 1,
      points = points + ${input.points}, pull_requests_seen = pull_requests_seen + ${seen},
      pull_requests_stored = pull_requests_stored + ${counts.inserted + counts.updated},
      pull_requests_total = coalesce(pull_requests_total, ${input.totalCount}),
      oldest_reached_at = least(oldest_reached_at, ${oldest}::timestamptz),
      newest_seen_at = greatest(newest_seen_at, ${newest}::timestamptz),
      waiting_until = NULL, waiting_reason = NULL, updated_at = now()
    WHERE team_id = ${teamId} AND id = ${syncRunId}`;
  if (seen === input.asked?.size) {
    await growPageSize(tx, input, input.asked);
  }
  const due = await findDueStages(tx, { ...input, changed: counts.changed });
  if (due.length > 0) {
    await setStagesDue(tx, input, due);
  }
  return {
    committed: true,
    pages: page,
    ended: input.isLast ? await finishPullRequests(tx, input) : null,
  };
}

interface Position {
  readonly pages: number;
  readonly cursor: string | null;
  readonly status: string;
  readonly stage: string;
}

/** Names, visibility and state follow what GitHub says now; the identity stays. */
async function updateRepository(tx: DbTransaction, input: CommitPageInput): Promise<void> {
  const fact = input.repository;
  const state = fact.isEmpty ? 'EMPTY' : fact.isArchived ? 'ARCHIVED' : 'ACTIVE';
  const moved = await tx.$queryRaw<DefaultBranchChange[]>`
    UPDATE repository SET owner = ${fact.owner}, name = ${fact.name}, default_branch = ${fact.defaultBranch},
      is_private = ${fact.isPrivate}, is_archived = ${fact.isArchived}, sync_state = ${state}, sync_reason = NULL
    WHERE team_id = ${input.teamId} AND id = ${input.repositoryId}
      AND (owner, name, default_branch, is_private, is_archived, sync_state, sync_reason)
        IS DISTINCT FROM (${fact.owner}, ${fact.name}, ${fact.defaultBranch}::text, ${fact.isPrivate}::boolean,
          ${fact.isArchived}::boolean, ${state}, NULL)
    RETURNING old.default_branch AS before, new.default_branch AS after`;
  await followDefaultBranch(tx, input, moved);
}

/**
 * Ends the pull requests of a sync: the repository is complete from its `since` on. The next sync goes back to the newest
 * update that this one saw, on GitHub's own clock: whatever changed since is newer, however wrong our clocks are. Dead
 * letters do not hold the watermark: the next sync asks for them by number, and for what a page that contradicts itself may
 * hide some sync goes back to `unread_since`, see `openRepositoryRun`. Meanwhile the repository is not complete further
 * back than it was. Only a backfill clears a backfill's cursor.
 */
async function finishPullRequests(
  tx: DbTransaction,
  input: CommitPageInput,
): Promise<PullRequestsEnd> {
  await resolveReadPages(tx, input);
  const isUnread = await hasUnreadPages(tx, input);
  await tx.$executeRaw`
    UPDATE repository r SET watermark = greatest(r.watermark, s.newest_seen_at),
      complete_from = CASE WHEN s.kind = 'BACKFILL' AND NOT ${isUnread}::boolean
        THEN least(r.complete_from, s.since) ELSE r.complete_from END
    FROM sync_run s
    WHERE s.team_id = ${input.teamId} AND s.id = ${input.syncRunId} AND r.team_id = s.team_id
      AND r.id = s.repository_id`;
  await tx.$executeRaw`
    UPDATE repository_stage st SET cursor = NULL, newest_seen_at = NULL, updated_at = now()
    FROM sync_run s
    WHERE s.team_id = ${input.teamId} AND s.id = ${input.syncRunId} AND s.kind = 'BACKFILL'
      AND st.team_id = s.team_id AND st.repository_id = s.repository_id AND st.stage = 'PULL_REQUESTS'
      AND st.cursor IS NOT NULL`;
  const end = await readPullRequestsEnd(tx, input);
  const [stage] = end.stages;
  await tx.$executeRaw`
    UPDATE sync_run SET updated_at = now(), stage = coalesce(${stage ?? null}, stage),
      status = CASE WHEN ${stage ?? null}::text IS NULL THEN ${end.outcome} ELSE status END,
      finished_at = CASE WHEN ${stage ?? null}::text IS NULL THEN now() END
    WHERE team_id = ${input.teamId} AND id = ${input.syncRunId}`;
  return end;
}

/**
 * How a sync whose last page is committed ended, and the stages that are due. It is partial when it was the first to
 * dead-letter something; what earlier syncs dead-lettered stays listed until it is resolved.
 */
export async function readPullRequestsEnd(
  tx: DbTransaction,
  key: RunKey & RepositoryKey,
): Promise<PullRequestsEnd> {
  const deadLettered = await tx.$queryRaw<unknown[]>`
    SELECT 1 AS found FROM dead_letter
    WHERE team_id = ${key.teamId} AND repository_id = ${key.repositoryId} AND sync_run_id = ${key.syncRunId}
      AND resolved_at IS NULL LIMIT 1`;
  return {
    outcome: deadLettered.length === 0 ? 'COMPLETED' : 'PARTIAL',
    stages: await readDueStages(tx, key),
  };
}
