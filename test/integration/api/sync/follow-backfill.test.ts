import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createGraphQLClient } from '../../../../src/cli/core/graphql-client.ts';
import { followBackfill } from '../../../../src/cli/sync/backfill.ts';
import type { Gateway } from '../../../../src/runtime/http/gateway.ts';
import { startNodeHost, type NodeHost } from '../../../../src/runtime/http/node-host.ts';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';
import { seedRun } from './seed-sync-run.ts';
import { eventually } from '../../../support/eventually.ts';
import { NEVER_MS } from '../../../support/patience.ts';

let world: ApiWorld;
let team: SeededTeam;
let host: NodeHost;
let current: Gateway;
const gateways: Gateway[] = [];

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'alpha' });
  host = await startNodeHost({
    // Gateways come and go at the same address.
    fetch: (request) => current.fetch(request),
    host: '127.0.0.1',
    port: 0,
    onError: (error) => {
      throw error;
    },
  });
});

afterEach(async () => {
  await Promise.all(gateways.splice(0).map((gateway) => gateway.dispose()));
});

afterAll(async () => {
  await host?.close();
  await world?.close();
});

function start(): Gateway {
  current = world.createGateway({ pollMs: NEVER_MS });
  gateways.push(current);
  return current;
}

it('a backfill is followed over gateways that stop, until the run itself has ended', async () => {
  const job = await seedRun(world, team, { runId: 'job' });
  const shown: string[] = [];
  const warned: string[] = [];
  const first = start();
  const following = followBackfill(
    createGraphQLClient({ url: `${host.url}/graphql`, token: team.viewerToken }),
    globalId.row('SyncRun', team.teamId, job),
    {
      lifetime: { signal: new AbortController().signal },
      progress: {
        columns: () => null,
        update: (message) => shown.push(message),
        done: (message) => shown.push(message),
        note: () => undefined,
        warn: (message) => warned.push(message),
        stop: () => undefined,
      },
      waitsMs: Array<number>(10_000).fill(1),
    },
  );
  await eventually(() => expect(shown).toHaveLength(1));
  // It refuses whoever asks again, as a gateway that drains does, until another one has its place.
  first.endStreams();
  await eventually(() => expect(warned).toEqual(['connection lost, asking again']));
  const second = start();
  await eventually(() => expect(shown).toHaveLength(2));
  second.endStreams();
  await eventually(() => expect(warned).toHaveLength(2));
  await world.sql(`UPDATE sync_run SET status = 'COMPLETED', finished_at = now() WHERE id = $1`, [
    job,
  ]);
  start();
  expect((await following).status).toBe('COMPLETED');
  expect(shown.at(-1)).toContain('0 of 0 repositories');
});
