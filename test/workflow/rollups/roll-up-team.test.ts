import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { toRollUpStart, type ComputeActivities } from '../../../src/contracts/rollups.ts';
import { createStubActivities } from '../../support/stubs/stub-workers.ts';
import { openWorkflowWorld } from '../../support/worlds/workflow-world.ts';

const world = openWorkflowWorld();

async function rollUp(
  teamId: string,
  rollUpDirtyWeeks: ComputeActivities['rollUpDirtyWeeks'],
): Promise<unknown> {
  const { sync, compute } = createStubActivities();
  await world.work({ sync, compute: { ...compute, rollUpDirtyWeeks } });
  return (await world.start(toRollUpStart({ teamId }))).result();
}

test('a rollup of a team goes on until no dirty marks are left, about a year at a time', async () => {
  const asked: unknown[] = [];
  const result = await rollUp('7', async (input) => {
    asked.push(input);
    const more = asked.length < 3;
    return { weeks: 53, rowsWritten: 1, rowsRemoved: 0, dirtyMarksConsumed: 53, more };
  });
  expect(result).toEqual({ weeks: 159 });
  expect(asked).toEqual(Array.from({ length: 3 }, () => ({ teamId: '7', maxWeeks: 53 })));
});

test('a rollup of a team says why it cannot go on', async () => {
  const failed = rollUp('8', async () => {
    throw ApplicationFailure.nonRetryable('The disk is full.', 'UNEXPECTED');
  });
  await expect(failed).rejects.toMatchObject({
    cause: { cause: { message: 'The disk is full.' } },
  });
});
