import type { PullRequestFact, RejectedFact, RepositoryFact } from '../domain/github-facts.ts';
import { toArrayLiteral } from './array-literal.ts';
import type { DbTransaction } from './client.ts';
import { storePullRequests } from './pull-requests.ts';
import type { RunKey } from './sync-runs.ts';

export interface CommitPageInput extends RunKey {
  readonly repositoryId: bigint;
  /** Where the page began: the run must still stand there, or another attempt was faster. */
  readonly cursorBefore: string | null;
  readonly cursorAfter: string | null;
  readonly repository: RepositoryFact;
  /** Pull requests on this side of the horizon. */
  readonly pullRequests: readonly PullRequestFact[];
  readonly rejected: readonly RejectedFact[];
  /** Latest update that the page shows, on GitHub's clock; null on an empty page. */
  readonly newestUpdatedAt: Date | null;
  /** How many pull requests the repository has in all, as GitHub says. */
  readonly totalCount: number;
  readonly points: number;
  readonly isLast: boolean;
  readonly syncedAt: Date;
}

export type CommitPageResult =
  | {
      readonly committed: true;
      readonly pages: number;
      /** How the walk ended; null when it goes on. */
      readonly ended: 'COMPLETED' | 'PARTIAL' | null;
    }
  | { readonly committed: false };

/**
 * Commits one page: its rows, the cursor, the stage counts, the dirty marks and, with the last page, the end of the
 * walk, all in the caller's transaction. A page that another attempt has committed already changes nothing.
 */
export async function commitPage(
  tx: DbTransaction,
  input: CommitPageInput,
): Promise<CommitPageResult> {
  const { teamId, syncRunId } = input;
  const [run] = await tx.$queryRaw<{ pages: number; cursor: string | null; status: string }[]>`
    SELECT pages, cursor, status FROM sync_run WHERE team_id = ${teamId} AND id = ${syncRunId} FOR UPDATE`;
  if (run === undefined || run.status !== 'RUNNING' || run.cursor !== input.cursorBefore) {
    return { committed: false };
  }
  const page = run.pages + 1;
  await updateRepository(tx, input);
  const counts = await storePullRequests(tx, input);
  await parkRejected(tx, input);
  const seen = input.pullRequests.length + input.rejected.length;
  await tx.$executeRaw`
    INSERT INTO sync_page (team_id, sync_run_id, page, cursor_before, cursor_after, points, requests,
      pull_requests_in, pull_requests_inserted, pull_requests_updated, pull_requests_unchanged, pull_requests_parked,
      children_in, children_written, committed_at)
    VALUES (${teamId}, ${syncRunId}, ${page}, ${input.cursorBefore}, ${input.cursorAfter}, ${input.points}, 1,
      ${seen}, ${counts.inserted}, ${counts.updated}, ${counts.unchanged}, ${input.rejected.length},
      ${counts.childrenIn}, ${counts.childrenWritten}, now())`;
  const [newest, oldest] = [input.newestUpdatedAt, input.pullRequests.at(-1)?.updatedAt ?? null];
  await tx.$executeRaw`
    UPDATE sync_run SET cursor = ${input.cursorAfter}, pages = ${page}, requests = requests + 1,
      points = points + ${input.points}, pull_requests_seen = pull_requests_seen + ${seen},
      pull_requests_stored = pull_requests_stored + ${counts.inserted + counts.updated},
      pull_requests_total = ${input.totalCount},
      oldest_reached_at = least(oldest_reached_at, ${oldest}::timestamptz),
      newest_seen_at = greatest(newest_seen_at, ${newest}::timestamptz),
      waiting_until = NULL, waiting_reason = NULL, updated_at = now()
    WHERE team_id = ${teamId} AND id = ${syncRunId}`;
  return { committed: true, pages: page, ended: input.isLast ? await finishWalk(tx, input) : null };
}

