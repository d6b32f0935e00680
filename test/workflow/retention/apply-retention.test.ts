import { ApplicationFailure } from '@temporalio/common';
import { WorkflowFailedError } from '@temporalio/client';
import { expect, test } from 'vitest';
import {
  RETENTION_WORKFLOWS,
  toRetentionStart,
  type ApplyRetentionInput,
  type RetentionActivities,
} from '../../../src/contracts/retention.ts';
import { TASK_QUEUES } from '../../../src/contracts/task-queues.ts';
import { createRetentionStubs } from '../../support/stubs/retention-stubs.ts';
import { openWorkflowWorld } from '../../support/worlds/workflow-world.ts';

const world = openWorkflowWorld();
let run = 0;

async function begin(
  teams: number,
  changes: Partial<RetentionActivities> = {},
  request: Partial<ApplyRetentionInput> = {},
) {
  const stubs = createRetentionStubs(teams, changes);
  await world.work(stubs);
  run += 1;
  const start = toRetentionStart({
    teamId: null,
    days: null,
    kind: null,
    requestedBy: null,
    ...request,
  });
  const workflowId = `${start.workflowId}:test:${run}`;
  return { stubs, handle: await world.start({ ...start, workflowId }) };
}

test('retention drops months first, then goes team by team until nothing is left', async () => {
  const { stubs, handle } = await begin(2);
  expect(await handle.result()).toEqual({
    teams: 2,
    rowsDeleted: 100_015,
    rowsByTable: { ai_usage_daily: 100_010 },
    partitionsDropped: ['ai_usage_daily_2025_01'],
    partitionsBusy: [],
    teamsWaiting: 0,
    skipped: [],
  });
  expect(stubs.calls).toEqual([
    'rollUpTeams behind 0',
    'rollUpTeams behind 1',
    'dropExpiredPartitions',
    'planRetention behind 0',
    'deleteExpiredRows 1 ai_usage_daily 2025-01-01',
    'deleteExpiredRows 1 ai_usage_daily 2025-01-01',
    'refreshStatistics ai_usage_daily',
    'planRetention behind 1',
  ]);
});

test('retention reports how many teams keep their usage because weeks of it are not rolled up', async () => {
  const { handle } = await begin(2, {
    async deleteExpiredRows() {
      return { rows: 0, more: false, isWaiting: true };
    },
  });
  expect(await handle.result()).toMatchObject({ teams: 2, rowsDeleted: 5, teamsWaiting: 1 });
});

test('retention of one team leaves what belongs to all of them', async () => {
  const { stubs, handle } = await begin(5, {}, { teamId: '2', days: 30, requestedBy: '7' });
  expect(await handle.result()).toMatchObject({ teams: 1, rowsDeleted: 0 });
  expect(stubs.calls).toEqual(['planRetention 2']);
});

test('retention of weekly metrics alone drops no months', async () => {
  const { stubs, handle } = await begin(1, {}, { kind: 'WEEKLY_METRICS' });
  await handle.result();
  expect(stubs.calls).not.toContain('dropExpiredPartitions');
});

test('retention of an installation without teams ends', async () => {
  const { handle } = await begin(0);
  expect(await handle.result()).toMatchObject({ teams: 0, rowsDeleted: 5 });
});

test('retention of many teams continues as new and visits each of them once', async () => {
  const { stubs, handle } = await begin(21);
  expect(await handle.result()).toMatchObject({ teams: 21, rowsDeleted: 100_015 });
  expect(stubs.calls.filter((call) => call.startsWith('planRetention'))).toEqual(
    Array.from({ length: 21 }, (_, after) => `planRetention behind ${after}`),
  );
  expect(stubs.calls.filter((call) => call === 'dropExpiredPartitions')).toHaveLength(1);
  const description = await world.temporal.client.workflow.getHandle(handle.workflowId).describe();
  expect(description.runId).not.toBe(handle.firstExecutionRunId);
});

test('retention that is cancelled starts no further batch', async () => {
  let see = (): void => undefined;
  const seen = new Promise<void>((resolve) => {
    see = resolve;
  });
  const { stubs, handle } = await begin(3, {
    async deleteExpiredRows() {
      see();
      return { rows: 1, more: true, isWaiting: false };
    },
  });
  await seen;
  await handle.cancel();
  await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
  expect(stubs.calls).not.toContain('planRetention behind 1');
});

test('retention says why it cannot go on', async () => {
  const { handle } = await begin(1, {
    async planRetention() {
      throw ApplicationFailure.nonRetryable('Data is kept for 30 to 3650 days.', 'INVALID_INPUT');
    },
  });
  const failure: unknown = await handle.result().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(WorkflowFailedError);
  expect(failure).toMatchObject({ cause: { cause: { type: 'INVALID_INPUT' } } });
});

test('housekeeping rolls up every team, page after page, before it looks for orphans', async () => {
  const stubs = createRetentionStubs(3);
  await world.work(stubs);
  await world.temporal.client.workflow.execute(RETENTION_WORKFLOWS.runHousekeeping, {
    workflowId: 'housekeeping:test',
    taskQueue: TASK_QUEUES.compute,
    args: [{}],
  });
  expect(stubs.calls).toEqual([
    'ensureUsagePartitions',
    'rollUpTeams behind 0',
    'rollUpTeams behind 1',
    'rollUpTeams behind 2',
    'deleteOldWebhooks behind 0',
    'countOrphans',
  ]);
});
