import { ApplicationFailure } from '@temporalio/common';
import { WorkflowFailedError } from '@temporalio/client';
import { expect, test } from 'vitest';
import { toApplicationFailure } from '../../../src/activities/core/known-failures.ts';
import { toRebuildStart, type ComputeActivities } from '../../../src/contracts/rollups.ts';
import { DomainError } from '../../../src/domain/core/errors.ts';
import { createRebuildStubs } from '../../support/stubs/rebuild-stubs.ts';
import { createStubActivities } from '../../support/stubs/stub-workers.ts';
import { openWorkflowWorld } from '../../support/worlds/workflow-world.ts';

const world = openWorkflowWorld();

async function begin(chunks: number, changes: Partial<ComputeActivities> = {}) {
  const calls: string[] = [];
  const { sync, compute } = createStubActivities();
  const stubs = { sync, compute: { ...compute, ...createRebuildStubs(calls, chunks, changes) } };
  await world.work(stubs);
  const start = toRebuildStart({
    teamId: world.nextTeam(),
    reason: 'SETTINGS',
    isDryRun: false,
    from: null,
    to: null,
    timeZone: 'Europe/Berlin',
    weekStart: null,
    requestedBy: null,
  });
  return { handle: await world.start(start), calls };
}

test('a rebuild computes chunk by chunk, changes readers over once and removes what they have left', async () => {
  let rollups = 0;
  const { handle, calls } = await begin(3, {
    async rollUpDirtyWeeks() {
      rollups += 1;
      calls.push(`rollUpDirtyWeeks ${rollups}`);
      return { weeks: 1, rowsWritten: 1, rowsRemoved: 0, dirtyMarksConsumed: 1, more: rollups < 2 };
    },
  });
  expect(await handle.result()).toEqual({ rebuildId: '7', weeks: 159 });
  expect(calls).toEqual([
    'openRebuild SETTINGS',
    'rebuildWeeks 1',
    'rebuildWeeks 2',
    'rebuildWeeks 3',
    'finishRebuild',
    'rollUpDirtyWeeks 1',
    'rollUpDirtyWeeks 2',
    'removeOldGenerations',
  ]);
});

/** A rebuild for a new definition whose pull requests take so many steps. */
function applyIn(steps: number, calls: string[], changes: Partial<ComputeActivities> = {}) {
  let step = 0;
  return {
    async openRebuild({ appliesInSteps }) {
      calls.push('openRebuild');
      return { rebuildId: '7', appliesDefinition: appliesInSteps === true && step < steps };
    },
    async applyDefinition({ rebuildId }) {
      step += 1;
      calls.push(`applyDefinition ${rebuildId} ${step}`);
      const [pullRequestsDone, pullRequestsTotal] = [step * 500, steps * 500];
      return { isRunning: true, pullRequestsDone, pullRequestsTotal, more: step < steps };
    },
    ...changes,
  } satisfies Partial<ComputeActivities>;
}

test('a new definition is applied step by step before the weeks are computed', async () => {
  const applied: string[] = [];
  const { handle, calls } = await begin(1, applyIn(3, applied));
  expect(await handle.result()).toEqual({ rebuildId: '7', weeks: 53 });
  expect([...applied, ...calls]).toEqual([
    'openRebuild',
    'applyDefinition 7 1',
    'applyDefinition 7 2',
    'applyDefinition 7 3',
    'rebuildWeeks 1',
    'finishRebuild',
    'removeOldGenerations',
  ]);
});

test('many steps of a new definition continue as new, as the same rebuild', async () => {
  const applied: string[] = [];
  const { handle, calls } = await begin(1, applyIn(70, applied));
  expect(await handle.result()).toEqual({ rebuildId: '7', weeks: 53 });
  expect(applied.filter((call) => call === 'openRebuild')).toHaveLength(2);
  expect(applied.filter((call) => call.startsWith('applyDefinition'))).toHaveLength(70);
  expect(calls[0]).toBe('rebuildWeeks 1');
});

test('a rebuild whose definition a worker has applied while its row was opened makes no step of its own', async () => {
  const { handle, calls } = await begin(1, {
    async openRebuild() {
      return { rebuildId: '7' };
    },
  });
  expect(await handle.result()).toEqual({ rebuildId: '7', weeks: 53 });
  expect(calls).toEqual(['rebuildWeeks 1', 'finishRebuild', 'removeOldGenerations']);
});

test('a rebuild that is refused because its definition is not applied ends with that, and is not tried again', async () => {
  let attempts = 0;
  const { handle, calls } = await begin(1, {
    async rebuildWeeks() {
      attempts += 1;
      throw toApplicationFailure(new DomainError('CONFLICT', 'The definition is not applied.'));
    },
  });
  await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'CONFLICT' } });
  expect(attempts).toBe(1);
  expect(calls.slice(1)).toEqual([
    'closeRebuild FAILED The definition is not applied.',
    'removeOldGenerations',
  ]);
});

