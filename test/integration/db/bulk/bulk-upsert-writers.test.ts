import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createBulkConnection } from '../../../../src/db/bulk/bulk-connection.ts';
import { bulkUpsert, type BulkUpsertResult } from '../../../../src/db/bulk/bulk-upsert.ts';
import type { Db } from '../../../../src/db/core/client.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { createProbe, PROBE, probe, readProbes, type Probe } from './probe-table.ts';
import { addTeam, beginWork, openScene, readNumber, until, type Scene } from '../scene.ts';
import { NEVER_MS } from '../../../support/patience.ts';

const KEYS = 150;
const BATCHES_PER_WRITER = 50;

let scene: Scene;
let teamId: bigint;

beforeAll(async () => {
  scene = await openScene();
  ({ teamId } = await addTeam(scene.sql, 'ours'));
  await createProbe(scene.sql);
});

afterAll(() => scene.close());

beforeEach(async () => {
  await scene.sql.query('TRUNCATE probe');
});

/** A repeatable sequence of numbers from 0 to 1: mulberry32. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  const order = new Map(items.map((item) => [item, random()]));
  return items.toSorted((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
}

/** Minutes after the epoch of the test are versions: a later one is newer. */
function version(key: number, minute: number): Probe {
  return probe({
    name: `key ${key}`,
    n: minute,
    seenAt: new Date(Date.UTC(2026, 0, 1, 0, minute)),
  });
}

function write(db: Db, rows: readonly Probe[]): Promise<BulkUpsertResult> {
  return withTeam(db, teamId, (tx) => bulkUpsert(tx, PROBE, teamId, rows));
}

describe('two writers on the same keys', () => {
  it('in shuffled order neither fail nor lose an update, and count each insert once', async () => {
    const newest = new Map<string, number>();
    let inserted = 0;
    const run = async (db: Db, seed: number): Promise<void> => {
      const random = createRandom(seed);
      for (let batch = 0; batch < BATCHES_PER_WRITER; batch += 1) {
        const keys = Array.from({ length: KEYS }, (_, key) => key).filter(() => random() < 0.7);
        const rows = shuffled(keys, random).map((key) => version(key, Math.floor(random() * 1e4)));
        for (const { name, n } of rows) {
          newest.set(name, Math.max(newest.get(name) ?? 0, n));
        }
        const result = await write(db, rows);
        inserted += result.inserted;
        expect(result.inserted + result.updated + result.unchanged).toBe(rows.length);
      }
    };
    await Promise.all([run(scene.anotherDb(1), 1), run(scene.anotherDb(1), 2)]);
    const stored = await readProbes(scene.sql, teamId);
    expect(new Map(stored.map(({ name, n }) => [name, n]))).toEqual(newest);
    expect(newest.size).toBe(KEYS);
    expect(inserted).toBe(KEYS);
  });

  it('take locks in one order: two slow statements that cross do not block each other', async () => {
    await scene.sql.query(`
      CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(0.004); RETURN NEW; END $$;
      CREATE TRIGGER dawdle BEFORE INSERT OR UPDATE ON probe FOR EACH ROW EXECUTE FUNCTION dawdle()`);
    const keys = Array.from({ length: 60 }, (_, key) => key);
    const rowsOf = (minute: number, order: readonly number[]) =>
      order.map((key) => version(key, minute));
    for (const minute of [1, 3]) {
      const results = await Promise.all([
        write(scene.anotherDb(1), rowsOf(minute, keys)),
        write(scene.anotherDb(1), rowsOf(minute + 1, keys.toReversed())),
      ]);
      expect(results.every(({ unchanged }) => unchanged === 0 || unchanged === 60)).toBe(true);
    }
    await scene.sql.query('DROP TRIGGER dawdle ON probe');
    const stored = await readProbes(scene.sql, teamId);
    expect(new Set(stored.map(({ n }) => n))).toEqual(new Set([4]));
  });

  it('whose row the other has inserted meanwhile updates it, and says so', async () => {
    const first = await beginWork(scene.anotherDb(), teamId, (tx) =>
      bulkUpsert(tx, PROBE, teamId, [version(1, 10), version(2, 10)]),
    );
    const second = write(scene.db, [version(1, 20), version(2, 5), version(3, 20)]);
    await until(async () => (await waitingBackends()) === 1);
    await first.commit();
    const { inserted, updated, unchanged } = await second;
    expect({ inserted, updated, unchanged }).toEqual({ inserted: 1, updated: 1, unchanged: 1 });
    const stored = await readProbes(scene.sql, teamId);
    expect(stored.map(({ name, n }) => [name, n])).toEqual([
      ['key 1', 20],
      ['key 2', 10],
      ['key 3', 20],
    ]);
  });

  it('both keep a column false that either has seen false', async () => {
    await write(scene.db, [version(1, 1)]);
    const first = await beginWork(scene.anotherDb(), teamId, (tx) =>
      bulkUpsert(tx, PROBE, teamId, [{ ...version(1, 2), isOpen: false }]),
    );
    const second = write(scene.db, [version(1, 3)]);
    await until(async () => (await waitingBackends()) === 1);
    await first.commit();
    await second;
    expect(await readProbes(scene.sql, teamId)).toMatchObject([{ n: 3, isOpen: false }]);
  });
});

