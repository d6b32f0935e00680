import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SyncRunChanges } from '../../../../src/db/reads/sync-run-changes.ts';
import type { Gateway, GatewayOptions } from '../../../../src/runtime/http/gateway.ts';
import type { NodeHost } from '../../../../src/runtime/http/node-host.ts';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { seedRun } from './seed-sync-run.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';
import { openStream, type SseStream } from '../http/sse-client.ts';
import { eventually } from '../../../support/eventually.ts';
import { NEVER_MS } from '../../../support/patience.ts';
import { startTestHost } from '../../../support/test-host.ts';

const FOLLOW = `subscription ($id: ID!) { syncRunProgress(id: $id) {
  status progress { pages } repositories { nodes { status progress { pages } } } } }`;

/** Never tells of a change: only the look of its own every `pollMs` is left. */
const SILENT: SyncRunChanges = {
  // eslint-disable-next-line require-yield -- it has nothing to say
  async *subscribe(_teamId, _runId, signal) {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  },
};

describe('syncRunProgress over server-sent events', () => {
  let world: ApiWorld;
  let team: SeededTeam;
  let job: string;
  let sync: string;
  let runs = 0;
  const open: { gateway: Gateway; host: NodeHost }[] = [];

  beforeAll(async () => {
    world = await createApiWorld();
    team = await seedTeam(world, { slug: 'alpha' });
  });

  beforeEach(async () => {
    runs += 1;
    job = await seedRun(world, team, { runId: `job-${runs}` });
    sync = await seedRun(world, team, {
      runId: `sync-${runs}`,
      parentId: job,
      repositoryId: team.repositoryIds[0] ?? '',
    });
  });

  afterEach(async () => {
    for (const { host, gateway } of open.splice(0)) {
      await host.close();
      await gateway.dispose();
    }
  });

  afterAll(async () => {
    await world?.close();
  });

  /** A gateway of its own behind node:http; the default look of its own never comes. */
  async function serve(options: Partial<GatewayOptions> = {}, drainMs?: number) {
    const gateway = world.createGateway({ pollMs: NEVER_MS, ...options });
    const host = await startTestHost(gateway.fetch, {
      onClosing: gateway.endStreams,
      ...(drainMs === undefined ? {} : { drainMs }),
    });
    open.push({ gateway, host });
    return { gateway, host };
  }

  const follow = (host: NodeHost, id = job, token = team.viewerToken): Promise<SseStream> =>
    openStream(host.url, token, FOLLOW, { id: globalId.row('SyncRun', team.teamId, id) });

  const setPages = (pages: number) =>
    world.sql('UPDATE sync_run SET pages = $1 WHERE id = $2', [pages, sync]);

  const finish = (id: string) =>
    world.sql(`UPDATE sync_run SET status = 'COMPLETED', finished_at = now() WHERE id = $1`, [id]);

  const state = (pages: number, status = 'RUNNING', syncStatus = 'RUNNING') => ({
    data: {
      syncRunProgress: {
        status,
        progress: { pages },
        repositories: { nodes: [{ status: syncStatus, progress: { pages } }] },
      },
    },
  });

  it('gives the state at once, each change that another connection writes, and ends with the run', async () => {
    const { host } = await serve();
    const stream = await follow(host);
    expect(stream.contentType).toBe('text/event-stream');
    expect(await stream.next()).toEqual(state(0));
    await eventually(() => expect(world.notifications.followers()).toBe(1));
    for (const pages of [1, 2, 3]) {
      await setPages(pages);
      expect(await stream.next()).toEqual(state(pages));
    }
    await finish(sync);
    expect(await stream.next()).toEqual(state(3, 'RUNNING', 'COMPLETED'));
    await finish(job);
    expect(await stream.next()).toEqual(state(3, 'COMPLETED', 'COMPLETED'));
    expect(await stream.next()).toBeNull();
    expect(world.notifications.followers()).toBe(0);
    // It is paid for once, and so it is told once.
    expect(stream.costs).toEqual([{ estimated: 48, limit: 20_000, actual: 6, remaining: 399_952 }]);
  });

  it('follows a single walk too, though notifications name its job', async () => {
    const { host } = await serve();
    const stream = await follow(host, sync);
    await stream.next();
    await eventually(() => expect(world.notifications.followers()).toBe(1));
    await setPages(7);
    expect(await stream.next()).toMatchObject({
      data: { syncRunProgress: { progress: { pages: 7 } } },
    });
    await finish(sync);
    expect(await stream.next()).toMatchObject({
      data: { syncRunProgress: { status: 'COMPLETED' } },
    });
    expect(await stream.next()).toBeNull();
  });

  it('sees changes by looking itself when no notification comes, and tells each state once', async () => {
    const { host } = await serve({ pollMs: 10, syncRunChanges: SILENT });
    const stream = await follow(host);
    expect(await stream.next()).toEqual(state(0));
    // Writes that change nothing are no news: the next result is the next state.
    await setPages(0);
    await setPages(5);
    expect(await stream.next()).toEqual(state(5));
    await finish(sync);
    await stream.next();
    await finish(job);
    await stream.next();
    expect(await stream.next()).toBeNull();
  });

  it('ends at once for a run that has ended', async () => {
    const { host } = await serve();
    await finish(sync);
    await finish(job);
    const stream = await follow(host);
    expect(await stream.next()).toEqual(state(0, 'COMPLETED', 'COMPLETED'));
    expect(await stream.next()).toBeNull();
  });

  it('goes on where it was after the gateway has restarted', async () => {
    const first = await serve();
    const before = await follow(first.host);
    expect(await before.next()).toEqual(state(0));
    await first.host.close();
    await expect(before.next()).rejects.toThrow('terminated');
    await setPages(4);
    const second = await serve();
    const after = await follow(second.host);
    expect(await after.next()).toEqual(state(4));
    await eventually(() => expect(world.notifications.followers()).toBe(1));
    await setPages(5);
    expect(await after.next()).toEqual(state(5));
    after.cut();
  });

  it('answers NOT_FOUND for a run of another team as for one that never existed', async () => {
    const { host } = await serve();
    const other = await seedTeam(world, { slug: `other-${runs}` });
    for (const id of [job, '999999']) {
      const stream = await follow(host, id, other.viewerToken);
      expect(stream.status).toBe(404);
      expect(await stream.next()).toMatchObject({
        errors: [{ extensions: { code: 'NOT_FOUND' } }],
      });
      expect(await stream.next()).toBeNull();
    }
  });

  it('ends with UNAUTHENTICATED when the token is revoked meanwhile', async () => {
    const { host } = await serve();
    const guest = await seedTeam(world, { slug: `guest-${runs}` });
    await world.sql(`UPDATE membership SET team_id = $1 WHERE team_id = $2`, [
      team.teamId,
      guest.teamId,
    ]);
    const stream = await follow(host, job, guest.viewerToken);
    expect(await stream.next()).toEqual(state(0));
    await eventually(() => expect(world.notifications.followers()).toBe(1));
    await world.sql(
      `UPDATE access_token SET revoked_at = now() WHERE user_id = (SELECT id FROM app_user WHERE name = $1)`,
      [`${guest.slug}-viewer`],
    );
    await setPages(1);
    const events: unknown[] = [];
    for (let event = await stream.next(); event !== null; event = await stream.next()) {
      events.push(event);
    }
    // A look that began before the token was revoked may still bring the state.
    expect(events.length).toBeLessThanOrEqual(2);
    expect(events.at(-1)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });

  it('frees everything when 100 clients vanish without a word', async () => {
    const { host, gateway } = await serve({ pollMs: 500 });
    const streams: SseStream[] = [];
    for (let batch = 0; batch < 10; batch += 1) {
      streams.push(...(await Promise.all(Array.from({ length: 10 }, () => follow(host)))));
    }
    await Promise.all(streams.map((stream) => stream.next()));
    expect(gateway.activeStreams()).toBe(100);
    for (const stream of streams) {
      stream.cut();
    }
    await eventually(() => {
      expect(gateway.activeStreams()).toBe(0);
      expect(world.notifications.followers()).toBe(0);
    });
    // Looks that were on their way end too: the bound on a held transaction would not end them here.
    await eventually(async () => expect(await world.openTransactions()).toBe(0));
  });

  it('frees a stream whose response is cancelled without any HTTP', async () => {
    const gateway = world.createGateway({ pollMs: NEVER_MS });
    const response = await gateway.fetch(
      new Request('http://gateway.test/graphql', {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'text/event-stream',
          authorization: `Bearer ${team.viewerToken}`,
        },
        body: JSON.stringify({
          query: FOLLOW,
          variables: { id: globalId.row('SyncRun', team.teamId, job) },
        }),
      }),
    );
    const reader = response.body?.getReader();
    await reader?.read();
    await eventually(() => expect(world.notifications.followers()).toBe(1));
    await reader?.cancel();
    await eventually(() => {
      expect(gateway.activeStreams()).toBe(0);
      expect(world.notifications.followers()).toBe(0);
    });
    await gateway.dispose();
  });

  it('refuses more streams than it may hold', async () => {
    const { host } = await serve({ maxStreams: 1 });
    const first = await follow(host);
    expect(await first.next()).toEqual(state(0));
    const second = await follow(host);
    expect([second.status, second.headers.get('retry-after')]).toEqual([503, '2']);
    expect(await second.next()).toMatchObject({ errors: [{ extensions: { code: 'OVERLOADED' } }] });
    first.cut();
  });

  it('closes under open streams without waiting for what it gives requests to end', async () => {
    const { host } = await serve({}, NEVER_MS);
    const stream = await follow(host);
    await stream.next();
    await host.close();
    // Cut, not completed: what the client follows has not ended, so it asks again.
    await expect(stream.next()).rejects.toThrow('terminated');
  });
});
