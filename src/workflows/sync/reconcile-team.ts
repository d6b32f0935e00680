import {
  continueAsNew,
  isCancellation,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { RepositoryInput } from '../../contracts/keys.ts';
import type {
  DriftRange,
  ReconcileActivities,
  ReconcileCarryOver,
  ReconcileTeamInput,
  ReconcileTeamResult,
  VerifyRepositoryInput,
} from '../../contracts/reconcile.ts';
import type { ResolvedRepository } from '../../contracts/sync.ts';
import { activitiesOn } from '../core/activity-proxies.ts';
import { toRunEnd } from '../core/outcome.ts';
import { rollUpWeeks } from '../rollups/roll-up-weeks.ts';
import { waitUntil } from '../core/wait-until.ts';

/** Repositories of one run: without drift each is some twenty events, so a run stays far below Temporal's 10,240. */
const REPOSITORIES_PER_RUN = 100;

/** How many refusals the result names. */
const REFUSALS_SHOWN = 20;

const activities = activitiesOn<ReconcileActivities>('sync', '10m');

/**
 * Compares each repository of a team with GitHub, month by month, one repository after another: metadata first, then
 * counts; a month that differs is repaired and counted again. A timer waits for a limit to lift. A repository that is
 * refused or fails ends alone, and the result says why; what was repaired is rolled up. Wherever a process is killed, at
 * most the work of one request is done again. The workflow continues as new every hundred repositories, or as soon as
 * Temporal suggests it.
 */
export async function reconcileTeam(input: ReconcileTeamInput): Promise<ReconcileTeamResult> {
  const { teamId, carryOver } = input;
  const result = resumeTally(carryOver);
  const repositories = [
    ...(carryOver?.repositories ?? (await activities.planReconcile({ teamId })).repositories),
  ];
  for (let done = 0; done < REPOSITORIES_PER_RUN; done += 1) {
    const repository = workflowInfo().continueAsNewSuggested ? undefined : repositories.shift();
    if (repository === undefined) {
      break;
    }
    setCurrentDetails(`${result.repositories} repositories compared, now ${repository.name}`);
    await reconcileRepository(teamId, repository, result);
    result.repositories += 1;
  }
  await rollUpWeeks(teamId);
  if (repositories.length > 0) {
    return continueAsNew<typeof reconcileTeam>({ teamId, carryOver: { repositories, result } });
  }
  return result;
}

/** What was found and repaired so far, in all runs of the chain. */
type Tally = ReturnType<typeof resumeTally>;

function resumeTally(carryOver: ReconcileCarryOver | null) {
  const counts = { repositories: 0, drifted: 0, repaired: 0, removed: 0 };
  return { ...counts, ...carryOver?.result, refused: [...(carryOver?.result.refused ?? [])] };
}

function refuse({ refused }: Tally, reason: string): void {
  if (refused.length < REFUSALS_SHOWN) {
    refused.push(reason);
  }
}

/** Compares one repository and repairs what differs; a failure is a refusal in the result. */
async function reconcileRepository(
  teamId: string,
  { repositoryId, name }: ResolvedRepository,
  tally: Tally,
): Promise<void> {
  const ids = { teamId, repositoryId };
  try {
    const drift = await verify({ ...ids, isSecondPass: false }, tally);
    for (const range of drift) {
      await repair(ids, range, tally);
    }
    if (drift.length > 0) {
      await verify({ ...ids, isSecondPass: true }, tally);
      tally.drifted += drift.length;
    }
  } catch (error) {
    if (isCancellation(error)) {
      throw error;
    }
    refuse(tally, `${name}: ${toRunEnd(error).errorMessage ?? 'unknown reason'}`);
  }
}

/** Counts a repository on both sides, and answers the ranges that differ; none where GitHub refuses to show them. */
async function verify(input: VerifyRepositoryInput, tally: Tally): Promise<readonly DriftRange[]> {
  for (;;) {
    const step = await activities.verifyRepository(input);
    if (step.next === 'DONE') {
      return step.drift;
    }
    if (step.next === 'REFUSED') {
      refuse(tally, step.reason);
      return [];
    }
    await waitUntil(step);
  }
}

/** Repairs a range, in halves where it is too large. */
async function repair(ids: RepositoryInput, whole: DriftRange, tally: Tally): Promise<void> {
  const ranges = [whole];
  for (let range = ranges.pop(); range !== undefined; range = ranges.pop()) {
    const step = await activities.repairRange({ ...ids, ...range });
    if (step.next === 'DONE') {
      tally.repaired += step.repaired;
      tally.removed += step.removed;
    } else if (step.next === 'SPLIT') {
      ranges.push({ ...range, from: step.at }, { ...range, to: step.at });
    } else {
      ranges.push(range);
      await waitUntil(step);
    }
  }
}
