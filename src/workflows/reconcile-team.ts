import {
  continueAsNew,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  DriftRange,
  ReconcileActivities,
  ReconcileRepository,
  ReconcileTeamInput,
  ReconcileTeamResult,
  ReconcileWait,
} from '../contracts/reconcile.ts';
import type { ComputeActivities } from '../contracts/rollups.ts';
import { TASK_QUEUES } from '../contracts/task-queues.ts';
import { toRunEnd } from './outcome.ts';

/** Repositories of one run: without drift some twenty events each, far below Temporal's 10,240. */
const REPOSITORIES_PER_RUN = 100;

/** Refusals that the result names. */
const REFUSALS_SHOWN = 20;

/** Weeks in one rollup statement: about a year of one team. */
const WEEKS_PER_ROLLUP = 53;

const RETRY = {
  initialInterval: '1s',
  backoffCoefficient: 2,
  maximumInterval: '30s',
  maximumAttempts: 30,
} as const;

const activities = proxyActivities<ReconcileActivities>({
  taskQueue: TASK_QUEUES.sync,
  startToCloseTimeout: '10m',
  heartbeatTimeout: '30s',
  retry: RETRY,
});

const { rollUpDirtyWeeks } = proxyActivities<ComputeActivities>({
  taskQueue: TASK_QUEUES.compute,
  startToCloseTimeout: '5m',
  heartbeatTimeout: '30s',
  retry: RETRY,
});

const NOTHING: ReconcileTeamResult = {
  repositories: 0,
  refused: [],
  drifted: 0,
  healed: 0,
  removed: 0,
};

/**
 * Compares each repository of a team with GitHub, month by month, one after the other: metadata first, then counts; a
 * month that differs is healed and counted again. A limit is waited out by a timer. A repository that is refused or
 * fails ends alone, and the result says why; what was healed is rolled up. Killed anywhere, at most one request's work
 * is done again. Continues as new every hundred repositories, or as soon as Temporal suggests it.
 */
export async function reconcileTeam(input: ReconcileTeamInput): Promise<ReconcileTeamResult> {
  const { teamId } = input;
  let result = input.rest?.result ?? NOTHING;
  const repositories = [
    ...(input.rest?.repositories ?? (await activities.planReconcile({ teamId })).repositories),
  ];
  for (let done = 0; done < REPOSITORIES_PER_RUN; done += 1) {
    const repository = repositories.shift();
    if (repository === undefined || workflowInfo().continueAsNewSuggested) {
      if (repository !== undefined) {
        repositories.unshift(repository);
      }
      break;
    }
    setCurrentDetails(`${result.repositories} repositories compared, now ${repository.name}`);
    await reconcile(repository);
    result = { ...result, repositories: result.repositories + 1 };
  }
  for (let more = true; more;) {
    ({ more } = await rollUpDirtyWeeks({ teamId, maxWeeks: WEEKS_PER_ROLLUP }));
  }
  if (repositories.length > 0) {
    return continueAsNew<typeof reconcileTeam>({ teamId, rest: { repositories, result } });
  }
  return result;

  async function reconcile({ repositoryId, name }: ReconcileRepository): Promise<void> {
    try {
      const drift = await verify(repositoryId, false);
      for (const range of drift) {
        await heal(repositoryId, range);
      }
      if (drift.length > 0) {
        await verify(repositoryId, true);
        result = { ...result, drifted: result.drifted + drift.length };
      }
    } catch (error) {
      if (isCancellation(error)) {
        throw error;
      }
      refuse(`${name}: ${toRunEnd(error).errorMessage ?? 'unknown reason'}`);
    }
  }

  async function verify(
    repositoryId: string,
    isSecondLook: boolean,
  ): Promise<readonly DriftRange[]> {
    for (;;) {
      const step = await activities.verifyRepository({ teamId, repositoryId, isSecondLook });
      if (step.next === 'DONE') {
        return step.drift;
      }
      if (step.next === 'REFUSED') {
        refuse(step.reason);
        return [];
      }
      await wait(step);
    }
  }

  /** Heals a range; one that is too large in halves. */
  async function heal(repositoryId: string, whole: DriftRange): Promise<void> {
    const ranges = [whole];
    for (let range = ranges.pop(); range !== undefined; range = ranges.pop()) {
      const step = await activities.healRange({ teamId, repositoryId, ...range });
      if (step.next === 'DONE') {
        result = {
          ...result,
          healed: result.healed + step.healed,
          removed: result.removed + step.removed,
        };
      } else if (step.next === 'SPLIT') {
        ranges.push({ ...range, from: step.at }, { ...range, to: step.at });
      } else {
        ranges.push(range);
        await wait(step);
      }
    }
  }

  function refuse(reason: string): void {
    result = { ...result, refused: [...result.refused, reason].slice(0, REFUSALS_SHOWN) };
  }
}

async function wait({ until, reason }: ReconcileWait): Promise<void> {
  setCurrentDetails(`Waits until ${until}: ${reason}`);
  await sleep(Math.max(Date.parse(until) - Date.now(), 1000));
}
