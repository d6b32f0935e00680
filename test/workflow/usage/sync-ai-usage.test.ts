import { ApplicationFailure } from '@temporalio/common';
import { WorkflowFailedError } from '@temporalio/client';
import { expect, test } from 'vitest';
import {
  toAiUsageStart,
  type AiUsageActivities,
  type SyncAiUsageDaysInput,
  type SyncAiUsageDaysResult,
} from '../../../src/contracts/ai-usage.ts';
import { createUsageStubs } from '../../support/stubs/usage-stubs.ts';
import { openWorkflowWorld } from '../../support/worlds/workflow-world.ts';

const world = openWorkflowWorld();

async function begin(days: number, changes: Partial<AiUsageActivities> = {}) {
  const stubs = createUsageStubs(days, changes);
  await world.work(stubs);
  const teamId = world.nextTeam();
  const handle = await world.start(toAiUsageStart({ teamId, organization: 'Acme' }));
  return { stubs, handle, teamId };
}

const done = (input: SyncAiUsageDaysInput, given: Partial<SyncAiUsageDaysResult> = {}) => ({
  daysDone: input.days.length,
  rowsWritten: 2 * input.days.length,
  rowsRefused: 0,
  daysLeft: [],
  wait: null,
  stop: null,
  ...given,
});

test('days are asked for newest first, then the seats, then all that changed is rolled up', async () => {
  const { stubs, handle, teamId } = await begin(4);
  expect(await handle.result()).toEqual({ daysDone: 4, rowsWritten: 8, rowsRefused: 0 });
  expect(stubs.calls).toEqual([
    'openAiUsageSync Acme',
    'syncAiUsageDays day-1 day-2 day-3',
    'syncAiUsageDays day-4',
    'syncAiSeats',
    'rollUpDirtyWeeks',
  ]);
  expect(handle.workflowId).toBe(`usage:${teamId}:acme`);
});

test('a year continues as new without asking for a day twice, and adds its numbers up', async () => {
  const { stubs, handle } = await begin(365);
  expect(await handle.result()).toEqual({ daysDone: 365, rowsWritten: 730, rowsRefused: 0 });
  const days = stubs.calls.flatMap((call) =>
    call.split(' ').filter((word) => word.startsWith('day-')),
  );
  expect(days).toHaveLength(365);
  expect(new Set(days).size).toBe(365);
  expect(stubs.calls.filter((call) => call.startsWith('openAiUsageSync'))).toHaveLength(1);
  // One at the end of each of the three runs.
  expect(stubs.calls.filter((call) => call === 'rollUpDirtyWeeks')).toHaveLength(3);
});

test('a limit is waited out by a timer, with what is left of the days', async () => {
  const waited: string[] = [];
  const { stubs, handle } = await begin(3, {
    async syncAiUsageDays(input) {
      waited.push(input.days.join(' '));
      return waited.length > 1
        ? done(input)
        : done(input, {
            daysDone: 1,
            rowsWritten: 2,
            daysLeft: input.days.slice(1),
            wait: { until: new Date(Date.now() + 1100).toISOString(), reason: 'limit' },
          });
    },
  });
  expect(await handle.result()).toMatchObject({ daysDone: 3, rowsWritten: 6 });
  expect(waited).toEqual(['day-1 day-2 day-3', 'day-2 day-3']);
  const { events } = await handle.fetchHistory();
  expect(events?.some((event) => event.timerStartedEventAttributes)).toBe(true);
  expect(stubs.calls.at(-1)).toBe('rollUpDirtyWeeks');
});

test('what stands in the way ends the run with its sentence, after what was stored is rolled up', async () => {
  const { stubs, handle } = await begin(9, {
    async syncAiUsageDays(input) {
      return done(input, {
        daysDone: 0,
        daysLeft: input.days,
        stop: { status: 'POLICY_DISABLED', reason: 'An owner must enable the policy.' },
      });
    },
  });
  const failure: unknown = await handle.result().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(WorkflowFailedError);
  expect((failure as WorkflowFailedError).cause).toMatchObject({
    type: 'POLICY_DISABLED',
    message: 'An owner must enable the policy.',
  });
  expect(stubs.calls).toEqual(['openAiUsageSync Acme', 'rollUpDirtyWeeks']);
});

test('an activity that fails for good fails the run, after the rollup', async () => {
  const { stubs, handle } = await begin(2, {
    async syncAiSeats() {
      throw ApplicationFailure.nonRetryable('The team is not connected.', 'NOT_FOUND');
    },
  });
  await expect(handle.result()).rejects.toThrow(WorkflowFailedError);
  expect(stubs.calls.at(-1)).toBe('rollUpDirtyWeeks');
});

test('seats that meet a limit are asked for again', async () => {
  let asked = 0;
  const { handle } = await begin(0, {
    async syncAiSeats() {
      asked += 1;
      const wait = { until: new Date(Date.now() + 100).toISOString(), reason: 'limit' };
      return asked === 1 ? { seats: null, wait, stop: null } : { seats: 3, wait: null, stop: null };
    },
  });
  expect(await handle.result()).toEqual({ daysDone: 0, rowsWritten: 0, rowsRefused: 0 });
  expect(asked).toBe(2);
});
