import { afterAll, beforeAll, expect, it } from 'vitest';
import { patienceOf } from '../../../../src/cli/core/command.ts';
import {
  createGraphQLClient,
  type GraphQLClient,
} from '../../../../src/cli/core/graphql-client.ts';
import { readOverview } from '../../../../src/cli/start/overview.ts';
import { followBackfill, requestBackfill } from '../../../../src/cli/sync/backfill.ts';
import { findTeam } from '../../../../src/cli/sync/find-team.ts';
import { createNodeDb } from '../../../../src/db/core/node-client.ts';
import type { Db } from '../../../../src/db/core/client.ts';
import type { NodeHost } from '../../../../src/runtime/http/node-host.ts';
import { eventually } from '../../../support/eventually.ts';
import { startOwnCluster, type OwnCluster } from '../../../support/postgres/own-cluster.ts';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedPullRequests, seedTeam, type SeededTeam } from '../seed-team.ts';
import { seedRun } from './seed-sync-run.ts';
import { startTestHost } from '../../../support/test-host.ts';

let cluster: OwnCluster;
let world: ApiWorld;
let team: SeededTeam;
let db: Db;
let host: NodeHost;

beforeAll(async () => {
  cluster = await startOwnCluster();
  world = await createApiWorld(cluster);
  team = await seedTeam(world, { slug: 'alpha' });
  await seedPullRequests(world, team, { count: 3 });
  db = createNodeDb({
    connectionString: cluster.applicationUrl,
    poolSize: 5,
    applicationName: 'throughline gateway',
    onConnectionError: () => undefined,
  });
  const gateway = world.createGateway({ db });
  host = await startTestHost(gateway.fetch, {
    onClosing: gateway.endStreams,
  });
});

afterAll(async () => {
  await host?.close();
  await db?.$disconnect();
  await world?.close();
});

/** A client as commands have it, which asks again soon, and what it has warned of. */
function openClient() {
  const shown: string[] = [];
  const warned: string[] = [];
  const progress = {
    columns: () => null,
    update: () => undefined,
    done: (message: string) => void shown.push(message),
    note: () => undefined,
    warn: (message: string) => void warned.push(message),
    stop: () => undefined,
  };
  const lifetime = { signal: new AbortController().signal };
  const client: GraphQLClient = createGraphQLClient({
    url: `${host.url}/graphql`,
    token: team.adminToken,
    ...patienceOf({ progress, lifetime }),
    waitsMs: Array<number>(10_000).fill(50),
  });
  return { client, progress, shown, warned };
}

it('all that a command asks outlives a PostgreSQL that is away', async () => {
  const ended = await seedRun(world, team, {
    runId: 'ended',
    columns: { status: 'PARTIAL', finished_at: '2026-03-12T11:30:00Z' },
  });
  const teamId = globalId.team(team.teamId);
  const [finding, starting, following, reading] = [
    openClient(),
    openClient(),
    openClient(),
    openClient(),
  ];
  const all = [finding, starting, following, reading];
  for (const one of all) {
    // A gateway that was never there is not waited for.
    expect(await findTeam(one.client, 'alpha')).toBe(teamId);
  }
  const job = await followBackfill(
    reading.client,
    globalId.row('SyncRun', team.teamId, ended),
    reading.progress,
  );
  await cluster.stop();
  const answers = Promise.all([
    findTeam(finding.client),
    requestBackfill(starting.client, { teamId, repositories: [], reach: { daysBack: 5 } }),
    followBackfill(
      following.client,
      globalId.row('SyncRun', team.teamId, ended),
      following.progress,
    ),
    readOverview(reading.client, { teamSlug: 'alpha', job }),
  ]);
  await Promise.race([
    answers,
    eventually(() => {
      for (const { warned } of all) {
        expect(warned).toEqual([expect.stringMatching(/ Asking again\.$/)]);
      }
    }),
  ]);
  await cluster.start();
  const [found, started, followed, overview] = await answers;
  expect(found).toBe(teamId);
  expect(started).toMatchObject({ joined: false });
  expect(followed.status).toBe('PARTIAL');
  expect(following.shown).toEqual([expect.stringContaining('partial')]);
  expect(overview.repositories).not.toEqual([]);
  expect(world.log.filter(({ level }) => level === 'error')).toEqual([]);
});
