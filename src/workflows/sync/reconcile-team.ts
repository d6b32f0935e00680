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
import { toPlainText } from '../../domain/core/plain-text.ts';
import { activitiesOn } from '../core/activity-proxies.ts';
import { toRunEnd } from '../core/outcome.ts';
import { rollUpWeeks } from '../rollups/roll-up-weeks.ts';
import { waitUntil } from '../core/wait-until.ts';

/** Repositories of one run: without drift each is some twenty events, so a run stays far below Temporal's 10,240. */
const REPOSITORIES_PER_RUN = 100;

/**
 * Splits for one repository: a hundred thousand pull requests of months that differ, and an end where GitHub's search
 * counts too many whatever it is asked for. With the ranges they make some 2,400 events.
 */
const MAX_SPLITS = 200;

/** Splits for one month: at least ten thousand pull requests, and no more than a fifth of the repository's splits. */
const MAX_SPLITS_PER_MONTH = 40;

/** The halves of a range may have so many times its pull requests: the search counts anew each time. */
const COUNTS_DIFFER_BY = 1.1;

/** How many refusals the result names. */
const REFUSALS_SHOWN = 20;

const activities = activitiesOn<ReconcileActivities>('sync', '10m');

/**
 * Compares each repository of a team with GitHub, month by month, one repository after another: metadata first, then
 * counts; a month that differs is repaired and counted again. A timer waits for a limit to lift. A month that GitHub's
 * search cannot be asked for is dead-lettered, a repository that is refused or fails ends alone, and the result says why;
 * what was repaired is rolled up. Wherever a process is killed, at
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
    setCurrentDetails(
      `${result.repositories} repositories compared, now ${toPlainText(repository.name)}`,
    );
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
  let splits = MAX_SPLITS;
  try {
    const drift = await verify({ ...ids, isSecondPass: false }, tally);
    for (const [index, range] of drift.entries()) {
      // What the months after it may need is kept for them, whatever the search counts in this one.
      const share = Math.ceil(splits / (drift.length - index));
      const budget = { splits: Math.min(share, MAX_SPLITS_PER_MONTH) };
      splits -= budget.splits;
      const reason = await repair(ids, range, tally, budget);
      splits += budget.splits;
      if (reason !== null) {
        refuse(tally, `${name}: ${reason}`);
        await activities.recordUnlistedMonth({ ...ids, month: range.month, reason });
      }
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

/** A range to repair; those that were split off together have a count in common. */
interface Part {
  readonly range: DriftRange;
  /** How many pull requests of the whole the parts may still have; null for a whole month, and where no total is known. */
  readonly left: { count: number } | null;
}

/**
 * Repairs a month, in halves where it is too large.
 * @param budget how many splits it may take; those that it takes are subtracted
 * @returns why the rest of it is given up, as a sentence: GitHub's search counts what cannot be, or too many; null when it
 * is repaired
 */
async function repair(
  ids: RepositoryInput,
  month: DriftRange,
  tally: Tally,
  budget: { splits: number },
): Promise<string | null> {
  const parts: Part[] = [{ range: month, left: null }];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const { range, left } = part;
    const step = await activities.repairRange({ ...ids, ...range });
    if (step.next === 'WAIT') {
      parts.push(part);
      await waitUntil(step);
      continue;
    }
    const { total } = step;
    if (left !== null && total !== undefined) {
      left.count -= total;
    }
    if (step.next === 'DONE') {
      tally.repaired += step.repaired;
      tally.removed += step.removed;
    } else if (total === undefined) {
      // The release before named no total and split without a bound: a run that it began replays as it ran.
      parts.push(...halve(range, step.at, null));
    } else if (left !== null && left.count < 0) {
      return `GitHub's search counts more pull requests in parts of the month of ${month.month} than in all of it: what is missing of it stays so until the next comparison.`;
    } else if (budget.splits === 0) {
      return `GitHub's search counts more pull requests in the month of ${month.month} than one comparison can ask for: what is missing of it stays so, and the next comparison begins the month again.`;
    } else {
      budget.splits -= 1;
      parts.push(...halve(range, step.at, { count: Math.ceil(total * COUNTS_DIFFER_BY) }));
    }
  }
  return null;
}

/** Both halves of a range, the earlier one last: it is taken first. */
function halve(range: DriftRange, at: string, left: Part['left']): Part[] {
  return [
    { range: { ...range, from: at }, left },
    { range: { ...range, to: at }, left },
  ];
}
