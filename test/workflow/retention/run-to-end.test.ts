import { ApplicationFailure } from '@temporalio/common';
import { expect, test, vi } from 'vitest';
import { toRetentionStart, type RetentionActivities } from '../../../src/contracts/retention.ts';
import { runToEnd, type FollowOptions } from '../../../src/runtime/temporal/run-workflow.ts';
import { PATIENT } from '../../support/patience.ts';
import { createRetentionStubs } from '../../support/stubs/retention-stubs.ts';
import { createGate } from '../../support/worlds/started-backfill.ts';
import { askTemporal, openWorkflowWorld } from '../../support/worlds/workflow-world.ts';

const world = openWorkflowWorld();
const start = toRetentionStart({ teamId: null, days: null, kind: null, requestedBy: null });
const handle = () => world.temporal.client.workflow.getHandle(start.workflowId);

const follow = (changes: Partial<FollowOptions> = {}) =>
  runToEnd(askTemporal(world.temporal), null, start, {
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...PATIENT.temporal,
    ...changes,
  });

/** Waits until Temporal has been asked to cancel the workflow: only then is it told from one that was quicker. */
async function untilCancelled(): Promise<void> {
  const isAsked = async (): Promise<boolean> => {
    const { events } = await handle().fetchHistory();
    return (events ?? []).some((event) => event.workflowExecutionCancelRequestedEventAttributes);
  };
  await expect.poll(isAsked).toBe(true);
}

/** A deletion that waits at a gate; `begun` resolves when it has been asked for. */
function held(): { begun: Promise<void>; open(): void; changes: Partial<RetentionActivities> } {
  const begun = createGate();
  const gate = world.gates.create();
  const changes: Partial<RetentionActivities> = {
    async deleteExpiredRows() {
      begun.open();
      await gate.passed;
      return { rows: 7, more: false, isWaiting: false };
    },
  };
  return { begun: begun.passed, open: gate.open, changes };
}

// First: no worker has polled the queue of this server yet.
test('a workflow that no worker would run is refused, and nothing is started', async () => {
  await expect(follow({ workerMs: 0 })).rejects.toMatchObject({
    code: 'TEMPORAL_UNAVAILABLE',
    message: expect.stringMatching(/compute.*throughline worker.*Nothing was started/) as string,
  });
  await expect(handle().describe()).rejects.toThrow(/not found/i);
});

test('a workflow is followed to its end, with what it says of itself', async () => {
  const { open, changes } = held();
  await world.work(createRetentionStubs(1, changes));
  const onProgress = vi.fn<(details: string) => void>((details) => {
    if (details.includes('ai_usage_daily')) {
      open();
    }
  });
  expect(await follow({ onProgress })).toMatchObject({
    joined: false,
    result: { teams: 1, rowsByTable: { ai_usage_daily: 7 } },
  });
  expect(onProgress).toHaveBeenCalledWith('5 rows deleted, now team 1, ai_usage_daily');
});

test('a second one joins, and leaves the first alone when it is interrupted', async () => {
  const { begun, open, changes } = held();
  await world.work(createRetentionStubs(1, changes));
  const first = follow();
  await begun;
  const stop = new AbortController();
  const second = follow({ onProgress: () => stop.abort(), signal: stop.signal });
  await expect(second).rejects.toThrow(/abort/i);
  const third = follow({ onProgress: open });
  expect(await third).toMatchObject({ joined: true, result: { rowsDeleted: 12 } });
  expect(await first).toMatchObject({ joined: false, result: { rowsDeleted: 12 } });
});

test('one that is interrupted is cancelled, and has ended when that is told', async () => {
  const { begun, open, changes } = held();
  const stubs = createRetentionStubs(2, changes);
  await world.work(stubs);
  const stop = new AbortController();
  const running = follow({ signal: stop.signal });
  await begun;
  stop.abort();
  await untilCancelled();
  open();
  await expect(running).rejects.toThrow(/abort/i);
  expect((await handle().describe()).status.name).toBe('CANCELLED');
  expect(stubs.calls).not.toContain('planRetention behind 1');
});

test('one that does not end when it is cancelled is not waited for for ever', async () => {
  const { begun, open, changes } = held();
  await world.work(createRetentionStubs(2, changes));
  const stop = new AbortController();
  const running = follow({ signal: stop.signal, cancelMs: 0 });
  await begun;
  stop.abort();
  await expect(running).rejects.toThrow(/abort/i);
  expect((await handle().describe()).status.name).toBe('RUNNING');
  await untilCancelled();
  open();
  await expect(handle().result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
});

test('one that is interrupted before it begins is not started', async () => {
  await world.work(createRetentionStubs(1));
  const before = await handle().describe();
  await expect(follow({ signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  expect((await handle().describe()).runId).toBe(before.runId);
});

test('one that somebody else ends is told in a sentence', async () => {
  const { begun, open, changes } = held();
  await world.work(createRetentionStubs(2, changes));
  const running = follow();
  await begun;
  await handle().cancel();
  await untilCancelled();
  open();
  await expect(running).rejects.toMatchObject({
    code: 'CONFLICT',
    message: 'The run was ended by somebody: start it again.',
  });
});

test('a failure of another kind is told with its reason', async () => {
  const stubs = createRetentionStubs(1, {
    async planRetention() {
      throw ApplicationFailure.nonRetryable('relation "team" does not exist');
    },
  });
  await world.work(stubs);
  await expect(follow()).rejects.toMatchObject({
    code: 'CONFLICT',
    message: 'The run failed: relation "team" does not exist',
  });
});

test('a failure of a known kind is told in its sentence', async () => {
  const sentence = 'Data is kept for 30 to 3650 days: 29 is not in between.';
  const stubs = createRetentionStubs(1, {
    async planRetention() {
      throw ApplicationFailure.nonRetryable(sentence, 'INVALID_INPUT');
    },
  });
  await world.work(stubs);
  await expect(follow()).rejects.toMatchObject({ code: 'INVALID_INPUT', message: sentence });
});
