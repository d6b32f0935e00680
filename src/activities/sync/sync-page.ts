import type { SyncActivities, SyncPageResult } from '../../contracts/sync.ts';
import { analyzeGrownTables } from '../../db/bulk/grown-tables.ts';
import { halvePageSize } from '../../db/sync/page-size.ts';
import { commitPage, readPullRequestsEnd, type PullRequestsEnd } from '../../db/sync/sync-pages.ts';
import {
  countRequest,
  recordWait,
  readRepositoryRun,
  type RepositoryRun,
} from '../../db/sync/sync-runs.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { DomainError } from '../../domain/core/errors.ts';
import type { PullRequestPage, QuotaFact } from '../../domain/pulls/github-facts.ts';
import type { GitHub } from '../../github/client.ts';
import { GitHubFailure } from '../../github/transport/failures.ts';
import type { PageDetail } from '../../github/pulls/pull-request-pages.ts';
import type { RequestSlot } from '../requests/request-slot.ts';
import { createRetryDeadLetters } from './retry-dead-letters.ts';
import type { StageContext } from '../stages/sync-stage.ts';

/** Questions of one run of the activity: each is smaller than the one before. */
const MAX_ASKS = 4;

interface RunIds {
  readonly teamId: bigint;
  readonly syncRunId: bigint;
  readonly repositoryId: bigint;
}

/**
 * Few pull requests changed since the last walk, mostly: the first page of such a walk costs one point, however large
 * the pages of a backfill may be.
 */
const FIRST_INCREMENTAL_PAGE = 25;

/** A page with the walk as it stood when it was asked for. */
interface FetchedPage {
  readonly run: RepositoryRun;
  /** Null when the walk is over: nothing was asked then. */
  readonly page: PullRequestPage | null;
  /** How many pull requests were asked for with all of their first pages; null when less of them was. */
  readonly size: number | null;
}

/**
 * Fetches the next page of a walk and commits it. The cursor is read from the database, where it moved in the same
 * transaction as the rows: an attempt that follows a kill after COMMIT goes on with the next page, and two attempts at
 * once cannot both commit. What is too much for GitHub is asked for again in halves; of a single pull request first its
 * lists are left for later, and one that GitHub cannot answer at all is parked.
 */
