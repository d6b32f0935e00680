import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createBulkConnection,
  type OpenBulkConnection,
} from '../../../../src/db/bulk/bulk-connection.ts';
import { bulkUpsert } from '../../../../src/db/bulk/bulk-upsert.ts';
import { createProbe, PROBE, probe, type Probe } from './probe-table.ts';
import { addTeam, openScene, readNumber, type Scene } from '../scene.ts';
import { NEVER_MS } from '../../../support/patience.ts';

const CHUNK = 50_000;

async function openClient(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return client;
}

let scene: Scene;
let teamId: bigint;
let bulk: OpenBulkConnection;

beforeAll(async () => {
  scene = await openScene();
  ({ teamId } = await addTeam(scene.sql, 'ours'));
  await createProbe(scene.sql);
  bulk = createBulkConnection({
    connectionString: scene.database.applicationUrl,
    poolSize: 2,
    applicationName: 'throughline-test pipeline',
    onConnectionError: () => undefined,
    connectMs: NEVER_MS,
  });
});

afterAll(async () => {
  await bulk.close();
  await scene.close();
});

beforeEach(async () => {
  await scene.sql.query('TRUNCATE probe');
});

function* rowsOf(count: number, n: number, name: (index: number) => string): Generator<Probe> {
  for (let index = 0; index < count; index += 1) {
    yield probe({ name: name(index), n });
  }
}

describe('a stream over two connections', () => {
  it('writes chunks in the order they came in: of two that share a key, the last one stays', async () => {
    function* twice(): Generator<Probe> {
      yield* rowsOf(CHUNK, 1, (index) => `row ${index}`);
      yield* rowsOf(CHUNK, 2, (index) => `row ${index}`);
      yield* rowsOf(100, 3, (index) => `row ${index}`);
    }
    const result = await bulkUpsert(bulk, PROBE, teamId, twice());
    expect(result).toMatchObject({ inserted: CHUNK, updated: CHUNK + 100, duplicates: 0 });
    const byN = await scene.sql.query(
      'SELECT n::text, count(*)::text FROM probe GROUP BY 1 ORDER BY 1',
    );
    expect(byN.rows).toEqual([
      { n: '2', count: String(CHUNK - 100) },
      { n: '3', count: '100' },
    ]);
  });

  it('writes a chunk beside the one before it when its keys all come later', async () => {
    const name = (index: number): string => `row ${String(index).padStart(6, '0')}`;
    await bulkUpsert(bulk, PROBE, teamId, [probe({ name: name(0), n: 1 })]);
    const holder = await openClient(scene.database.superuserUrl);
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM probe WHERE name = $1 FOR UPDATE', [name(0)]);
    const written = bulkUpsert(bulk, PROBE, teamId, rowsOf(CHUNK + 6_000, 2, name));
    await expect.poll(() => readNumber(scene.sql, 'SELECT count(*) FROM probe')).toBe(6_001);
    await holder.query('COMMIT');
    await holder.end();
    expect(await written).toMatchObject({ inserted: CHUNK + 5_999, updated: 1, duplicates: 0 });
  });

  it('stops at the chunk that fails: the one behind it, already sent, is not written', async () => {
    await scene.sql.query(
      `ALTER TABLE probe ADD CONSTRAINT probe_refuses CHECK (name <> 'refused')`,
    );
    try {
      function* rows(): Generator<Probe> {
        yield* rowsOf(CHUNK, 1, (index) => `first ${index}`);
        yield* rowsOf(CHUNK, 1, (index) => (index === 7 ? 'refused' : `second ${index}`));
        yield* rowsOf(CHUNK, 1, (index) => `third ${index}`);
      }
      await expect(bulkUpsert(bulk, PROBE, teamId, rows())).rejects.toThrow('probe_refuses');
      expect(await readNumber(scene.sql, 'SELECT count(*) FROM probe')).toBe(CHUNK);
      expect(
        await readNumber(scene.sql, `SELECT count(*) FROM probe WHERE name LIKE 'first %'`),
      ).toBe(CHUNK);
    } finally {
      await scene.sql.query('ALTER TABLE probe DROP CONSTRAINT probe_refuses');
    }
  });

  it('that breaks off leaves what was on its way written, and fails with its own error', async () => {
    function* rows(): Generator<Probe> {
      yield* rowsOf(CHUNK, 1, (index) => `first ${index}`);
      yield* rowsOf(10, 1, (index) => `second ${index}`);
      throw new Error('the report ends here');
    }
    await expect(bulkUpsert(bulk, PROBE, teamId, rows())).rejects.toThrow('the report ends here');
    expect(await readNumber(scene.sql, 'SELECT count(*) FROM probe')).toBe(CHUNK);
  });

  it('takes rows that are longer than a page, and rows of any order with doubles among them', async () => {
    const long = 'x'.repeat(20_000);
    function* rows(): Generator<Probe> {
      yield* rowsOf(6_000, 1, (index) => `row ${(index * 7_919) % 5_500}`);
      yield probe({ name: 'long', note: long, n: 1 });
    }
    const result = await bulkUpsert(bulk, PROBE, teamId, rows());
    expect(result).toMatchObject({ inserted: 5_501, updated: 0, unchanged: 0, duplicates: 500 });
    expect(await readNumber(scene.sql, `SELECT length(note) FROM probe WHERE name = 'long'`)).toBe(
      20_000,
    );
  });
});
