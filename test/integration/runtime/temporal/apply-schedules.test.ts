import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { Client, Connection } from '@temporalio/client';
import { applySchedules, HOUSEHOLD } from '../../../../src/runtime/temporal/schedules.ts';
import { startCommand } from '../../../support/processes/command.ts';
import { WORLD_ENCRYPTION_KEY } from '../../../support/worlds/connected-team.ts';
import { startTestTemporal, type TestTemporal } from '../../../support/temporal/temporal.ts';
import { openScene, type Scene } from '../../db/scene.ts';
import {
  startTemporalRelay,
  type RelayedCall,
  type TemporalRelay,
} from '../support/temporal-relay.ts';

const ACTIVITY_OPTIONS = { heartbeatSeconds: 5, parallelRepositories: 2 };

let temporal: TestTemporal;
let scene: Scene;
let relay: TemporalRelay;
let created: RelayedCall[] = [];
let isHolding = false;
let onCreate = (): void => undefined;

beforeAll(async () => {
  [temporal, scene] = await Promise.all([startTestTemporal(), openScene()]);
  relay = await startTemporalRelay(temporal.address, (call) => {
    if (call.method !== 'CreateSchedule') {
      return false;
    }
    created.push(call);
    onCreate();
    return isHolding;
  });
});

afterEach(() => {
  vi.useRealTimers();
  created = [];
  isHolding = false;
  onCreate = () => undefined;
});

afterAll(async () => {
  await relay.close();
  await temporal.stop();
  await scene.close();
});

async function connectClient(): Promise<Client> {
  const connection = await Connection.connect({ address: relay.address });
  return new Client({ connection, namespace: temporal.namespace });
}

it('each schedule has a minute of its own, however long all of them take', async () => {
  const client = await connectClient();
  vi.useFakeTimers({ toFake: ['Date'] });
  onCreate = () => vi.setSystemTime(Date.now() + 50_000);
  const applied = await applySchedules(client, scene.db, ACTIVITY_OPTIONS);
  expect(applied.created.length + applied.updated.length).toBe(HOUSEHOLD.length);
  expect(created).toHaveLength(HOUSEHOLD.length);
  for (const { timeoutMs } of created) {
    expect(timeoutMs).toBeGreaterThan(50_000);
    expect(timeoutMs).toBeLessThanOrEqual(60_000);
  }
  vi.useRealTimers();
  await client.connection.close();
});

it('ends at once when it is told to while Temporal does not answer, and gives the call up', async () => {
  const client = await connectClient();
  isHolding = true;
  const closing = new AbortController();
  const applying = applySchedules(client, scene.db, ACTIVITY_OPTIONS, closing.signal);
  await expect.poll(() => created.length).toBe(1);
  closing.abort(new Error('the process stops'));
  await expect(applying).rejects.toThrow('the process stops');
  await expect.poll(() => relay.open()).toEqual([]);
  expect(created).toHaveLength(1);
  await client.connection.close();
});

it('a worker process works while Temporal does not answer about schedules, and stops in time', async () => {
  isHolding = true;
  let calledAt = 0;
  onCreate = () => {
    calledAt = performance.now();
  };
  const command = startCommand(['worker'], {
    DATABASE_URL: scene.database.applicationUrl,
    TEMPORAL_ADDRESS: relay.address,
    THROUGHLINE_ENCRYPTION_KEY: WORLD_ENCRYPTION_KEY,
    WORKER_QUEUES: 'compute',
  });
  try {
    await expect.poll(() => created.length).toBe(1);
    await command.line(/Working on compute/);
    await command.stop();
    // It does not wait for the call, which has a minute.
    expect(performance.now() - calledAt).toBeLessThan(created[0]?.timeoutMs ?? 0);
    expect(command.process.exitCode).toBe(0);
  } finally {
    command.process.kill('SIGKILL');
  }
});