/** Names, visibility and state follow what GitHub says now; the identity stays. */
async function updateRepository(tx: DbTransaction, input: CommitPageInput): Promise<void> {
  const fact = input.repository;
  const state = fact.isEmpty ? 'EMPTY' : fact.isArchived ? 'ARCHIVED' : 'ACTIVE';
  await tx.$executeRaw`
    UPDATE repository SET owner = ${fact.owner}, name = ${fact.name}, default_branch = ${fact.defaultBranch},
      is_private = ${fact.isPrivate}, is_archived = ${fact.isArchived}, sync_state = ${state}, sync_reason = NULL
    WHERE team_id = ${input.teamId} AND id = ${input.repositoryId}
      AND (owner, name, default_branch, is_private, is_archived, sync_state, sync_reason)
        IS DISTINCT FROM (${fact.owner}, ${fact.name}, ${fact.defaultBranch}::text, ${fact.isPrivate}::boolean,
          ${fact.isArchived}::boolean, ${state}, NULL)`;
}

/**
 * Ends a walk: the repository is complete from its horizon on. The next walk goes back to the newest update that this
 * one saw, on GitHub's own clock: whatever changed since is newer, however wrong our clocks are. While pull requests
 * are parked by their number the mark stays where it was, so that the next walk meets them again.
 */
async function finishWalk(
  tx: DbTransaction,
  input: CommitPageInput,
): Promise<'COMPLETED' | 'PARTIAL'> {
  await tx.$executeRaw`
    UPDATE repository r SET
      watermark = CASE WHEN EXISTS (SELECT 1 FROM dead_letter d WHERE d.team_id = r.team_id AND d.repository_id = r.id
        AND d.resolved_at IS NULL AND d.natural_key <> 'unknown') THEN r.watermark ELSE greatest(r.watermark, s.newest_seen_at) END,
      complete_from = CASE WHEN s.kind = 'BACKFILL' THEN least(r.complete_from, s.horizon) ELSE r.complete_from END
    FROM sync_run s
    WHERE s.team_id = ${input.teamId} AND s.id = ${input.syncRunId} AND r.team_id = s.team_id AND r.id = s.repository_id`;
  const [ended] = await tx.$queryRaw<{ status: 'COMPLETED' | 'PARTIAL' }[]>`
    UPDATE sync_run s SET finished_at = now(), updated_at = now(),
      status = CASE WHEN EXISTS (SELECT 1 FROM sync_page p WHERE p.team_id = s.team_id AND p.sync_run_id = s.id
        AND p.pull_requests_parked > 0) THEN 'PARTIAL' ELSE 'COMPLETED' END
    WHERE s.team_id = ${input.teamId} AND s.id = ${input.syncRunId}
    RETURNING status`;
  return ended?.status ?? 'COMPLETED';
}

/** Parks what could not be read, and takes what could be read this time off the list. */
async function parkRejected(tx: DbTransaction, input: CommitPageInput): Promise<void> {
  if (input.rejected.length > 0) {
    const column = (pick: (fact: RejectedFact) => string): string =>
      toArrayLiteral(input.rejected.map(pick));
    await tx.$executeRaw`
      INSERT INTO dead_letter (team_id, repository_id, entity, natural_key, reason_code, reason, first_seen_at,
        last_seen_at)
      SELECT DISTINCT ON (natural_key COLLATE "C") ${input.teamId}, ${input.repositoryId}::bigint, 'pull_request', natural_key,
        reason_code, reason, ${input.syncedAt}::timestamptz, ${input.syncedAt}::timestamptz
      FROM unnest(${column((fact) => fact.naturalKey)}::text::text[],
        ${column((fact) => fact.reasonCode)}::text::text[], ${column((fact) => fact.reason)}::text::text[])
        AS parked(natural_key, reason_code, reason)
      ORDER BY natural_key COLLATE "C"
      ON CONFLICT (team_id, repository_id, entity, natural_key) DO UPDATE SET reason_code = excluded.reason_code,
        reason = excluded.reason, attempts = dead_letter.attempts + 1, last_seen_at = excluded.last_seen_at,
        resolved_at = NULL`;
  }
  await tx.$executeRaw`
    UPDATE dead_letter SET resolved_at = now()
    WHERE team_id = ${input.teamId} AND repository_id = ${input.repositoryId} AND entity = 'pull_request'
      AND resolved_at IS NULL
      AND natural_key = ANY (${input.pullRequests.map((fact) => String(fact.number))}::text[])`;
}
