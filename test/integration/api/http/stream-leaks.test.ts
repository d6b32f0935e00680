import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Gateway } from '../../../../src/runtime/http/gateway.ts';
import type { NodeHostOptions } from '../../../../src/runtime/http/node-host.ts';
import { eventually } from '../../../support/eventually.ts';
import { NEVER_MS, PATIENT } from '../../../support/patience.ts';
import { noteTried } from '../../../support/reliability/tried.ts';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';
import { seedRun } from '../sync/seed-sync-run.ts';
import { openStream } from './sse-client.ts';
import { startTestHost } from '../../../support/test-host.ts';

const FOLLOW =
  'subscription ($id: ID!) { syncRunProgress(id: $id) { status progress { requests } } }';

/** Ways to open a connection and to leave it; each resolves when the connection is closed on our side. */
const WAYS: Readonly<Record<string, (socket: Socket, request: string) => Promise<void>>> = {
  'reads the first event and resets the connection': async (socket, request) => {
    socket.write(request);
    await firstData(socket);
    socket.resetAndDestroy();
  },
  'reads the first event and closes its half': async (socket, request) => {
    socket.write(request);
    await firstData(socket);
    socket.end();
    await closed(socket);
  },
  'is gone before the answer': async (socket, request) => {
    socket.write(request);
    socket.destroy();
  },
  'closes its half behind half a request': async (socket, request) => {
    socket.end(request.slice(0, -20));
    await closed(socket);
  },
  'says nothing and closes its half': async (socket) => {
    socket.end();
    await closed(socket);
  },
};

/** Syncs of one job, so that its events are long. */
const PARTS = 60;

/** Asks for three hundred kilobytes an event: the buffers of the system are full after some of them. */
const LONG_EVENTS = `subscription ($id: ID!) { syncRunProgress(id: $id) { progress { requests } repositories(first: 60) { nodes { ${Array.from(
  { length: 25 },
  (_, index) => `${'long'.repeat(45)}${index}: workflowId`,
).join(' ')} } } } }`;

const CONNECTS = 5_000;
const AT_A_TIME = 100;
const MEBIBYTE = 2 ** 20;

let world: ApiWorld;
let team: SeededTeam;
let job: string;
let jobs = 0;
const errors: unknown[] = [];

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'alpha' });
});

beforeEach(async () => {
  errors.length = 0;
  world.log.length = 0;
  jobs += 1;
  job = await seedRun(world, team, { runId: `job-${jobs}` });
});

afterAll(async () => {
  await world?.close();
});

const idOf = (run: string) => globalId.row('SyncRun', team.teamId, run);

const stateOf = (requests: number) => ({
  data: { syncRunProgress: { status: 'RUNNING', progress: { requests } } },
});

interface Hosted {
  readonly gateway: Gateway;
  readonly url: string;
  readonly port: number;
  /** The answer to the last request that came. */
  lastAnswer(): ServerResponse | undefined;
  /** Connections that the host has. */
  connections(): Promise<number>;
  requestText(query?: string): string;
}

