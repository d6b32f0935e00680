import { asyncLocalStorage } from '@temporalio/activity';
import type {
  ApplyDefinitionResult,
  ComputeActivities,
  FinishRebuildInput,
} from '../../contracts/rollups.ts';
import type { Db } from '../../db/core/client.ts';
import {
  closeRebuild,
  finishRebuild,
  removeOldGenerations,
} from '../../db/rollups/finish-rebuild.ts';
import { openRebuild, rebuildNextWeeks, type RebuildKey } from '../../db/rollups/rollup-rebuild.ts';
import { rollUpDirtyWeeks } from '../../db/rollups/weekly-rollup.ts';
import { applyDefinition, beginDefinition } from '../../db/sync/stored-definitions.ts';
import { cleanText } from '../../domain/core/clean-text.ts';

/** Rows of one transaction: more would hold their locks longer and gain nothing. */
const ROWS_PER_BATCH = 10_000;

/** Batches of one activity: some seconds, far from the bound of an attempt. */
const BATCHES_PER_ACTIVITY = 20;

function toRowKey({ teamId, rebuildId }: FinishRebuildInput): RebuildKey {
  return { teamId: BigInt(teamId), rebuildId: BigInt(rebuildId) };
}

/** Applies a definition batch by batch until none is left, so many are done, or the activity is cancelled. */
async function applyBatches(
  db: Db,
  key: RebuildKey,
  maxBatches: number,
): Promise<ApplyDefinitionResult> {
  for (let batch = 1; ; batch += 1) {
    const step = await applyDefinition(db, key);
    if (!step.more || isCancelled() || batch === maxBatches) {
      return step;
    }
  }
}

/**
 * Applies all of a definition in one activity, for a workflow that has no step for it. An attempt that ends too early fails,
 * and the next one goes on behind its last batch: after an answer the workflow computes weeks.
 * @throws Error when the attempt is cancelled before the end, by its timeout or a worker that stops
 */
async function applyWholeDefinition(db: Db, key: RebuildKey): Promise<void> {
  const { more } = await applyBatches(db, key, Number.POSITIVE_INFINITY);
  if (more) {
    throw new Error('the attempt ended before the definition was applied: the next one goes on');
  }
}

function isCancelled(): boolean {
  return asyncLocalStorage.getStore()?.cancellationSignal.aborted === true;
}

/** Activities of the queue `compute`. */
export function createComputeActivities({ db }: { readonly db: Db }): ComputeActivities {
  return {
    async rollUpDirtyWeeks(input) {
      return rollUpDirtyWeeks(db, { teamId: BigInt(input.teamId), maxWeeks: input.maxWeeks });
    },

    async openRebuild(input) {
      const teamId = BigInt(input.teamId);
      // Its row first: workers of an older definition leave dirty weeks alone while it is there.
      const rebuildId = await openRebuild(db, {
        ...input,
        teamId,
        requestedBy: input.requestedBy === null ? null : BigInt(input.requestedBy),
      });
      const key = { teamId, rebuildId };
      const appliesDefinition = !input.isDryRun && (await beginDefinition(db, key));
      if (input.appliesInSteps === true) {
        return { rebuildId: String(rebuildId), appliesDefinition };
      }
      if (appliesDefinition) {
        await applyWholeDefinition(db, key);
      }
      return { rebuildId: String(rebuildId) };
    },

    // What is done is stored. A cancellation needs no error here: the workflow ends before its next step.
    async applyDefinition(key) {
      return applyBatches(db, toRowKey(key), BATCHES_PER_ACTIVITY);
    },

    async rebuildWeeks({ maxWeeks, ...key }) {
      const step = await rebuildNextWeeks(db, { ...toRowKey(key), maxWeeks });
      const { isRunning, weeksDone, weeksTotal } = step;
      return { isRunning, weeksDone, weeksTotal };
    },

    async finishRebuild(key) {
      return { isCompleted: await finishRebuild(db, toRowKey(key)) };
    },

    async closeRebuild(input) {
      const errorMessage = cleanText(input.errorMessage).text;
      await closeRebuild(db, { ...input, teamId: BigInt(input.teamId), errorMessage });
    },

    async removeOldGenerations({ teamId }) {
      for (let batch = 0; batch < BATCHES_PER_ACTIVITY; batch += 1) {
        const removed = await removeOldGenerations(db, {
          teamId: BigInt(teamId),
          maxRows: ROWS_PER_BATCH,
        });
        if (removed < ROWS_PER_BATCH) {
          return { more: false };
        }
      }
      return { more: true };
    },
  } satisfies ComputeActivities;
}
