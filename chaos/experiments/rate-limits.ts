import { setTimeout as delay } from 'node:timers/promises';
import { defaultPayloadConverter } from '@temporalio/common';
import { syncRepositoryWorkflowId } from '../../src/contracts/workflow-ids.ts';
import type { Fault } from '../../src/demo/fake-github/fake-github.ts';
import type { SyncWorld } from '../../test/support/worlds/sync-world.ts';
import {
  invariants,
  toVerdict,
  makeHistory,
  openWorld,
  outcomeOf,
  runBackfill,
  startBackfill,
  type Check,
  type Experiment,
} from '../experiment.ts';
import { countRunningActivities } from '../pending-activities.ts';
import { startWorkerProcess } from '../worker.ts';

/** GitHub's clock begins in the past and goes on: limits lift on it. It reports its resets on the real one. */
const REAL_CLOCK = () => new Date();

/** F10: the hour's points are used up again and again; the window is short, so that it is seen to lift. */
export const primaryLimit: Experiment = {
  id: 'F10',
  fault: 'primary limit used up until its reset',
  async run(lab) {
    const { source, first: request } = makeHistory(lab);
    const limits = { pointsPerHour: 15, windowMs: 4_000 };
    const world = await openWorld(lab, { source, limits, now: REAL_CLOCK });
    const worker = await startWorkerProcess(lab, world);
    lab.onProgress('F10: waits for the reset');
    const workflowId = await startBackfill(world, request);
    const wait = await untilWaiting(world);
    // The slot is free when no activity is pending while the sync waits.
    const pending = await countRunningActivities(world);
    const outcome = await outcomeOf(world, workflowId);
    await worker.kill();
    const timers = await readTimers(world);
    const broken = await invariants(world);
    const { requests, pointsUsed } = world.github.stats();
    await world.close();
    return toVerdict(
      'no request before the reset; a durable timer waits, no slot is held; the sync continues by itself',
      `${requests.graphql} requests, ${pointsUsed} points of ${limits.pointsPerHour} a window; ${timers.length} timers, such as "${timers[0]}"; outcome ${outcome}`,
      [
        ...broken,
        { what: `outcome ${outcome}`, holds: outcome === 'COMPLETED' },
        { what: 'no wait was shown', holds: wait !== null },
        { what: `${pending} activities ran meanwhile`, holds: pending === 0 },
        {
          what: `timers that do not say what for: ${timers.join('; ')}`,
          holds: timers.length > 0 && timers.every((summary) => /^Until .+: GitHub/.test(summary)),
        },
      ],
    );
  },
};

interface LimitCase {
  readonly name: string;
  readonly fault: Fault;
  /** Seconds from the answer to the next request, at least. */
  readonly least: number;
}

const HTML =
  '<!doctype html><title>Rate limit</title><p>You have exceeded a secondary rate limit.</p>';

const CASES: readonly LimitCase[] = [
  { name: '403 with retry-after', fault: { retryAfter: 3 }, least: 3 },
  { name: '429 with retry-after', fault: { retryAfter: 3, status: 429 }, least: 3 },
  {
    name: '429 with HTML',
    fault: {
      status: 429,
      headers: { 'retry-after': '3', 'content-type': 'text/html' },
      body: HTML,
    },
    least: 3,
  },
  {
    name: '403 without a time',
    fault: { status: 403, body: { message: 'You have exceeded a secondary rate limit.' } },
    least: 60,
  },
];

/** F11: secondary limits in all their forms. */
export const secondaryLimit: Experiment = {
  id: 'F11',
  fault: 'secondary limit: 403 and 429, with and without retry-after, HTML',
  async run(lab) {
    const cases = CASES.filter(({ least }) => !lab.quick || least < 60);
    const { source, first: request } = makeHistory(lab);
    const world = await openWorld(lab, { source, now: REAL_CLOCK });
    const worker = await startWorkerProcess(lab, world);
    await runBackfill(world, request);
    const checks: Check[] = [];
    const measured: string[] = [];
    for (const { name, fault, least } of cases) {
      lab.onProgress(`F11: ${name}`);
      world.github.failNext(fault, 1);
      const workflowId = await startBackfill(world, request);
      const asked = world.github.stats().requests.graphql;
      const wait = await untilWaiting(world);
      const seconds = wait === null ? 0 : (wait.getTime() - Date.now()) / 1000;
      // Shorter waits are seen to their end; for the long one it is enough that nothing was asked in its first seconds.
      await delay(Math.min(least - 1, 5) * 1000);
      const meanwhile = world.github.stats().requests.graphql - asked - 1;
      const outcome =
        least < 60 ? await outcomeOf(world, workflowId) : await cancelled(world, workflowId);
      measured.push(`${name}: waits ${seconds.toFixed(0)} s`);
      checks.push(
        { what: `${name}: waits ${seconds.toFixed(1)} s`, holds: seconds > least - 2 },
        { what: `${name}: ${meanwhile} requests meanwhile`, holds: meanwhile <= 0 },
        { what: `${name}: outcome ${outcome}`, holds: outcome === 'COMPLETED' },
      );
    }
    await worker.kill();
    const broken = await invariants(world);
    const { maxInFlight } = world.github.stats();
    await world.close();
    return toVerdict(
      'waits as the rules say, asks nothing meanwhile, never two requests of a token at once',
      `${measured.join('; ')}; ${maxInFlight} in flight at most`,
      [
        ...broken,
        ...checks,
        { what: `${maxInFlight} requests in flight`, holds: maxInFlight === 1 },
      ],
    );
  },
};

/** Ends a sync that waits too long for an experiment; that it can be ended while it waits is part of it. */
async function cancelled(world: SyncWorld, workflowId: string): Promise<string> {
  await world.client.workflow.getHandle(workflowId).cancel();
  const outcome = await outcomeOf(world, workflowId);
  await world.maintenance.githubQuota.updateMany({ data: { blockedUntil: null } });
  return /cancel/i.test(outcome) ? 'COMPLETED' : outcome;
}

const POLL_MS = 50;
const MOST_POLLS = 600;

/** Until when the first sync waits that says so; null when none did within half a minute. */
async function untilWaiting(world: SyncWorld): Promise<Date | null> {
  for (let poll = 0; poll < MOST_POLLS; poll += 1) {
    const row = await world.maintenance.syncRun.findFirst({
      where: { status: 'RUNNING', waitingUntil: { gt: new Date() } },
    });
    if (row?.waitingUntil) {
      return row.waitingUntil;
    }
    await delay(POLL_MS);
  }
  return null;
}

/** Summaries of the timers that have fired, as the Temporal UI shows them. */
async function readTimers(world: SyncWorld): Promise<string[]> {
  const repositories = await world.maintenance.repository.findMany();
  const summaries: string[] = [];
  for (const { id } of repositories) {
    const workflowId = world.launcher.workflowIdOf(
      syncRepositoryWorkflowId(String(world.teamId), String(id)),
    );
    const { events } = await world.client.workflow.getHandle(workflowId).fetchHistory();
    const fired = new Set((events ?? []).map((event) => event.timerFiredEventAttributes?.timerId));
    for (const { timerStartedEventAttributes: started, userMetadata } of events ?? []) {
      if (started?.timerId && fired.has(started.timerId)) {
        const { summary } = userMetadata ?? {};
        summaries.push(summary ? String(defaultPayloadConverter.fromPayload(summary)) : '');
      }
    }
  }
  return summaries;
}
