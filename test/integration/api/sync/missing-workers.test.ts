import { EventSourceParserStream } from 'eventsource-parser/stream';
import { Worker } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Gateway } from '../../../../src/runtime/http/gateway.ts';
import { createGrpcLauncher } from '../../../../src/runtime/temporal/grpc-launcher.ts';
import {
  createTemporalClient,
  type TemporalClient,
} from '../../../../src/runtime/temporal/temporal-client.ts';
import { PATIENT } from '../../../support/patience.ts';
import { startTestTemporal, type TestTemporal } from '../../../support/temporal/temporal.ts';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';

const INSTALLATION = '0123456789';

const PROGRESS = 'progress { waits { kind reason since until } estimatedSecondsLeft }';

const START = `mutation ($input: StartBackfillInput!) {
  startBackfill(input: $input) { ... on StartBackfillPayload { syncRun { id status ${PROGRESS} } } }
}`;

const RUN = `query ($id: ID!) { syncRun(id: $id) { status ${PROGRESS} } }`;
const FOLLOW = `subscription ($id: ID!) { syncRunProgress(id: $id) { status ${PROGRESS} } }`;

interface Run {
  readonly id: string;
  readonly status: string;
  readonly progress: { readonly waits: readonly { readonly reason: string }[] };
}

const NO_WAIT = { waits: [], estimatedSecondsLeft: null };

function reasonsOf({ progress }: Run): string[] {
  return progress.waits.map(({ reason }) => reason);
}

let world: ApiWorld;
let team: SeededTeam;
let temporal: TestTemporal;
const clients: TemporalClient[] = [];
const gateways: Gateway[] = [];
const working: { readonly worker: Worker; readonly done: Promise<void> }[] = [];

beforeAll(async () => {
  [world, temporal] = await Promise.all([createApiWorld(), startTestTemporal()]);
  team = await seedTeam(world, { slug: 'alpha' });
});

afterEach(async () => {
  await Promise.all(gateways.splice(0).map((gateway) => gateway.dispose()));
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

afterAll(async () => {
  for (const { worker, done } of working) {
    worker.shutdown();
    await done;
  }
  await temporal.stop();
  await world.close();
});

function gatewayOver(address: string, deadlines = PATIENT.temporal): Gateway {
  const target = { address, namespace: temporal.namespace, tls: false, apiKey: undefined };
  const client = createTemporalClient(target, deadlines);
  clients.push(client);
  const launcher = createGrpcLauncher({
    ...target,
    temporal: client,
    installation: INSTALLATION,
    uiUrl: null,
    activityOptions: { heartbeatSeconds: 600, parallelRepositories: 2 },
    deadlines,
  });
  const gateway = world.createGateway({ launcher, pollMs: 50 });
  gateways.push(gateway);
  return gateway;
}

/** A worker of this installation that takes workflows and never does an activity. */
async function work(queue: string): Promise<void> {
  const { connection, namespace, workflowBundle } = temporal;
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: `${INSTALLATION}:${queue}`,
    workflowBundle: { codePath: workflowBundle },
  });
  working.push({ worker, done: worker.run() });
}

async function readRun(gateway: Gateway, id: string): Promise<Run | null> {
  const { data } = await world.ask<{ syncRun: Run | null }>(team.viewerToken, RUN, { id }, gateway);
  return data.syncRun;
}

async function askReady(gateway: Gateway): Promise<unknown> {
  return (await gateway.fetch(new Request('http://gateway.test/ready'))).json();
}

/** The states of a run as a subscription sends them. */
async function follow(gateway: Gateway, id: string): Promise<() => Promise<Run>> {
  const response = await gateway.fetch(
    new Request('http://gateway.test/graphql', {
      method: 'POST',
      headers: {
        accept: 'text/event-stream',
        authorization: `Bearer ${team.viewerToken}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ query: FOLLOW, variables: { id } }),
    }),
  );
  const events = response.body
    ?.pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  return async () => {
    for (;;) {
      const { value, done } = (await events?.read()) ?? { done: true };
      if (done) {
        throw new Error('the stream ended');
      }
      if (value?.event === 'next') {
        const { data } = JSON.parse(value.data) as { data: { syncRunProgress: Run } };
        return data.syncRunProgress;
      }
    }
  };
}

it('a job that no worker takes says so, names the queues, and no longer once workers have come', async () => {
  const gateway = gatewayOver(temporal.address);
  const input = { teamId: globalId.team(team.teamId), repositories: ['octo/one'], daysBack: 30 };
  const { data } = await world.ask<{ startBackfill: { syncRun: Run } }>(
    team.adminToken,
    START,
    { input },
    gateway,
  );
  const { syncRun: job } = data.startBackfill;
  expect(job).toMatchObject({
    status: 'RUNNING',
    progress: {
      waits: [
        {
          kind: 'NO_WORKER',
          reason:
            'No worker polls the task queues sync and compute: start one (throughline worker with WORKER_QUEUES=sync,compute).',
          since: null,
          until: null,
        },
      ],
      estimatedSecondsLeft: null,
    },
  });
  expect(await askReady(gateway)).toEqual({
    status: 'ready',
    away: [],
    queues: { sync: 'NOT_POLLED', compute: 'NOT_POLLED' },
    waitsFor: reasonsOf(job)[0],
  });
  const next = await follow(gateway, job.id);
  expect(reasonsOf(await next())).toEqual(reasonsOf(job));
  await work('sync');
  // The row has not changed: the event comes because a worker has.
  expect(reasonsOf(await next())).toEqual([
    'No worker polls the task queue compute: start one (throughline worker with WORKER_QUEUES=compute).',
  ]);
  await work('compute');
  expect(reasonsOf(await next())).toEqual([]);
  expect(await readRun(gateway, job.id)).toEqual({ status: 'RUNNING', progress: NO_WAIT });
  expect(await askReady(gateway)).toMatchObject({
    queues: { sync: 'POLLED', compute: 'POLLED' },
    waitsFor: null,
  });
  await world.sql(`UPDATE sync_run SET status = 'FAILED', finished_at = now()`);
  expect((await next()).status).toBe('FAILED');
});

it('without Temporal nobody knows, and runs are answered all the same', async () => {
  const [row] = await world.sql<{ id: string }>(
    `UPDATE sync_run SET status = 'RUNNING', finished_at = NULL RETURNING id::text`,
  );
  const id = Buffer.from(`SyncRun:${team.teamId}:${row?.id}`).toString('base64');
  const gateway = gatewayOver('127.0.0.1:1', { ...PATIENT.temporal, answerMs: 300 });
  expect(await askReady(gateway)).toEqual({
    status: 'ready',
    away: [],
    queues: { sync: 'UNKNOWN', compute: 'UNKNOWN' },
    waitsFor: null,
  });
  expect(await readRun(gateway, id)).toEqual({ status: 'RUNNING', progress: NO_WAIT });
});
