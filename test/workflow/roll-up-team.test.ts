import { ApplicationFailure } from '@temporalio/common';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { toRollUpStart, type ComputeActivities } from '../../src/contracts/rollups.ts';
import {
  createStubActivities,
  startStubWorkers,
  type StubWorkers,
} from '../support/stub-workers.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';

let temporal: TestTemporal;
let workers: StubWorkers | undefined;

beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterEach(async () => {
  await workers?.stop();
  workers = undefined;
});
afterAll(() => temporal.stop());

async function rollUp(
  teamId: string,
  rollUpDirtyWeeks: ComputeActivities['rollUpDirtyWeeks'],
): Promise<unknown> {
  const { sync, compute } = createStubActivities();
  workers = await startStubWorkers(temporal, { sync, compute: { ...compute, rollUpDirtyWeeks } });
  const { workflowType, workflowId, taskQueue, input } = toRollUpStart({ teamId });
  return temporal.client.workflow.execute(workflowType, { workflowId, taskQueue, args: [input] });
}

test('a rollup of a team goes on until no marks are left, about a year at a time', async () => {
  const asked: unknown[] = [];
  const result = await rollUp('7', async (input) => {
    asked.push(input);
    const more = asked.length < 3;
    return { weeks: 53, rowsWritten: 1, rowsRemoved: 0, marksConsumed: 53, more };
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
