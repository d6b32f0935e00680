import { connect } from 'node:net';
import { createClient } from 'graphql-sse';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Gateway, GatewayOptions } from '../../../../src/runtime/http/gateway.ts';
import type { NodeHost } from '../../../../src/runtime/http/node-host.ts';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';
import { seedRun } from '../sync/seed-sync-run.ts';
import { openStream } from './sse-client.ts';
import { eventually } from '../../../support/eventually.ts';
import { NEVER_MS } from '../../../support/patience.ts';
import { startTestHost } from '../../../support/test-host.ts';

const FOLLOW =
  'subscription ($id: ID!) { syncRunProgress(id: $id) { status progress { requests } } }';

describe('event streams', () => {
  let world: ApiWorld;
  let team: SeededTeam;
  let job: string;
  let host: NodeHost;
  let current: Gateway;
  let runs = 0;
  const errors: unknown[] = [];
  const gateways: Gateway[] = [];
  const clients: { dispose(): void }[] = [];

  beforeAll(async () => {
    world = await createApiWorld();
    team = await seedTeam(world, { slug: 'alpha' });
    host = await startTestHost(
      // Gateways come and go at the same address.
      (incoming) => current.fetch(incoming),
      {
        onError: (error) => errors.push(error),
      },
    );
  });

  beforeEach(async () => {
    runs += 1;
    errors.length = 0;
    world.log.length = 0;
    job = await seedRun(world, team, { runId: `job-${runs}` });
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) {
      client.dispose();
    }
    await Promise.all(gateways.splice(0).map((gateway) => gateway.dispose()));
  });

  afterAll(async () => {
    await host?.close();
    await world?.close();
  });

  function start(options: Partial<GatewayOptions> = {}): Gateway {
    current = world.createGateway({ pollMs: NEVER_MS, ...options });
    gateways.push(current);
    return current;
  }

  const runId = () => globalId.row('SyncRun', team.teamId, job);

  function request(accept: string, signal?: AbortSignal): Request {
    return new Request('http://gateway.test/graphql', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept,
        authorization: `Bearer ${team.viewerToken}`,
      },
      body: JSON.stringify({ query: FOLLOW, variables: { id: runId() } }),
      signal: signal ?? null,
    });
  }

  const setRequests = (requests: number) =>
    world.sql('UPDATE sync_run SET requests = $1 WHERE id = $2', [requests, job]);

  const finish = () =>
    world.sql(`UPDATE sync_run SET status = 'COMPLETED', finished_at = now() WHERE id = $1`, [job]);

  const expectAllFree = (gateway: Gateway) =>
    eventually(async () => {
      expect([gateway.activeStreams(), world.notifications.followers()]).toEqual([0, 0]);
      expect(await world.openTransactions()).toBe(0);
    });

  describe('whose clients do not stay', () => {
    it('take no place when the client takes JSON only, 200 times', async () => {
      const gateway = start({ maxStreams: 1 });
      for (let times = 0; times < 200; times += 1) {
        const response = await gateway.fetch(request('application/json'));
        expect([response.status, gateway.activeStreams()]).toEqual([406, 0]);
        expect(await response.json()).toMatchObject({
          errors: [
            {
              message: expect.stringContaining('text/event-stream') as unknown,
              extensions: { code: 'BAD_REQUEST' },
            },
          ],
        });
      }
      await expectAllFree(gateway);
      const stream = await openStream(host.url, team.viewerToken, FOLLOW, { id: runId() });
      expect(await stream.next()).toMatchObject({ data: { syncRunProgress: {} } });
      stream.cut();
    });

    it('give their places back when the client leaves while it subscribes, 200 times', async () => {
      const gateway = start();
      await Promise.all(
        Array.from({ length: 200 }, async (_, index) => {
          const client = new AbortController();
          const answer = gateway.fetch(request('text/event-stream', client.signal)).then(
            () => 'answered',
            () => 'left',
          );
          // At any moment: before anything, while the token is looked up, within the first look, behind it.
          for (let turns = index % 50; turns > 0; turns -= 1) {
            await new Promise((resolve) => setImmediate(resolve));
          }
          client.abort();
          await answer;
        }),
      );
      await expectAllFree(gateway);
      expect(world.log).toEqual([]);
    });

    it('give their places back when 200 connections are cut in the middle of the request', async () => {
      const gateway = start();
      const body = JSON.stringify({ query: FOLLOW, variables: { id: runId() } });
      await Promise.all(
        Array.from({ length: 200 }, async (_, index) => {
          const socket = connect(host.port, '127.0.0.1');
          socket.on('error', () => undefined);
          socket.write(
            `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\naccept: text/event-stream\r\nauthorization: Bearer ${team.viewerToken}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
          );
          // Every fourth has begun to read; the others are cut at any moment before that.
          await new Promise((resolve) =>
            socket.once(index % 4 === 0 ? 'data' : 'connect', resolve),
          );
          for (let turns = index; turns > 0; turns -= 1) {
            await new Promise((resolve) => setImmediate(resolve));
          }
          socket.destroy();
        }),
      );
      await expectAllFree(gateway);
      expect([world.log, errors]).toEqual([[], []]);
    });
  });

  describe('that are refused', () => {
    const open = (token: string, query = FOLLOW, id = runId()) =>
      openStream(host.url, token, query, { id });

    it('have the status of the refusal before anything of a stream', async () => {
      const gateway = start({ maxStreams: 1 });
      const first = await open(team.viewerToken);
      expect(first.status).toBe(200);
      const refusals = [
        await open(team.viewerToken),
        await open('unknown'),
        await open(team.viewerToken, FOLLOW, globalId.row('SyncRun', team.teamId, '999999')),
        await open(team.viewerToken, 'subscription { unicorn }'),
        await open(team.viewerToken, 'subscription {'),
        await open('unknown', '{ viewer { name } }'),
      ];
      expect(
        await Promise.all(
          refusals.map(async (refusal) => [
            refusal.status,
            (await refusal.next())?.errors?.map(({ extensions }) => extensions?.code),
          ]),
        ),
      ).toEqual([
        [503, ['OVERLOADED']],
        [401, ['UNAUTHENTICATED']],
        [503, ['OVERLOADED']],
        [400, ['GRAPHQL_VALIDATION_FAILED']],
        [400, ['GRAPHQL_PARSE_FAILED']],
        [401, ['UNAUTHENTICATED']],
      ]);
      expect(refusals.map(({ headers }) => headers.get('retry-after'))).toEqual([
        '2',
        null,
        '2',
        null,
        null,
        null,
      ]);
      expect(refusals[1]?.headers.get('www-authenticate')).toBe('Bearer');
      first.cut();
      await expectAllFree(gateway);
      const missing = globalId.row('SyncRun', team.teamId, '999999');
      expect((await open(team.viewerToken, FOLLOW, missing)).status).toBe(404);
      await expectAllFree(gateway);
    });

    it('are refused with 503 by a gateway that is stopping', async () => {
      const gateway = start();
      gateway.endStreams();
      const refused = await open(team.viewerToken);
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
    });

    it('carry what is no refusal as before: a query that is answered', async () => {
      start();
      const stream = await open(team.viewerToken, '{ viewer { name } }');
      expect(stream.contentType).toBe('text/event-stream');
      expect(await stream.next()).toEqual({ data: { viewer: { name: 'alpha-viewer' } } });
      expect(await stream.next()).toBeNull();
    });
  });

  describe('for graphql-sse', () => {
    /** Follows the run with graphql-sse, which asks again at once. */
    function followWithLibrary() {
      const seen: unknown[] = [];
      const refusals = { count: 0 };
      const outcome = { ended: null as 'complete' | { readonly error: unknown } | null };
      const client = createClient({
        url: `${host.url}/graphql`,
        headers: { authorization: `Bearer ${team.viewerToken}` },
        retryAttempts: Number.MAX_SAFE_INTEGER,
        retry: () => {
          refusals.count += 1;
          return new Promise((resolve) => setImmediate(resolve));
        },
      });
      clients.push(client);
      client.subscribe(
        { query: FOLLOW, variables: { id: runId() } },
        {
          next: ({ data }) => seen.push(data),
          error: (error) => {
            outcome.ended = { error };
          },
          complete: () => {
            outcome.ended = 'complete';
          },
        },
      );
      return { seen, outcome, refusals, dispose: () => client.dispose() };
    }

    const state = (requests: number, status = 'RUNNING') => ({
      syncRunProgress: { status, progress: { requests } },
    });

    it('go on at the next gateway when theirs is stopped, and end with the run', async () => {
      const first = start();
      const { seen, outcome } = followWithLibrary();
      await eventually(() => expect(seen).toEqual([state(0)]));
      first.endStreams();
      start();
      await setRequests(4);
      await eventually(() => expect(seen.at(-1)).toEqual(state(4)));
      expect(outcome.ended).toBeNull();
      await eventually(() => expect(world.notifications.followers()).toBe(1));
      await finish();
      await eventually(() => expect(outcome.ended).toBe('complete'));
      expect(seen.at(-1)).toEqual(state(4, 'COMPLETED'));
      expect([world.log, errors]).toEqual([[], []]);
    });

    it('begin when a place is free', async () => {
      const gateway = start({ maxStreams: 1 });
      const holder = await openStream(host.url, team.viewerToken, FOLLOW, { id: runId() });
      await holder.next();
      const { seen, outcome, refusals, dispose } = followWithLibrary();
      await eventually(() => expect(refusals.count).toBeGreaterThan(2));
      expect(seen).toEqual([]);
      holder.cut();
      await eventually(() => expect(seen).toEqual([state(0)]));
      expect(outcome.ended).toBeNull();
      dispose();
      await expectAllFree(gateway);
    });
  });
});
