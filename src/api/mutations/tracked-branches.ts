import { memberChange } from '../../db/members/member-kind.ts';
import { trackBranches, type TrackBranchesInput } from '../../db/pulls/tracked-branches.ts';
import { MAX_TRACKED_BRANCHES } from '../../domain/pulls/tracked-branches.ts';
import type { MutationContext } from '../core/request-writes.ts';
import { startRollUp } from './start-roll-up.ts';

/** How branches are named, for the schema. */
export const TRACKED_BRANCHES = `Names of branches, or patterns in which an asterisk stands for any characters (release/*), up to ${MAX_TRACKED_BRANCHES}. One that finds the default branch of a repository, or one that was it, finds all of them, so that nothing is lost when it is renamed. What was merged into others is then not in weekly metrics. An empty list tracks all branches.`;

/**
 * Sets which branches of a team or a repository count, and starts the rollup of the weeks that change.
 * @returns how many pull requests count otherwise now
 */
export async function changeTrackedBranches(
  context: MutationContext,
  input: TrackBranchesInput,
): Promise<number> {
  const { teamId } = input;
  const changed = await context.writes.inTeam(
    teamId,
    (tx) => trackBranches(tx, input),
    memberChange(teamId),
  );
  if (changed > 0) {
    await startRollUp(context, teamId);
  }
  return changed;
}
