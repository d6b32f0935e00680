import { halvePageSize, type PageSize } from '../../db/sync/page-size.ts';
import type { RepositoryKey } from '../../db/core/keys.ts';
import {
  countRequest,
  readRepositoryRun,
  type RepositoryRun,
  type RunKey,
} from '../../db/sync/sync-runs.ts';
import type { Db } from '../../db/core/client.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { formatSkew, isNotablyAhead } from '../../domain/core/clock-skew.ts';
import { DomainError } from '../../domain/core/errors.ts';
import type { PullRequestPage } from '../../domain/pulls/github-facts.ts';
import type { GitHub } from '../../github/client.ts';
import type { PageDetail } from '../../github/pulls/pull-request-query.ts';
import { askInHalves } from '../requests/ask-in-halves.ts';
import type { GitHubContext, WithQuota } from '../requests/request-slot.ts';
import { requireSameRepository } from '../stages/ask-repository.ts';

const DETAILS = ['WHOLE', 'SCALARS', 'NUMBERS'] as const satisfies readonly PageDetail[];

/**
 * Few pull requests changed since the last sync, mostly: the first page of such a sync costs one point, however large
 * the pages of a backfill may be.
 */
const FIRST_INCREMENTAL_PAGE = 25;

/** Which sync of which repository a page belongs to. */
export type RunIds = RepositoryKey & RunKey;

/** A page with the sync run as it stands before the page is committed, its size of pages halved where that was too much. */
export interface FetchedPage {
  readonly run: RepositoryRun;
  /** Null when the pull requests are all read: nothing was asked then. */
  readonly page: PullRequestPage | null;
  /** How many pull requests were asked for with all of their first pages; null when less of them was. */
  readonly size: number | null;
}

type AskedOnce = Omit<FetchedPage, 'size'> & WithQuota;

/**
 * Fetches the next page of pull requests in a request slot, and asks for less and less until GitHub answers: half the
 * pull requests each time, of a single one only its scalars, then only its number.
 * @param known the sync run as it stands
 * @throws what `withRequestSlot` throws; GitHubFailure when GitHub does not answer even that
 */
export function fetchPage(
  context: GitHubContext,
  ids: RunIds,
  known: RepositoryRun,
): Promise<FetchedPage> {
  return askForLess(context, ids, known, async (github, detail, size) => {
    // Read within the request slot: while this attempt waited for it, another one may have gone on.
    const run = await readRun(context.db, ids);
    return isOver(run)
      ? { run, page: null, quota: null }
      : fetchOnce(context, run, github, detail, size);
  });
}

/**
 * Fetches a page ahead, as `fetchPage` does, while the one before it is being stored.
 * @param expected the sync run as it will stand once that one is committed
 */
export function fetchAhead(
  context: GitHubContext,
  ids: RunIds,
  expected: RepositoryRun,
): Promise<FetchedPage> {
  return askForLess(context, ids, expected, (github, detail, size) =>
    fetchOnce(context, expected, github, detail, size),
  );
}

async function askForLess(
  context: GitHubContext,
  ids: RunIds,
  known: RepositoryRun,
  ask: (github: GitHub, detail: PageDetail, size: number) => Promise<AskedOnce>,
): Promise<FetchedPage> {
  const { teamId, repositoryId } = ids;
  const scope = {
    teamId,
    repositoryId,
    connectionId: known.connectionId,
    resource: 'graphql',
    priority: 'BACKGROUND',
  } as const;
  let halved: PageSize | null = null;
  const halve = async (failed: number): Promise<number> => {
    halved = await withTeam(context.db, teamId, async (tx) => {
      await countRequest(tx, ids, 0);
      return halvePageSize(tx, ids, failed);
    });
    return halved.size;
  };
  const fetched = await askInHalves(
    { size: sizeOfPage(known), details: DETAILS, halve },
    (size, detail) => context.withRequestSlot(scope, (github) => ask(github, detail, size)),
  );
  return { ...fetched, run: withPageSize(fetched.run, halved) };
}

async function fetchOnce(
  context: GitHubContext,
  run: RepositoryRun,
  github: GitHub,
  detail: PageDetail,
  size: number,
): Promise<AskedOnce> {
  await context.onFailpoint?.('before-fetch');
  const page = await github.fetchPullRequestPage({
    repository: { owner: run.owner, name: run.name },
    first: size,
    after: run.cursor,
    detail,
  });
  requireSameRepository(run, page.repository.githubId);
  requirePast(run, github.answeredAt());
  await context.onFailpoint?.('after-fetch');
  return { run, page, quota: page.quota };
}

/**
 * By a clock that is ahead, `since` is chosen in GitHub's future: nothing has changed since then, and the sync would be
 * complete with nothing.
 * @throws DomainError INVALID_INPUT
 */
function requirePast({ kind, since }: RepositoryRun, githubNow: Date | null): void {
  if (kind === 'BACKFILL' && githubNow !== null && isNotablyAhead(since, githubNow)) {
    throw new DomainError(
      'INVALID_INPUT',
      `The sync would go back to ${since.toISOString()}, which is ${formatSkew(since, "GitHub's clock", githubNow)}: set the clock of the database by NTP, then start the backfill again.`,
    );
  }
}

/** @throws DomainError NOT_FOUND when the run is not there any more */
export async function readRun(db: Db, ids: RunIds): Promise<RepositoryRun> {
  const run = await withTeam(db, ids.teamId, (tx) => readRepositoryRun(tx, ids));
  if (run === null) {
    throw new DomainError('NOT_FOUND', 'The sync run is not known: its repository was removed.');
  }
  return run;
}

/** Whether there is no further page: the run has ended, or the stages that follow the last page are under way. */
export function isOver(run: RepositoryRun): boolean {
  return run.status !== 'RUNNING' || run.stage !== 'PULL_REQUESTS';
}

/** The run as it asks from now on; as before where the size is null. */
export function withPageSize(run: RepositoryRun, page: PageSize | null): RepositoryRun {
  return page === null ? run : { ...run, pageSize: page.size, pageStreak: page.streak };
}

function sizeOfPage(run: RepositoryRun): number {
  const isFirst = run.kind === 'INCREMENTAL' && run.cursor === null;
  return isFirst ? Math.min(run.pageSize, FIRST_INCREMENTAL_PAGE) : run.pageSize;
}
