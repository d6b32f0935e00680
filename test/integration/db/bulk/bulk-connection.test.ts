import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  createBulkConnection,
  type OpenBulkConnection,
} from '../../../../src/db/bulk/bulk-connection.ts';
import { bulkUpsert } from '../../../../src/db/bulk/bulk-upsert.ts';
import { openPostgresWire, type PostgresWire } from '../../../support/postgres/postgres-wire.ts';
import { createProbe, PROBE, probe, type Probe } from './probe-table.ts';
import { addTeam, beginWork, openScene, readNumber, until, type Scene } from '../scene.ts';

const ROWS = 12_000;

let scene: Scene;
let teamId: bigint;
let wire: PostgresWire;
let bulk: OpenBulkConnection;

beforeAll(async () => {
  scene = await openScene();
  ({ teamId } = await addTeam(scene.sql, 'ours'));
  await createProbe(scene.sql);
  wire = await openPostgresWire(scene.database.applicationUrl);
  bulk = connect(1);
});

afterAll(async () => {
  await bulk.close();
  await wire.close();
  await scene.close();
});

beforeEach(async () => {
  await scene.sql.query('TRUNCATE probe');
});

function connect(poolSize: number): OpenBulkConnection {
  return createBulkConnection({
    connectionString: wire.url,
    poolSize,
    applicationName: 'throughline-test bulk',
    onConnectionError: () => undefined,
  });
}

function rowsOf(n: number, count = ROWS): Probe[] {
  return Array.from({ length: count }, (_, index) => probe({ name: `row ${index}`, n }));
}

function countProbes(where = 'true'): Promise<number> {
  return readNumber(scene.sql, `SELECT count(*) FROM probe WHERE ${where}`);
}

describe('a chunk by COPY', () => {
  it('is at most two statements with data, and five with those of its transaction', async () => {
    await bulkUpsert(bulk, PROBE, teamId, rowsOf(1));
    wire.takeStatements();
    const { updated } = await bulkUpsert(bulk, PROBE, teamId, rowsOf(2));
    const statements = wire.takeStatements();
    expect(updated).toBe(ROWS);
    const withData = statements.filter((text) => /COPY|INSERT/.test(text));
    expect(withData).toHaveLength(2);
    expect(statements.length).toBeLessThanOrEqual(5);
  });

  it('ends after 50,000 rows, at most one is read ahead, and all chunks add up', async () => {
    let copies = 0;
    const copiesAt: number[] = [];
    const count = (): number => {
      copies += wire.takeStatements().filter((text) => text.includes('COPY')).length;
      return copies;
    };
    async function* stream(): AsyncGenerator<Probe> {
      for (const [index, row] of rowsOf(1, 120_000).entries()) {
        if (index === 49_999 || index === 100_000) {
          copiesAt.push(count());
        }
        yield row;
      }
    }
    wire.takeStatements();
    const result = await bulkUpsert(bulk, PROBE, teamId, stream());
    expect(result).toMatchObject({ inserted: 120_000, updated: 0, unchanged: 0, duplicates: 0 });
    expect(await countProbes()).toBe(120_000);
    const [whileFirst = -1, whileThird = -1] = copiesAt;
    expect(whileFirst).toBe(0);
    expect(whileThird).toBeGreaterThan(0);
    expect(count()).toBe(3);
  });

  it('leaves no temporary table and no team behind on the connection', async () => {
    await bulkUpsert(bulk, PROBE, teamId, rowsOf(1));
    const temporary = `SELECT count(*) FROM pg_class WHERE relpersistence = 't' AND relkind = 'r'`;
    expect(await readNumber(scene.sql, temporary)).toBe(0);
    const other = await addTeam(scene.sql, 'other');
    const result = await bulkUpsert(bulk, PROBE, other.teamId, rowsOf(1));
    expect(result.inserted).toBe(ROWS);
    expect(await countProbes(`team_id = ${other.teamId}`)).toBe(ROWS);
  });
});

describe('a write of several chunks', () => {
  const MANY = 120_000;

  function* rowsWith(broken: number, row: (good: Probe) => Probe): Generator<Probe> {
    for (let index = 0; index < MANY; index += 1) {
      const good = probe({ name: `row ${String(index).padStart(6, '0')}` });
      yield index === broken ? row(good) : good;
    }
  }

  it.each([
    ['PostgreSQL refuses', (good: Probe) => ({ ...good, n: -1 }), /probe_n_check/],
    ['cannot be encoded', (good: Probe) => ({ ...good, n: 0.5 }), /whole number/],
    [
      'never came, because the source failed',
      (): Probe => {
        throw new Error('the source ended early');
      },
      /the source ended early/,
    ],
  ])('with a row that %s keeps the chunks before it and nothing after', async (_, row, reason) => {
    const broken = 110_000;
    // Where there are connections enough, chunks overlap.
    const wide = connect(3);
    onTestFinished(() => wide.close());
    await expect(bulkUpsert(wide, PROBE, teamId, rowsWith(broken, row))).rejects.toThrow(reason);
    const written = await countProbes();
    expect(written).toBeLessThanOrEqual(broken);
    const name = `row ${String(written).padStart(6, '0')}`;
    expect(await countProbes(`name >= '${name}'`)).toBe(0);
    // Doing all again writes the rest.
    const again = await bulkUpsert(
      wide,
      PROBE,
      teamId,
      rowsWith(-1, (good) => good),
    );
    expect(again).toMatchObject({ inserted: MANY - written, updated: 0, unchanged: written });
  });
});

