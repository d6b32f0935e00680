import type { SyncPageResult } from '../../contracts/sync.ts';
import { analyzeGrownTables } from '../../db/bulk/grown-tables.ts';
import { commitPage } from '../../db/sync/sync-pages.ts';
import { setPartialProblem } from '../../db/connections/github-connections.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import type { PullRequestPage } from '../../domain/pulls/github-facts.ts';
import { SERVER_LACKS } from '../../github/transport/schema-refusals.ts';
import type { GitHubContext } from '../requests/request-slot.ts';
import type { FetchedPage, RunIds } from './fetch-page.ts';

/** A page that GitHub has answered. */
export type AnsweredPage = FetchedPage & { readonly page: PullRequestPage };

/** Whether no further page is asked for: what is older than `since` is not wanted. */
export function isLastPage({ run, page }: AnsweredPage): boolean {
  return page.nextCursor === null || page.pullRequests.some((fact) => fact.updatedAt < run.since);
}

/**
 * Commits a fetched page, with its cursor.
 * @returns what comes next; null when another attempt has committed it already, and nothing was changed
 */
export async function commitFetchedPage(
  context: GitHubContext,
  ids: RunIds,
  fetched: AnsweredPage,
): Promise<SyncPageResult | null> {
  const { db, now } = context;
  const { run, page, size } = fetched;
  context.logUnknownWords(page.pullRequests.flatMap(({ gaps }) => gaps));
  const wanted = page.pullRequests.filter((fact) => fact.updatedAt >= run.since);
  const isLast = isLastPage(fetched);
  const committed = await withTeam(db, ids.teamId, async (tx) => {
    const stored = await commitPage(tx, {
      ...ids,
      cursorBefore: run.cursor,
      cursorAfter: page.nextCursor ?? run.cursor,
      repository: page.repository,
      heads: page.heads,
      asked: size === null ? null : { size, streak: run.pageStreak },
      pullRequests: wanted,
      rejected: page.rejected,
      newestUpdatedAt: newestOf(page),
      totalCount: page.totalCount,
      points: page.quota?.cost ?? 0,
      isLast,
      syncedAt: now(),
    });
    if (run.pages === 0) {
      // A server that has been upgraded answers.
      const key = { teamId: ids.teamId, connectionId: run.connectionId };
      await setPartialProblem(tx, key, SERVER_LACKS, null);
    }
    await context.onFailpoint?.('before-commit');
    return stored;
  });
  await context.onFailpoint?.('after-commit');
  if (!committed.committed) {
    return null;
  }
  const { pages, ended } = committed;
  context.meter?.onPage({ pullRequests: wanted.length, outcome: ended?.outcome ?? null });
  if (run.kind === 'BACKFILL' && isPowerOfTwo(pages)) {
    await analyzeGrownTables(db);
  }
  return ended === null ? { next: 'PAGE', pages } : { next: 'DONE', pages, ...ended };
}

/** Tables can have grown severalfold only when the count of pages has doubled. */
function isPowerOfTwo(count: number): boolean {
  return (count & (count - 1)) === 0;
}

/** The latest update that a page shows, also of pull requests that were updated before `since`; pages come newest first. */
function newestOf(page: PullRequestPage): Date | null {
  const [first, ...rest] = page.pullRequests.map((fact) => fact.updatedAt);
  return first === undefined
    ? null
    : rest.reduce((newest, at) => (at > newest ? at : newest), first);
}