test('cancelled while a definition is applied it ends behind the running step, and computes no week', async () => {
  const applied: string[] = [];
  const [begun, mayEnd] = [world.gates.create(), world.gates.create()];
  const answer = { isRunning: true, pullRequestsDone: 1, pullRequestsTotal: 9, more: true };
  const { handle, calls } = await begin(
    1,
    applyIn(9, applied, {
      async applyDefinition() {
        applied.push('applyDefinition');
        begun.open();
        await mayEnd.passed;
        return answer;
      },
    }),
  );
  await begun.passed;
  await handle.cancel();
  mayEnd.open();
  await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
  expect(applied).toEqual(['openRebuild', 'applyDefinition']);
  expect(calls).toEqual(['closeRebuild CANCELLED Cancelled on request.', 'removeOldGenerations']);
});

test('a rebuild that was closed from outside applies no definition any more', async () => {
  const applied: string[] = [];
  const { handle, calls } = await begin(
    1,
    applyIn(9, applied, {
      async applyDefinition() {
        applied.push('applyDefinition');
        return { isRunning: false, pullRequestsDone: 1, pullRequestsTotal: 9, more: false };
      },
    }),
  );
  await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'ABANDONED' } });
  expect(applied).toEqual(['openRebuild', 'applyDefinition']);
  expect(calls).not.toContain('rebuildWeeks 1');
});

test('a rebuild whose row could not be opened leaves none that runs', async () => {
  const closed: unknown[] = [];
  const { handle } = await begin(2, {
    async openRebuild() {
      throw ApplicationFailure.nonRetryable('The answer was lost.', 'UNEXPECTED');
    },
    async closeRebuild(input) {
      closed.push(input);
    },
  });
  await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
  expect(closed).toMatchObject([
    {
      workflowId: handle.workflowId,
      workflowRunId: handle.firstExecutionRunId,
      status: 'FAILED',
      errorMessage: 'The answer was lost.',
    },
  ]);
});

test('a rebuild whose values the database refuses is not tried again', async () => {
  let attempts = 0;
  const { handle, calls } = await begin(2, {
    async openRebuild() {
      attempts += 1;
      const refusal = Object.assign(new Error('date out of range: "0"'), { code: '22008' });
      throw toApplicationFailure(refusal);
    },
  });
  await expect(handle.result()).rejects.toMatchObject({
    cause: { type: 'DATA_REFUSED', message: expect.stringContaining('22008') as string },
  });
  expect(attempts).toBe(1);
  expect(calls).toEqual([expect.stringMatching(/^closeRebuild FAILED/), 'removeOldGenerations']);
});

test('cancelled while its row is opened it closes the row behind that', async () => {
  let begun = (): void => undefined;
  let open = (): void => undefined;
  const opening = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const mayOpen = new Promise<void>((resolve) => {
    open = resolve;
  });
  const order: string[] = [];
  const { handle } = await begin(2, {
    async openRebuild() {
      begun();
      await mayOpen;
      order.push('opened');
      return { rebuildId: '7' };
    },
    async closeRebuild({ status }) {
      order.push(status);
    },
  });
  await opening;
  await handle.cancel();
  open();
  await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
  expect(order).toEqual(['opened', 'CANCELLED']);
});

test('a rebuild that fails is closed with its sentence and leaves no half-built weeks', async () => {
  const { handle, calls } = await begin(2, {
    async rebuildWeeks() {
      throw ApplicationFailure.nonRetryable('The disk is full.', 'UNEXPECTED');
    },
  });
  await expect(handle.result()).rejects.toMatchObject({ cause: { message: 'The disk is full.' } });
  expect(calls.slice(1)).toEqual(['closeRebuild FAILED The disk is full.', 'removeOldGenerations']);
});

test('a rebuild that was closed from outside does not change readers over', async () => {
  const { handle, calls } = await begin(2, {
    async rebuildWeeks() {
      return { isRunning: false, weeksDone: 53, weeksTotal: 106 };
    },
  });
  await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
  expect(calls).not.toContain('finishRebuild');
});

test('cancelling ends it before the next chunk, and its row says so', async () => {
  let seen = (): void => undefined;
  const chunkSeen = new Promise<void>((resolve) => {
    seen = resolve;
  });
  const { handle, calls } = await begin(2, {
    async rebuildWeeks() {
      seen();
      return { isRunning: true, weeksDone: 1, weeksTotal: 1_000_000 };
    },
  });
  await chunkSeen;
  await handle.cancel();
  await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
  expect(calls).not.toContain('finishRebuild');
  expect(calls.slice(-2)).toEqual([
    'closeRebuild CANCELLED Cancelled on request.',
    'removeOldGenerations',
  ]);
});

test('a long rebuild continues as new, as the same rebuild', async () => {
  const runs = new Set<string>();
  const { handle, calls } = await begin(51, {
    async openRebuild({ workflowRunId }) {
      runs.add(workflowRunId);
      calls.push('openRebuild');
      return { rebuildId: '7' };
    },
  });
  expect(await handle.result()).toEqual({ rebuildId: '7', weeks: 51 * 53 });
  expect(calls.filter((call) => call === 'openRebuild')).toHaveLength(2);
  expect([...runs]).toEqual([handle.firstExecutionRunId]);
});
