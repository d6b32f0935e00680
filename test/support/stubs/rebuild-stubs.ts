import type { ComputeActivities } from '../../../src/contracts/rollups.ts';

export type RebuildActivities = Omit<ComputeActivities, 'rollUpDirtyWeeks'>;

/**
 * Activities of a rebuild that succeed at once, over so many chunks of 53 weeks; a test replaces what it is about.
 * @param calls takes what was called, in order: `name argument`
 */
export function createRebuildStubs(
  calls: string[],
  chunks: number,
  changes: Partial<RebuildActivities> = {},
): RebuildActivities {
  let done = 0;
  return {
    async openRebuild({ reason }) {
      calls.push(`openRebuild ${reason}`);
      return { rebuildId: '7', appliesDefinition: false };
    },
    async applyDefinition() {
      calls.push('applyDefinition');
      return { isRunning: true, pullRequestsDone: 1, pullRequestsTotal: 1, more: false };
    },
    async rebuildWeeks({ maxWeeks }) {
      done += 1;
      calls.push(`rebuildWeeks ${done}`);
      return { isRunning: true, weeksDone: done * maxWeeks, weeksTotal: chunks * maxWeeks };
    },
    async finishRebuild() {
      calls.push('finishRebuild');
      return { isCompleted: true };
    },
    async closeRebuild({ status, errorMessage }) {
      calls.push(`closeRebuild ${status} ${errorMessage}`);
    },
    async removeOldGenerations() {
      calls.push('removeOldGenerations');
      return { more: false };
    },
    ...changes,
  };
}
