import {
  continueAsNew,
  isCancellation,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  DriftRange,
  ReconcileActivities,
  ReconcileRepository,
  ReconcileTeamInput,
  ReconcileTeamResult,
} from '../../contracts/reconcile.ts';
import { activitiesOn } from '../core/activity-proxies.ts';
import { toRunEnd } from '../core/outcome.ts';
import { rollUpWeeks } from '../rollups/roll-up-weeks.ts';
import { waitUntil } from '../core/wait-until.ts';

/** Repositories of one run: without drift some twenty events each, far below Temporal's 10,240. */
const REPOSITORIES_PER_RUN = 100;

/** Refusals that the result names. */
const REFUSALS_SHOWN = 20;

const activities = activitiesOn<ReconcileActivities>('sync', '10m');

const NOTHING: ReconcileTeamResult = {
  repositories: 0,
  refused: [],
  drifted: 0,
  repaired: 0,
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
  let result = input.carryOver?.result ?? NOTHING;
  const repositories = [
    ...(input.carryOver?.repositories ?? (await activities.planReconcile({ teamId })).repositories),
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
  await rollUpWeeks(teamId);
  if (repositories.length > 0) {
    return continueAsNew<typeof reconcileTeam>({ teamId, carryOver: { repositories, result } });
  }
  return result;

  async function reconcile({ repositoryId, name }: ReconcileRepository): Promise<void> {
    try {
      const drift = await verify(repositoryId, false);
      for (const range of drift) {
        await repair(repositoryId, range);
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
    isSecondPass: boolean,
  ): Promise<readonly DriftRange[]> {
    for (;;) {
      const step = await activities.verifyRepository({ teamId, repositoryId, isSecondPass });
      if (step.next === 'DONE') {
        return step.drift;
      }
      if (step.next === 'REFUSED') {
        refuse(step.reason);
        return [];
      }
      await waitUntil(step);
    }
  }

  /** Heals a range; one that is too large in halves. */
  async function repair(repositoryId: string, whole: DriftRange): Promise<void> {
    const ranges = [whole];
    for (let range = ranges.pop(); range !== undefined; range = ranges.pop()) {
      const step = await activities.repairRange({ teamId, repositoryId, ...range });
      if (step.next === 'DONE') {
        result = {
          ...result,
          repaired: result.repaired + step.repaired,
          removed: result.removed + step.removed,
        };
      } else if (step.next === 'SPLIT') {
        ranges.push({ ...range, from: step.at }, { ...range, to: step.at });
      } else {
        ranges.push(range);
        await waitUntil(step);
      }
    }
  }

  function refuse(reason: string): void {
    result = { ...result, refused: [...result.refused, reason].slice(0, REFUSALS_SHOWN) };
  }
}
