import pg from 'pg';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createBulkConnection } from '../../../../src/db/bulk/bulk-connection.ts';
import { bulkUpsert } from '../../../../src/db/bulk/bulk-upsert.ts';
import { createNodeDb } from '../../../../src/db/core/node-client.ts';
import { addTeam, openScene, type Scene } from '../scene.ts';
import { createProbe, PROBE, probe } from './probe-table.ts';

let scene: Scene;
/** How many listen to the errors of a client, each time that a pool has just given it to somebody. */
let listening: number[];

beforeEach(async () => {
  scene = await openScene();
  listening = [];
  const { emit } = pg.Pool.prototype;
  vi.spyOn(pg.Pool.prototype, 'emit').mockImplementation(function heard(
    this: pg.Pool,
    ...[event, client]: unknown[]
  ) {
    if (event === 'acquire') {
      // Before anything that waits for the client goes on.
      queueMicrotask(() => listening.push((client as pg.PoolClient).listenerCount('error')));
    }
    return Reflect.apply(emit, this, [event, client]) as boolean;
  });
});

afterEach(async () => {
  vi.restoreAllMocks();
  await scene.close();
});

const options = () => ({
  connectionString: scene.database.applicationUrl,
  poolSize: 1,
  applicationName: 'throughline-test heard',
  onConnectionError: () => undefined,
});

it('a client of Prisma is heard when it goes from one transaction to the next', async () => {
  const db = createNodeDb(options());
  await Promise.all(
    Array.from({ length: 5 }, () => db.$transaction((tx) => tx.$queryRaw`SELECT 1 AS one`)),
  );
  await db.$disconnect();
  expect(listening).toHaveLength(5);
  expect(Math.min(...listening)).toBeGreaterThan(0);
});

it('a client of the bulk writer is heard when it goes from one chunk to the next', async () => {
  const { teamId } = await addTeam(scene.sql, 'ours');
  await createProbe(scene.sql);
  const bulk = createBulkConnection(options());
  await Promise.all(
    [1, 2, 3].map((n) => bulkUpsert(bulk, PROBE, teamId, [probe({ name: `row ${n}`, n })])),
  );
  await bulk.close();
  expect(listening.length).toBeGreaterThanOrEqual(3);
  expect(Math.min(...listening)).toBeGreaterThan(0);
});
