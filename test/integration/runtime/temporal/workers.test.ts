import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { PayloadCodec } from '@temporalio/common';
import { NativeConnection, UnexpectedError } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { toConnectionTestStart } from '../../../../src/contracts/connections.ts';
import { toInstallationId, toTaskQueueName } from '../../../../src/contracts/installation.ts';
import { parseConfig } from '../../../../src/runtime/settings/config.ts';
import {
  startWorkers,
  type Workers,
  type WorkersOptions,
} from '../../../../src/runtime/temporal/worker.ts';
import { createSecretBox } from '../../../../src/db/core/secret-box.ts';
import { connectorFor } from '../../../support/github/github.ts';
import { createGates } from '../../../support/worlds/started-backfill.ts';
import { startTestTemporal, type TestTemporal } from '../../../support/temporal/temporal.ts';
import { openScene, type Scene } from '../../db/scene.ts';
import { NEVER_MS } from '../../../support/patience.ts';

const gates = createGates();
const unhandled: unknown[] = [];
const note = (error: unknown): void => void unhandled.push(error);

/** The worker that is given this to decode fails; what the others do has nothing to do with it. */
const POISON = 'poison';
const FAILURE = 'the worker cannot go on';

const INSTALLATION = '0123456789';

const poisonable: PayloadCodec = {
  encode: async (payloads) => payloads,
  async decode(payloads) {
    if (payloads.some(({ data }) => Buffer.from(data ?? []).includes(POISON))) {
      // oxlint-disable-next-line typescript/no-deprecated -- the only error that the SDK ends a worker for at once
      throw new UnexpectedError(FAILURE);
    }
    return payloads;
  },
};

let temporal: TestTemporal;
let scene: Scene;
let workers: Workers | undefined;

beforeAll(async () => {
  process.on('unhandledRejection', note);
  [temporal, scene] = await Promise.all([startTestTemporal(), openScene()]);
});

afterEach(async () => {
  gates.openAll();
  await workers?.stop();
  workers = undefined;
});

afterAll(async () => {
  process.off('unhandledRejection', note);
  await temporal.stop();
  await scene.close();
});

/** Makes the worker of the queue `compute` fail. */
async function failCompute(): Promise<void> {
  await temporal.client.workflow.start('runHousekeeping', {
    workflowId: `poisoned:${randomUUID()}`,
    taskQueue: toTaskQueueName(INSTALLATION, 'compute'),
    args: [POISON],
    workflowExecutionTimeout: '10s',
  });
}

async function start(more: Partial<WorkersOptions> = {}): Promise<Workers> {
  const { address } = temporal;
  return startWorkers({
    installation: INSTALLATION,
    temporal: { address, namespace: temporal.namespace, tls: false, apiKey: undefined },
    settings: {
      ...parseConfig({}).worker,
      queues: ['sync', 'compute'],
      workflowBundle: temporal.workflowBundle,
    },
    dependencies: {
      db: scene.db,
      directUrl: null,
      secrets: await createSecretBox([Buffer.alloc(32).toString('base64')]),
      createGitHub: connectorFor(() => new Date()),
      concurrentRequests: 1,
      reserve: 0.2,
      now: () => new Date(),
    },
    answerMs: NEVER_MS,
    ...more,
  });
}

it('a worker that fails ends the others, and they are waited for', async () => {
  const [began, cancelled, gate] = [gates.create(), gates.create(), gates.create()];
  const order: string[] = [];
  workers = await start({
    overrides: {
      shutdownGraceTime: '0s',
      dataConverter: { payloadCodecs: [poisonable] },
      activities: {
        async testConnection() {
          began.open();
          await Context.current().cancelled.catch(() => order.push('the other was told'));
          cancelled.open();
          await gate.passed;
          order.push('its activity ended');
        },
      },
    },
  });
  const { workflowType, workflowId, taskQueue, input } = toConnectionTestStart({
    teamId: '7',
    connectionId: '3',
  });
  const handle = await temporal.client.workflow.start(workflowType, {
    workflowId: toInstallationId(INSTALLATION, workflowId),
    taskQueue: toTaskQueueName(INSTALLATION, taskQueue),
    args: [input],
  });
  await began.passed;
  await failCompute();
  await cancelled.passed;
  const stopped = workers.stop().then(() => order.push('stop answered'));
  gate.open();
  await stopped;
  expect(order).toEqual(['the other was told', 'its activity ended', 'stop answered']);
  await expect(workers.done).rejects.toThrow(FAILURE);
  await handle.terminate();
});

it('the first failure comes out, also for who asks late, and is never unhandled', async () => {
  workers = await start({ overrides: { dataConverter: { payloadCodecs: [poisonable] } } });
  const closing = vi.spyOn(NativeConnection.prototype, 'close');
  onTestFinished(() => closing.mockRestore());
  await failCompute();
  await expect.poll(() => closing.mock.settledResults).toHaveLength(1);
  expect(closing.mock.settledResults[0]?.type).toBe('fulfilled');
  await nextTurn();
  expect(unhandled).toEqual([]);
  await expect(workers.done).rejects.toThrow(FAILURE);
});

it('a worker that cannot be made says why, and those that could be let go of the connection', async () => {
  const settings = { ...parseConfig({}).worker, queues: ['sync', 'compute'] as const };
  await expect(start({ settings: { ...settings, computeConcurrency: -1 } })).rejects.toThrow(
    /must be at least 1/,
  );
});
