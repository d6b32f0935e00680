import {
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowFailure,
  ParentClosePolicy,
  WorkflowIdReusePolicy,
  defineUpdate,
  executeChild,
  isCancellation,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { toSearchAttributes } from '../contracts/search-attributes.ts';
import {
  BACKFILL_CLOSING,
  widenBackfillUpdate,
  type BackfillTeamInput,
  type BackfillTeamResult,
  type ResolvedRepository,
  type SyncOutcome,
  type WidenBackfillInput,
  type WidenBackfillResult,
} from '../contracts/sync.ts';
import { TASK_QUEUES } from '../contracts/task-queues.ts';
import { syncRepositoryWorkflowId } from '../contracts/workflow-ids.ts';
import { computeActivities, recordActivities } from './activity-proxies.ts';
import { combineOutcomes, toFailure, toRunEnd } from './outcome.ts';
import { syncRepository } from './sync-repository.ts';

const widenBackfill = defineUpdate<WidenBackfillResult, [WidenBackfillInput]>(widenBackfillUpdate);

/** Weeks in one rollup statement: about a year of one team. */
const WEEKS_PER_ROLLUP = 53;

/** A wish that is still to be walked. */
interface Wish {
  readonly repositories: readonly string[];
  readonly since: string;
}

/**
 * Brings a team's repositories up to date as far back as asked: a child `syncRepository` each, a few at a time, and
 * the rollup of the weeks that they touched. A second wish joins by the update `widenBackfill` and is walked after the
 * first; once the job closes the update is refused, and the next start is a job of its own. A repository that fails
 * ends alone; the job is then PARTIAL, and fails only when all of them did.
 */
export async function backfillTeam(input: BackfillTeamInput): Promise<BackfillTeamResult> {
  const { teamId, pace } = input;
  const info = workflowInfo();
  const records = recordActivities(pace);
  const wishes: Wish[] = [{ repositories: input.repositories, since: input.since }];
  const accepted: Wish[] = [...wishes];
  let closing = false;
  setHandler(
    widenBackfill,
    (wish) => {
      const covered = accepted.some((earlier) => covers(earlier, wish));
      if (!covered) {
        accepted.push(wish);
        wishes.push(wish);
      }
      return { widened: !covered };
    },
    { validator: (wish) => validateWish(wish, closing) },
  );
  const { syncRunId } = await records.openBackfill({
    teamId,
    workflowId: info.workflowId,
    workflowRunId: info.firstExecutionRunId,
    since: input.since,
    repositories: input.repositories,
    requestedBy: input.requestedBy,
  });
  const outcomes: SyncOutcome[] = [];
  const refusals: string[] = [];
  let walked = 0;
  try {
    for (let wish = wishes.shift(); wish !== undefined; wish = wishes.shift()) {
      const { since } = wish;
      const repositories = await resolve(wish);
      await forEachOf(repositories, pace.parallelRepositories, async (repository) => {
        const attempt = walked;
        walked += 1;
        outcomes.push(await walk(repository, attempt, since));
        setCurrentDetails(`${outcomes.length} repositories walked`);
        await rollUp();
      });
    }
  } catch (error) {
    closing = true;
    const end = toRunEnd(error);
    await CancellationScope.nonCancellable(async () => {
      // What was fetched is counted, also when the rest was not.
      await rollUp();
      await records.closeSyncRun({ teamId, syncRunId, ...end });
    });
    throw end.outcome === 'CANCELLED' ? error : toFailure(end);
  }
  closing = true;
  const outcome = combineOutcomes(outcomes);
  const end = {
    outcome,
    errorCode: refusals.length === 0 ? null : 'NOT_FOUND',
    errorMessage: refusals.length === 0 ? null : refusals.join(' '),
  };
  await records.closeSyncRun({ teamId, syncRunId, ...end });
  if (outcome === 'FAILED') {
    throw toFailure(end);
  }
  return { syncRunId, outcome, repositories: walked };

  /** Finds a wish's repositories; waits GitHub's limit out by a timer. */
  async function resolve(wish: Wish): Promise<readonly ResolvedRepository[]> {
    for (;;) {
      const { repositories, refused, wait } = await records.resolveRepositories({
        teamId,
        syncRunId,
        repositories: wish.repositories,
        since: wish.since,
      });
      if (wait === null) {
        refusals.push(...refused.map((refusal) => refusal.reason));
        outcomes.push(...refused.map((): SyncOutcome => 'FAILED'));
        return repositories;
      }
      setCurrentDetails(`Waits until ${wait.until}: ${wait.reason}`);
      await sleep(Math.max(Date.parse(wait.until) - Date.now(), 1000));
    }
  }

  async function walk(
    repository: ResolvedRepository,
    attempt: number,
    since: string,
  ): Promise<SyncOutcome> {
    const { repositoryId } = repository;
    const workflowId = syncRepositoryWorkflowId(teamId, repositoryId);
    const run = await records.openRepositoryRun({
      teamId,
      repositoryId,
      parentSyncRunId: syncRunId,
      workflowId,
      attempt,
      since,
    });
    try {
      const result = await executeChild(syncRepository, {
        workflowId,
        taskQueue: TASK_QUEUES.sync,
        args: [
          {
            teamId,
            repositoryId,
            repositoryName: repository.name,
            syncRunId: run.syncRunId,
            pace,
            pagesBefore: 0,
          },
        ],
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        staticSummary: `Pull requests of ${repository.name} since ${run.horizon.slice(0, 10)}`,
        typedSearchAttributes: toSearchAttributes({
          teamId,
          repository: repository.name,
          syncKind: run.kind,
        }),
      });
      return result.outcome;
    } catch (error) {
      // A child that failed has closed its row with the reason; the others go on.
      if (error instanceof ChildWorkflowFailure && !isCancellation(error)) {
        return 'FAILED';
      }
      throw error;
    }
  }

  /** Rolls up until no marks are left; marks that a walk adds meanwhile are taken along. */
  async function rollUp(): Promise<void> {
    const { rollUpDirtyWeeks } = computeActivities(pace);
    for (let more = true; more;) {
      ({ more } = await rollUpDirtyWeeks({ teamId, maxWeeks: WEEKS_PER_ROLLUP }));
    }
  }
}

/** Whether a wish goes no further than one that was taken on. An empty list means all repositories. */
function covers(earlier: Wish, wish: Wish): boolean {
  const names = new Set(earlier.repositories.map((name) => name.toLowerCase()));
  const sameRepositories =
    wish.repositories.length === 0
      ? names.size === 0
      : wish.repositories.every((name) => names.has(name.toLowerCase()));
  return sameRepositories && Date.parse(earlier.since) <= Date.parse(wish.since);
}

/** @throws when the wish cannot be read, or comes too late: whoever sent it starts a job of its own then */
function validateWish(wish: WidenBackfillInput, closing: boolean): void {
  if (closing) {
    throw ApplicationFailure.nonRetryable('The backfill is closing.', BACKFILL_CLOSING);
  }
  if (Number.isNaN(Date.parse(wish.since))) {
    throw ApplicationFailure.nonRetryable('since is no instant', 'INVALID_INPUT');
  }
}

/** Runs `work` on each item, at most `limit` at a time; what runs is awaited, also after a failure. */
async function forEachOf<Item>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const lane = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      await work(item);
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.max(1, limit) }, lane));
  const failed = lanes.find((settled) => settled.status === 'rejected');
  if (failed !== undefined) {
    throw failed.reason;
  }
}