export function createSyncPage(context: StageContext): SyncActivities['syncPullRequestPage'] {
  const { db, now } = context;
  const retryDeadLetters = createRetryDeadLetters(context);

  async function readRun(ids: RunIds): Promise<RepositoryRun> {
    const run = await withTeam(db, ids.teamId, (tx) => readRepositoryRun(tx, ids));
    if (run === null) {
      throw new DomainError('NOT_FOUND', 'The sync run is not known: its repository was removed.');
    }
    return run;
  }

  async function fetchPage(
    ids: RunIds,
    github: GitHub,
    detail: PageDetail,
  ): Promise<{ readonly answer: FetchedPage; readonly quota: QuotaFact | null }> {
    // Read in turn: while this walk waited, another attempt may have gone on.
    const run = await readRun(ids);
    if (isOver(run)) {
      return { answer: { run, page: null, size: null }, quota: null };
    }
    const size = detail === 'WHOLE' ? sizeOfPage(run) : 1;
    await context.onFailpoint?.('before-fetch');
    const page = await github.fetchPullRequestPage({
      repository: { owner: run.owner, name: run.name },
      first: size,
      after: run.cursor,
      detail,
    });
    if (page.repository.githubId !== run.githubId) {
      throw new GitHubFailure(
        'NOT_FOUND',
        `${run.owner}/${run.name} is another repository on GitHub now: the one that was synced is gone. Its data are kept; start a backfill of the name to sync the new one.`,
      );
    }
    await context.onFailpoint?.('after-fetch');
    return { answer: { run, page, size: detail === 'WHOLE' ? size : null }, quota: page.quota };
  }

  /** Asks for less and less until GitHub answers. */
  async function fetchInSlot(ids: RunIds, known: RepositoryRun): Promise<RequestSlot<FetchedPage>> {
    const { teamId, repositoryId } = ids;
    const scope = {
      teamId,
      repositoryId,
      connectionId: known.connectionId,
      resource: 'graphql',
      priority: 'BACKGROUND',
    } as const;
    let detail: PageDetail = 'WHOLE';
    let size = sizeOfPage(known);
    for (let asks = 1; ; asks += 1) {
      try {
        return await context.withRequestSlot(scope, (github) => fetchPage(ids, github, detail));
      } catch (error) {
        if (!(error instanceof GitHubFailure) || !error.isTooHeavy) {
          throw error;
        }
        const failed = size;
        size = await withTeam(db, teamId, async (tx) => {
          await countRequest(tx, ids, 0);
          return halvePageSize(tx, ids, failed);
        });
        // When not even numbers come, GitHub is in trouble, not the pull request.
        if (asks === MAX_ASKS || detail === 'NUMBERS') {
          throw error;
        }
        if (failed === 1) {
          detail = detail === 'WHOLE' ? 'SCALARS' : 'NUMBERS';
        }
      }
    }
  }

  async function commit(
    ids: RunIds,
    { run, size }: FetchedPage,
    page: PullRequestPage,
  ): Promise<SyncPageResult> {
    const wanted = page.pullRequests.filter((fact) => fact.updatedAt >= run.since);
    const reachedSince = wanted.length < page.pullRequests.length;
    const isLast = reachedSince || !page.hasNextPage || page.endCursor === null;
    if (!isLast && page.endCursor === run.cursor) {
      throw new GitHubFailure(
        'UNEXPECTED',
        `The pages of ${run.owner}/${run.name} do not move on: the server gives the same cursor again.`,
      );
    }
    const result = await withTeam(db, ids.teamId, async (tx) => {
      const committed = await commitPage(tx, {
        ...ids,
        cursorBefore: run.cursor,
        cursorAfter: page.endCursor ?? run.cursor,
        repository: page.repository,
        heads: page.heads,
        pageSize: size,
        pullRequests: wanted,
        rejected: page.rejected,
        newestUpdatedAt: newestOf(page),
        totalCount: page.totalCount,
        points: page.quota?.cost ?? 0,
        isLast,
        syncedAt: now(),
      });
      await context.onFailpoint?.('before-commit');
      return committed;
    });
    await context.onFailpoint?.('after-commit');
    if (!result.committed) {
      return { next: 'PAGE', pages: run.pages };
    }
    if (run.kind === 'BACKFILL' && isPowerOfTwo(result.pages)) {
      await analyzeGrownTables(db);
    }
    return result.ended === null
      ? { next: 'PAGE', pages: result.pages }
      : over(result.pages, result.ended);
  }

  async function wait(
    ids: RunIds,
    { until, reason }: RequestSlot<unknown> & { readonly ready: false },
  ): Promise<SyncPageResult> {
    await withTeam(db, ids.teamId, (tx) => recordWait(tx, ids, { until, reason }));
    return { next: 'WAIT', until: until.toISOString(), reason };
  }

  /** The answer for a walk that was over before anything was asked. */
  async function answerOver(ids: RunIds, run: RepositoryRun): Promise<SyncPageResult> {
    return run.status === 'RUNNING'
      ? over(run.pages, await withTeam(db, ids.teamId, (tx) => readPullRequestsEnd(tx, ids)))
      : { next: 'DONE', pages: run.pages, outcome: run.status, stages: [] };
  }

  return async (input) => {
    const ids: RunIds = {
      teamId: BigInt(input.teamId),
      syncRunId: BigInt(input.syncRunId),
      repositoryId: BigInt(input.repositoryId),
    };
    const known = await readRun(ids);
    if (isOver(known)) {
      return answerOver(ids, known);
    }
    // Before the first page, which is stored as soon as it was read; what a page parks is the next walk's.
    const retried = known.pages === 0 ? await retryDeadLetters(ids) : null;
    const slot = retried?.ready === false ? retried : await fetchInSlot(ids, known);
    if (!slot.ready) {
      return wait(ids, slot);
    }
    const { run, page } = slot.answer;
    return page === null ? answerOver(ids, run) : commit(ids, slot.answer, page);
  };
}

/** Of pages: as often as they can have made tables grow severalfold. */
function isPowerOfTwo(count: number): boolean {
  return (count & (count - 1)) === 0;
}

/** Whether there is no further page: the walk has ended, or what follows its last page is under way. */
function isOver(run: RepositoryRun): boolean {
  return run.status !== 'RUNNING' || run.stage !== 'PULL_REQUESTS';
}

function sizeOfPage(run: RepositoryRun): number {
  const isFirst = run.kind === 'INCREMENTAL' && run.cursor === null;
  return isFirst ? Math.min(run.pageSize, FIRST_INCREMENTAL_PAGE) : run.pageSize;
}

function over(pages: number, { outcome, stages }: PullRequestsEnd): SyncPageResult {
  return { next: 'DONE', pages, outcome, stages };
}

/** The latest update that a page shows, also of what lies behind the horizon; pages come newest first. */
function newestOf(page: PullRequestPage): Date | null {
  const [first, ...rest] = page.pullRequests.map((fact) => fact.updatedAt);
  return first === undefined
    ? null
    : rest.reduce((newest, at) => (at > newest ? at : newest), first);
}
