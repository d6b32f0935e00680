import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { patienceOf } from '../../../../src/cli/core/command.ts';
import {
  createGraphQLClient,
  type GraphQLClient,
} from '../../../../src/cli/core/graphql-client.ts';
import { followBackfill } from '../../../../src/cli/sync/backfill.ts';
import type { Gateway } from '../../../../src/runtime/http/gateway.ts';
import type { NodeHost } from '../../../../src/runtime/http/node-host.ts';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';
import { seedRun } from './seed-sync-run.ts';
import { eventually } from '../../../support/eventually.ts';
import { NEVER_MS } from '../../../support/patience.ts';
import { startTestHost } from '../../../support/test-host.ts';

let world: ApiWorld;
let team: SeededTeam;
let host: NodeHost;
let current: Gateway;
const gateways: Gateway[] = [];

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'alpha' });
  host = await startTestHost(
    // Gateways come and go at the same address.
    (request) => current.fetch(request),
  );
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

/** What a command shows. */
function recordProgress() {
  const shown: string[] = [];
  const warned: string[] = [];
  return {
    shown,
    warned,
    columns: () => null,
    update: (message: string) => void shown.push(message),
    done: (message: string) => void shown.push(message),
    note: () => undefined,
    warn: (message: string) => void warned.push(message),
    stop: () => undefined,
  };
}

/** A client as commands have it, which does not wait between its questions. */
function openClient(progress: ReturnType<typeof recordProgress>): GraphQLClient {
  const lifetime = { signal: new AbortController().signal };
  return createGraphQLClient({
    url: `${host.url}/graphql`,
    token: team.viewerToken,
    ...patienceOf({ progress, lifetime }),
    waitsMs: Array<number>(10_000).fill(1),
  });
}

it('a backfill is followed over gateways that stop, until the run itself has ended', async () => {
  const job = await seedRun(world, team, { runId: 'job' });
  const first = start();
  const progress = recordProgress();
  const { shown, warned } = progress;
  const following = followBackfill(
    openClient(progress),
    globalId.row('SyncRun', team.teamId, job),
    progress,
  );
  await eventually(() => expect(shown).toHaveLength(1));
  // It refuses whoever asks again, as a gateway that drains does, until another one has its place.
  first.endStreams();
  await eventually(() =>
    expect(warned).toEqual(['The connection to the gateway was lost. Asking again.']),
  );
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