describe('a write that gets no connection in time', () => {
  it('tries again: the pool was busy with another one', async () => {
    const holder = await beginWork(
      scene.db,
      teamId,
      (tx) => tx.$executeRaw`LOCK TABLE probe IN SHARE ROW EXCLUSIVE MODE`,
    );
    const first = bulkUpsert(bulk, PROBE, teamId, [probe({ name: 'first' })]);
    const second = bulkUpsert(bulk, PROBE, teamId, [probe({ name: 'second' })]);
    // The pool gives up on the second after five seconds.
    const longEnough = `SELECT count(*) FROM pg_stat_activity
      WHERE application_name = 'throughline-test bulk' AND datname = current_database()
        AND wait_event_type = 'Lock' AND clock_timestamp() - query_start > interval '5.2 s'`;
    await until(async () => (await readNumber(scene.sql, longEnough)) === 1);
    await holder.commit();
    expect(await first).toMatchObject({ inserted: 1 });
    expect(await second).toMatchObject({ inserted: 1 });
  });
});

describe('unchanged rows by COPY', () => {
  it('are not touched, and cost no more write-ahead log than the stage itself', async () => {
    await bulkUpsert(bulk, PROBE, teamId, rowsOf(1));
    const physical = `SELECT md5(string_agg(format('%s %s %s %s', name, ctid, xmin, xmax), ',' ORDER BY name))
      FROM probe WHERE name <> 'mark'`;
    const before = await scene.sql.query(physical);
    const flushed = await flushStatistics();
    const later = new Date('2026-04-01T00:00:00Z');
    const rows = rowsOf(1).map((row) => ({ ...row, syncedAt: later }));
    const result = await bulkUpsert(bulk, PROBE, teamId, rows);
    expect(result).toMatchObject({ inserted: 0, updated: 0, unchanged: ROWS });
    expect((await scene.sql.query(physical)).rows).toEqual(before.rows);
    const { walBytes, marks } = await flushStatistics();
    // A new version of each row would be more than a megabyte.
    expect(walBytes - flushed.walBytes).toBeLessThan(100_000 + marks * 2_000);
  });

  /** PostgreSQL counts a backend's log at most once a second: small writes go on until they show. */
  async function flushStatistics(): Promise<{ walBytes: number; marks: number }> {
    const read = () =>
      readNumber(
        scene.sql,
        `SELECT (pg_stat_get_backend_wal(pid)).wal_bytes FROM pg_stat_activity
        WHERE application_name = 'throughline-test bulk' AND datname = current_database()`,
      );
    const before = await read();
    let marks = 0;
    await until(async () => {
      marks += 1;
      await bulkUpsert(bulk, PROBE, teamId, [probe({ name: 'mark', n: Date.now() % 1e9 })]);
      return (await read()) > before;
    });
    return { walBytes: await read(), marks };
  }
});

describe('a connection that breaks in the middle of a COPY', () => {
  /** Enough that the rows do not fit into what the sockets hold. */
  const long = rowsOf(1).map((row) => ({ ...row, note: 'x'.repeat(500) }));

  it('leaves nothing; the chunk is written again, once', async () => {
    wire.cutDuringCopy(1, 1_000_000);
    const result = await bulkUpsert(bulk, PROBE, teamId, long);
    expect(result).toMatchObject({ inserted: ROWS, updated: 0, unchanged: 0, duplicates: 0 });
    expect(await countProbes()).toBe(ROWS);
  });

  it('again and again fails, with nothing written, and the next write works', async () => {
    wire.cutDuringCopy(100, 1_000_000);
    await expect(bulkUpsert(bulk, PROBE, teamId, long)).rejects.toThrow(/connection|ECONNRESET/i);
    expect(await countProbes()).toBe(0);
    wire.cutDuringCopy(0, 0);
    await expect(bulkUpsert(bulk, PROBE, teamId, long)).resolves.toMatchObject({ inserted: ROWS });
  });

  it('by the server, before its rows are in the table, leaves nothing either', async () => {
    const rows = function* (): Generator<Probe> {
      yield* long;
    };
    await scene.sql.query('BEGIN; LOCK TABLE probe IN ACCESS EXCLUSIVE MODE');
    const writing = bulkUpsert(bulk, PROBE, teamId, rows());
    const waiting = `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
      WHERE application_name = 'throughline-test bulk' AND wait_event_type = 'Lock' AND datname = current_database()`;
    await until(async () => (await readNumber(scene.sql, waiting)) === 1);
    await scene.sql.query('ROLLBACK');
    await expect(writing).resolves.toMatchObject({ inserted: ROWS, unchanged: 0 });
    expect(await countProbes()).toBe(ROWS);
  });
});