describe('twenty writers on overlapping keys, through both write paths', () => {
  /** So many rows that a chunk goes by COPY; the keys of the others lie among them. */
  const MANY = 5_200;
  const WRITERS = Array.from({ length: 20 }, (_, index) => index);

  it('neither deadlock nor lose an update, and count each insert once', async () => {
    const newest = new Map<string, number>();
    let inserted = 0;
    const bulk = createBulkConnection({
      connectionString: scene.database.applicationUrl,
      poolSize: 6,
      applicationName: 'throughline-test bulk',
      onConnectionError: () => undefined,
      connectMs: NEVER_MS,
    });
    const writeAny = async (
      random: () => number,
      count: number,
      writeRows: (rows: readonly Probe[]) => Promise<BulkUpsertResult>,
    ): Promise<void> => {
      const keys = Array.from({ length: MANY }, (_, key) => key).filter(
        () => random() * MANY < count,
      );
      const rows = shuffled(keys, random).map((key) => version(key, Math.floor(random() * 1e4)));
      for (const { name, n } of rows) {
        newest.set(name, Math.max(newest.get(name) ?? 0, n));
      }
      const result = await writeRows(rows);
      inserted += result.inserted;
      expect(result.inserted + result.updated + result.unchanged).toBe(rows.length);
    };
    const run = async (writer: number): Promise<void> => {
      const random = createRandom(writer);
      if (writer % 3 === 0) {
        for (let batch = 0; batch < 4; batch += 1) {
          await writeAny(random, MANY, (rows) => bulkUpsert(bulk, PROBE, teamId, rows));
        }
        return;
      }
      const db = scene.anotherDb(1);
      for (let batch = 0; batch < 25; batch += 1) {
        await writeAny(random, 200, (rows) =>
          withTeam(db, teamId, (tx) => bulkUpsert(tx, PROBE, teamId, rows), {
            lockTimeoutMs: NEVER_MS,
          }),
        );
      }
    };
    await Promise.all(WRITERS.map(run));
    await bulk.close();
    const stored = await readProbes(scene.sql, teamId);
    expect(new Map(stored.map(({ name, n }) => [name, n]))).toEqual(newest);
    expect(inserted).toBe(newest.size);
    // A chunk that met a deadlock would have been written again in silence; a backend counts when it ends.
    const backends = `SELECT count(*) FROM pg_stat_activity
      WHERE application_name = 'throughline-test bulk' AND datname = current_database()`;
    await until(async () => (await readNumber(scene.sql, backends)) === 0);
    const deadlocks = 'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()';
    expect(await readNumber(scene.sql, deadlocks)).toBe(0);
  });
});

function waitingBackends(): Promise<number> {
  return readNumber(
    scene.sql,
    `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
}
