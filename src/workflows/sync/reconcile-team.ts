import {
  continueAsNew,
  isCancellation,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  DriftRange,
  ReconcileActivities,
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

type RepositoryResult = Omit<ReconcileTeamResult, 'repositories'>;

const NOTHING: RepositoryResult = { refused: [], drifted: 0, repaired: 0, removed: 0 };

/**
 * Compares each repository of a team with GitHub, month by month, one repository after another: metadata first, then
 * counts; a month that differs is repaired and counted again. A timer waits for a limit to lift. A repository that is
 * refused or fails ends alone, and the result says why; what was repaired is rolled up. Wherever a process is killed, at
 * most the work of one request is done again. The workflow continues as new every hundred repositories, or as soon as
 * Temporal suggests it.
 */
export async function reconcileTeam(input: ReconcileTeamInput): Promise<ReconcileTeamResult> {
  const { teamId, carryOver } = input;
  let result: ReconcileTeamResult = carryOver?.result ?? { repositories: 0, ...NOTHING };
  const repositories = [
    ...(carryOver?.repositories ?? (await activities.planReconcile({ teamId })).repositories),
  ];
  for (let done = 0; done < REPOSITORIES_PER_RUN; done += 1) {
    const repository = workflowInfo().continueAsNewSuggested ? undefined : repositories.shift();
    if (repository === undefined) {
      break;
    }
    setCurrentDetails(`${result.repositories} repositories compared, now ${repository.name}`);
    const more = await reconcileRepository(teamId, repository);
    result = { repositories: result.repositories + 1, ...add(result, more) };
  }
  await rollUpWeeks(teamId);
  if (repositories.length > 0) {
    return continueAsNew<typeof reconcileTeam>({ teamId, carryOver: { repositories, result } });
  }
  return result;
}

/** Compares one repository and repairs what differs; a failure is a refusal in the result. */
async function reconcileRepository(
  teamId: string,
  { repositoryId, name }: ResolvedRepository,
): Promise<RepositoryResult> {
  let result = NOTHING;
  try {
    const { drift, refused } = await verify({ teamId, repositoryId, isSecondPass: false });
    result = add(result, { ...NOTHING, refused });
    for (const range of drift) {
      await repair({ teamId, repositoryId }, range, (step) => {
        result = add(result, { ...NOTHING, ...step });
      });
    }
    if (drift.length > 0) {
      const second = await verify({ teamId, repositoryId, isSecondPass: true });
      result = add(result, { ...NOTHING, refused: second.refused, drifted: drift.length });
    }
  } catch (error) {
    if (isCancellation(error)) {
      throw error;
    }
    const reason = `${name}: ${toRunEnd(error).errorMessage ?? 'unknown reason'}`;
    result = add(result, { ...NOTHING, refused: [reason] });
  }
  return result;
}

/** Counts a repository on both sides, and answers the ranges that differ, or why GitHub refuses to show them. */
async function verify(
  input: VerifyRepositoryInput,
): Promise<{ readonly drift: readonly DriftRange[]; readonly refused: readonly string[] }> {
  for (;;) {
    const step = await activities.verifyRepository(input);
    if (step.next === 'DONE') {
      return { drift: step.drift, refused: [] };
    }
    if (step.next === 'REFUSED') {
      return { drift: [], refused: [step.reason] };
    }
    await waitUntil(step);
  }
}

/** Repairs a range, in halves where it is too large, and reports each part that is done. */
async function repair(
  ids: { readonly teamId: string; readonly repositoryId: string },
  whole: DriftRange,
  onRepaired: (step: Pick<RepositoryResult, 'repaired' | 'removed'>) => void,
): Promise<void> {
  const ranges = [whole];
  for (let range = ranges.pop(); range !== undefined; range = ranges.pop()) {
    const step = await activities.repairRange({ ...ids, ...range });
    if (step.next === 'DONE') {
      onRepaired({ repaired: step.repaired, removed: step.removed });
    } else if (step.next === 'SPLIT') {
      ranges.push({ ...range, from: step.at }, { ...range, to: step.at });
    } else {
      ranges.push(range);
      await waitUntil(step);
    }
  }
}

function add(sum: RepositoryResult, more: RepositoryResult): RepositoryResult {
  return {
    refused: [...sum.refused, ...more.refused].slice(0, REFUSALS_SHOWN),
    drifted: sum.drifted + more.drifted,
    repaired: sum.repaired + more.repaired,
    removed: sum.removed + more.removed,
  };
}