async function host(options: Partial<NodeHostOptions> = {}): Promise<Hosted> {
  const gateway = world.createGateway({ pollMs: NEVER_MS, lookGapMs: 1 });
  const node = await startTestHost(gateway.fetch, {
    ...PATIENT.requests,
    onClosing: gateway.endStreams,
    onError: (error) => errors.push(error),
    ...options,
  });
  let answer: ServerResponse | undefined;
  let server: Server | undefined;
  const note = (message: unknown): void => {
    const begun = message as { readonly response: ServerResponse; readonly server: Server };
    if (begun.response.req.socket.localPort === node.port) {
      server = begun.server;
      answer = begun.response;
    }
  };
  subscribe('http.server.request.start', note);
  onTestFinished(async () => {
    unsubscribe('http.server.request.start', note);
    await node.close();
    await gateway.dispose();
  });
  return {
    gateway,
    url: node.url,
    port: node.port,
    lastAnswer: () => answer,
    connections: () =>
      new Promise((resolve, reject) => {
        server?.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
      }),
    requestText: (query = FOLLOW) => {
      const body = JSON.stringify({ query, variables: { id: idOf(job) } });
      return `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\naccept: text/event-stream\r\nauthorization: Bearer ${team.viewerToken}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    },
  };
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
}

function firstData(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.once('data', resolve));
}

async function closed(socket: Socket): Promise<void> {
  socket.resume();
  await new Promise((resolve) => socket.once('end', resolve));
  socket.destroy();
}

/** What a subscription holds in the process beyond its connection. */
function countTimers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}

function collectGarbage(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

async function expectAllFree(hosted: Hosted): Promise<void> {
  await eventually(async () => {
    const { gateway, connections } = hosted;
    const held = [gateway.activeStreams(), world.notifications.followers(), await connections()];
    expect([...held, await world.openTransactions()]).toEqual([0, 0, 0, 0]);
  });
}

describe('F27: subscriptions leave nothing behind', () => {
  it(`of ${CONNECTS} connections that leave in every way: no place, watch, listener, timer, connection or memory`, async (context) => {
    noteTried(context, CONNECTS);
    const hosted = await host();
    const ways = Object.values(WAYS);
    const request = hosted.requestText();
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on('warning', note);
    onTestFinished(() => void process.off('warning', note));
    const flood = async (connects: number): Promise<void> => {
      for (let begun = 0; begun < connects; begun += AT_A_TIME) {
        await Promise.all(
          Array.from({ length: AT_A_TIME }, async (_, index) => {
            const socket = await open(hosted.port);
            await ways[index % ways.length]?.(socket, request);
          }),
        );
      }
      await expectAllFree(hosted);
    };
    await flood(5 * AT_A_TIME);
    const timers = countTimers();
    const heap = collectGarbage();
    await flood(CONNECTS - 5 * AT_A_TIME);
    await eventually(() => expect(countTimers()).toBeLessThanOrEqual(timers));
    expect((collectGarbage() - heap) / MEBIBYTE).toBeLessThan(16);
    expect([warnings, errors, world.log]).toEqual([[], [], []]);
  });

  it(`of ${AT_A_TIME} connections that stay open and send nothing more: they are closed`, async (context) => {
    noteTried(context, AT_A_TIME);
    const hosted = await host({ headersMs: 200, bodyMs: 200 });
    const parts = ['', 'POST /graphql HTTP/1.1\r\n', hosted.requestText().slice(0, -20)];
    const sockets = await Promise.all(
      Array.from({ length: AT_A_TIME }, async (_, index) => {
        const socket = await open(hosted.port);
        socket.write(parts[index % parts.length] ?? '');
        return socket;
      }),
    );
    await Promise.all(sockets.map(closed));
    await expectAllFree(hosted);
    expect([errors, world.log]).toEqual([[], []]);
  });

  it('of followers that read nothing: each is dropped, little is held for them, and who reads goes on', async (context) => {
    const slow = 5;
    noteTried(context, slow);
    const hosted = await host({ sendMs: 500 });
    for (let part = 0; part < PARTS; part += 1) {
      const repositoryId = team.repositoryIds[0] ?? '';
      await seedRun(world, team, { runId: `part-${part}`, parentId: job, repositoryId });
    }
    const reader = await openStream(hosted.url, team.viewerToken, FOLLOW, { id: idOf(job) });
    await reader.next();
    const answers: ServerResponse[] = [];
    for (let opened = 0; opened < slow; opened += 1) {
      const socket = await open(hosted.port);
      onTestFinished(() => void socket.destroy());
      socket.write(hosted.requestText(LONG_EVENTS));
      const active = opened + 2;
      await eventually(() => expect(hosted.gateway.activeStreams()).toBe(active));
      answers.push(...[hosted.lastAnswer()].filter((answer) => answer !== undefined));
    }
    let held = 0;
    let requests = 0;
    await eventually(async () => {
      requests += 1;
      await world.sql('UPDATE sync_run SET requests = $1 WHERE id = $2', [requests, job]);
      expect(await reader.next()).toEqual(stateOf(requests));
      held = Math.max(held, ...answers.map(({ writableLength }) => writableLength));
      expect(hosted.gateway.activeStreams()).toBe(1);
    });
    expect(answers.map(({ destroyed }) => destroyed)).toEqual(answers.map(() => true));
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThan(MEBIBYTE);
    reader.cut();
    await expectAllFree(hosted);
    expect([errors, world.log]).toEqual([[], []]);
  });
});
