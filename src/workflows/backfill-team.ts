import {
  CancellationScope,
  ParentClosePolicy,
  WorkflowIdReusePolicy,
  condition,
  defineUpdate,
  executeChild,
  setCurrentDetails,
  setHandler,
  workflowInfo,
  allHandlersFinished,
} from '@temporalio/workflow';
import { toSearchAttributes } from '../contracts/search-attributes.ts';
import {
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
import { combineOutcomes, toRunEnd } from './outcome.ts';
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
 * first. A repository that fails ends alone; the job is then PARTIAL.
 */
export async function backfillTeam(input: BackfillTeamInput): Promise<BackfillTeamResult> {
  const { teamId, pace } = input;
  const info = workflowInfo();
  const records = recordActivities();
  const wishes: Wish[] = [{ repositories: input.repositories, since: input.since }];
  const accepted: Wish[] = [...wishes];
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
    { validator: validateWish },
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
      const { repositories, refused } = await records.resolveRepositories({
        teamId,
        syncRunId,
        repositories: wish.repositories,
        since: wish.since,
      });
      refusals.push(...refused.map((refusal) => refusal.reason));
      outcomes.push(...refused.map((): SyncOutcome => 'FAILED'));
      const { since } = wish;
      await forEachOf(repositories, pace.parallelRepositories, async (repository) => {
        const attempt = walked;
        walked += 1;
        outcomes.push(await walk(repository, attempt, since));
        setCurrentDetails(`${outcomes.length} of ${repositories.length} repositories walked`);
        await rollUp();
      });
    }
    await condition(allHandlersFinished);
  } catch (error) {
    const end = toRunEnd(error);
    await CancellationScope.nonCancellable(() =>
      records.closeSyncRun({ teamId, syncRunId, ...end }),
    );
    if (end.outcome === 'CANCELLED') {
      throw error;
    }
    return { syncRunId, outcome: end.outcome, repositories: walked };
  }
  const outcome = combineOutcomes(outcomes);
  await records.closeSyncRun({
    teamId,
    syncRunId,
    outcome,
    errorCode: refusals.length === 0 ? null : 'NOT_FOUND',
    errorMessage: refusals.length === 0 ? null : refusals.join(' '),
  });
  return { syncRunId, outcome, repositories: walked };

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
      staticSummary: `Pull requests of ${repository.name} since ${since.slice(0, 10)}`,
      typedSearchAttributes: toSearchAttributes({
        teamId,
        repository: repository.name,
        syncKind: 'BACKFILL',
      }),
    });
    return result.outcome;
  }

  /** Rolls up until no marks are left; marks that a walk adds meanwhile are taken along. */
  async function rollUp(): Promise<void> {
    const { rollUpDirtyWeeks } = computeActivities();
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

function validateWish(wish: WidenBackfillInput): void {
  if (Number.isNaN(Date.parse(wish.since))) {
    throw new Error('since is no instant');
  }
}

/** Runs `work` on each item, at most `limit` at a time. */
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
  await Promise.all(Array.from({ length: Math.max(1, limit) }, lane));
}
