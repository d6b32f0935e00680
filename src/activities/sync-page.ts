import type { SyncActivities, SyncPageResult } from '../contracts/sync.ts';
import { blockQuota, saveQuota } from '../db/github-connections.ts';
import { commitPage } from '../db/sync-pages.ts';
import { markWaiting, readRepositoryRun, type RepositoryRun } from '../db/sync-runs.ts';
import { withTeam } from '../db/team-transaction.ts';
import { DomainError } from '../domain/errors.ts';
import type { PullRequestPage } from '../domain/github-facts.ts';
import { GitHubFailure } from '../github/failures.ts';
import { connectGitHub, identityOf } from './github-credential.ts';
import { recordFailure } from './record-failure.ts';
import type { SyncActivityContext } from './sync-dependencies.ts';

/** Share of GitHub's limit that walks leave to interactive use. */
const INTERACTIVE_RESERVE = 0.2;

interface RunIds {
  readonly teamId: bigint;
  readonly syncRunId: bigint;
  readonly repositoryId: bigint;
}

/**
 * Fetches the next page of a walk and commits it. The cursor is read from the database, where it moved in the same
 * transaction as the rows: an attempt that follows a kill after COMMIT goes on with the next page, and two attempts at
 * once cannot both commit.
 */
export function createSyncPage(
  context: SyncActivityContext,
): SyncActivities['syncPullRequestPage'] {
  const { db, now } = context;

  async function readRun(ids: RunIds): Promise<RepositoryRun> {
    const run = await withTeam(db, ids.teamId, (tx) =>
      readRepositoryRun(tx, ids, INTERACTIVE_RESERVE),
    );
    if (run === null) {
      throw new DomainError('NOT_FOUND', 'The walk is not known: its repository was removed.');
    }
    return run;
  }

  async function wait(
    ids: RunIds,
    block: { readonly until: Date; readonly reason: string },
  ): Promise<SyncPageResult> {
    await withTeam(db, ids.teamId, (tx) => markWaiting(tx, ids, block));
    return { next: 'WAIT', until: block.until.toISOString(), reason: block.reason };
  }

  async function fetchPage(ids: RunIds, run: RepositoryRun): Promise<PullRequestPage> {
    const github = await connectGitHub(context, { ...run, teamId: ids.teamId });
    return github.fetchPullRequestPage({
      repository: { owner: run.owner, name: run.name },
      first: run.pageSize,
      after: run.cursor,
    });
  }

  async function commit(
    ids: RunIds,
    run: RepositoryRun,
    page: PullRequestPage,
  ): Promise<SyncPageResult> {
    const wanted = page.pullRequests.filter((fact) => fact.updatedAt >= run.horizon);
    const reachedHorizon = wanted.length < page.pullRequests.length;
    const isLast = reachedHorizon || !page.hasNextPage || page.endCursor === null;
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
        pullRequests: wanted,
        rejected: page.rejected,
        newestUpdatedAt: newestOf(page),
        totalCount: page.totalCount,
        points: page.quota?.cost ?? 0,
        isLast,
        syncedAt: now(),
      });
      await context.onMoment?.('before-commit');
      return committed;
    });
    await context.onMoment?.('after-commit');
    if (!result.committed) {
      return { next: 'PAGE', pages: run.pages };
    }
    return result.ended === null
      ? { next: 'PAGE', pages: result.pages }
      : { next: 'DONE', pages: result.pages, outcome: result.ended };
  }

  /** One identity's requests go out one after another; what this answers is a page, or that there is none now. */
  async function fetchInTurn(
    ids: RunIds,
    identity: string,
  ): Promise<SyncPageResult | { readonly run: RepositoryRun; readonly page: PullRequestPage }> {
    // Read in turn: while this walk waited, another may have met the limit.
    const run = await readRun(ids);
    if (run.status !== 'RUNNING') {
      return { next: 'DONE', pages: run.pages, outcome: run.status };
    }
    if (run.connectionStatus !== 'ACTIVE') {
      throw new DomainError(
        'GITHUB_NOT_CONNECTED',
        'GitHub has refused the token of this team: give it a new one, then start again.',
      );
    }
    if (run.blockedUntil !== null) {
      const reason = run.blockedReason ?? "GitHub's rate limit";
      return wait(ids, { until: run.blockedUntil, reason });
    }
    await context.onMoment?.('before-fetch');
    try {
      const page = await fetchPage(ids, run);
      const { quota } = page;
      if (quota !== null) {
        // In a transaction of its own: the row is shared by all walks of the identity and must not wait for a page.
        await withTeam(db, ids.teamId, (tx) => saveQuota(tx, identity, quota));
      }
      if (page.repository.githubId !== run.githubId) {
        throw new GitHubFailure(
          'NOT_FOUND',
          `${run.owner}/${run.name} is another repository on GitHub now: the one that was synced is gone. Its data are kept; start a backfill of the name to sync the new one.`,
        );
      }
      await context.onMoment?.('after-fetch');
      return { run, page };
    } catch (error) {
      if (!(error instanceof GitHubFailure)) {
        throw error;
      }
      if (error.kind === 'RATE_LIMITED' && error.until !== null) {
        const block = { until: error.until, reason: error.message };
        await withTeam(db, ids.teamId, (tx) => blockQuota(tx, identity, block));
        return wait(ids, block);
      }
      await recordFailure(db, { ...ids, connectionId: run.connectionId }, error);
      throw error;
    }
  }

  return async (input) => {
    const ids: RunIds = {
      teamId: BigInt(input.teamId),
      syncRunId: BigInt(input.syncRunId),
      repositoryId: BigInt(input.repositoryId),
    };
    const known = await readRun(ids);
    const identity = identityOf({ ...known, teamId: ids.teamId });
    const fetched = await context.lane(identity, () => fetchInTurn(ids, identity));
    return 'page' in fetched ? commit(ids, fetched.run, fetched.page) : fetched;
  };
}

/** The latest update that a page shows, also of what lies behind the horizon; pages come newest first. */
function newestOf(page: PullRequestPage): Date | null {
  const [first, ...rest] = page.pullRequests.map((fact) => fact.updatedAt);
  return first === undefined
    ? null
    : rest.reduce((newest, at) => (at > newest ? at : newest), first);
}
