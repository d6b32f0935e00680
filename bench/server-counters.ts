import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';

/** Statements of the application role since the last reset. */
export interface StatementCounts {
  /** COPY and INSERT of rows. */
  readonly data: number;
  /** Begin, end and the stage of the transactions around them. */
  readonly control: number;
  /** Making sure that a month has its partition: once a month, not once a chunk. */
  readonly partitions: number;
}

export async function resetStatements(superuser: pg.Client): Promise<void> {
  await superuser.query('SELECT pg_stat_statements_reset()');
}

interface Statement {
  readonly query: string;
  readonly calls: number;
}

async function readStatements(superuser: pg.Client): Promise<Statement[]> {
  const { rows } = await superuser.query<{ query: string; calls: string }>(
    `SELECT s.query, s.calls FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid
     JOIN pg_database d ON d.oid = s.dbid
     WHERE r.rolname = 'throughline_application' AND d.datname = current_database()`,
  );
  return rows.map(({ query, calls }) => ({ query, calls: Number(calls) }));
}

/** How often statements ran whose text is like this. */
export async function countStatementsLike(superuser: pg.Client, text: RegExp): Promise<number> {
  const statements = await readStatements(superuser);
  return statements
    .filter(({ query }) => text.test(query))
    .reduce((total, { calls }) => total + calls, 0);
}

export async function countStatements(superuser: pg.Client): Promise<StatementCounts> {
  const statements = await readStatements(superuser);
  const sum = (pick: (query: string) => boolean): number =>
    statements.filter(({ query }) => pick(query)).reduce((total, { calls }) => total + calls, 0);
  const isData = (query: string): boolean => /^(COPY|WITH|INSERT|UPDATE|DELETE)/.test(query);
  const isPartition = (query: string): boolean => query.includes('ensure_usage_partition');
  return {
    data: sum(isData),
    control: sum((query) => !isData(query) && !isPartition(query)),
    partitions: sum(isPartition),
  };
}

/** What gateways asked: all statements but those that begin, set up and end a transaction. */
export interface ReadCounts {
  readonly total: number;
  /** Look-ups of access tokens, which are among them. */
  readonly authentication: number;
}

export async function countReads(superuser: pg.Client): Promise<ReadCounts> {
  const asked = (await readStatements(superuser)).filter(
    ({ query }) =>
      !/^\s*(BEGIN|START|COMMIT|ROLLBACK|SET|SELECT set_config|DEALLOCATE|DISCARD)/i.test(query),
  );
  const sum = (statements: readonly Statement[]): number =>
    statements.reduce((total, { calls }) => total + calls, 0);
  return {
    total: sum(asked),
    authentication: sum(asked.filter(({ query }) => query.includes('throughline_authenticate'))),
  };
}

/** Write-ahead log: how many records are the same in every run, their bytes nearly so (images of pages have holes). */
export interface WrittenWal {
  readonly records: number;
  readonly bytes: number;
}

/**
 * The write-ahead log that the statements of `work` wrote, as the application role. What the server itself writes
 * meanwhile, such as autovacuum and checkpoints, is not theirs, and is another amount each time.
 */
export async function measureWal<T>(
  superuser: pg.Client,
  work: () => Promise<T>,
): Promise<WrittenWal & { readonly result: T }> {
  const before = await readWrittenWal(superuser);
  const result = await work();
  const after = await readWrittenWal(superuser);
  return { records: after.records - before.records, bytes: after.bytes - before.bytes, result };
}

async function readWrittenWal(superuser: pg.Client): Promise<WrittenWal> {
  const { rows } = await superuser.query<{ records: string; bytes: string }>(
    `SELECT coalesce(sum(s.wal_records), 0) AS records, coalesce(sum(s.wal_bytes), 0) AS bytes FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid
     JOIN pg_database d ON d.oid = s.dbid
     WHERE r.rolname = 'throughline_application' AND d.datname = current_database()`,
  );
  return { records: Number(rows[0]?.records), bytes: Number(rows[0]?.bytes) };
}

/** Rows of a table and its partitions that were written and that are dead, as the server counted them. */
export interface TableCounts {
  readonly written: number;
  readonly dead: number;
}

/** Waits for the writers' sessions to end: only then is everything reported that they did. */
export async function countRowVersions(superuser: pg.Client, table: string): Promise<TableCounts> {
  await untilAlone(superuser);
  await superuser.query('SELECT pg_stat_clear_snapshot()');
  const { rows } = await superuser.query<{ written: string; dead: string }>(
    `SELECT coalesce(sum(s.n_tup_ins + s.n_tup_upd + s.n_tup_del), 0) AS written,
       coalesce(sum(s.n_dead_tup), 0) AS dead
     FROM pg_stat_all_tables s
     WHERE s.relid = $1::regclass OR s.relid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = $1::regclass)`,
    [table],
  );
  return { written: Number(rows[0]?.written), dead: Number(rows[0]?.dead) };
}

const POLL_MS = 20;

/** A session reports its counts before it leaves the list of activities. */
async function untilAlone(superuser: pg.Client): Promise<void> {
  for (;;) {
    const { rowCount } = await superuser.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
       AND backend_type = 'client backend' AND pid <> pg_backend_pid()`,
    );
    if (rowCount === 0) {
      return;
    }
    await delay(POLL_MS);
  }
}

export async function countDeadlocks(superuser: pg.Client): Promise<number> {
  await untilAlone(superuser);
  await superuser.query('SELECT pg_stat_clear_snapshot()');
  const { rows } = await superuser.query<{ deadlocks: string }>(
    'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
  );
  return Number(rows[0]?.deadlocks);
}

/** The same for two tables of the same rows, whatever their order. */
export async function fingerprint(
  superuser: pg.Client,
  table: string,
  columns: readonly string[],
): Promise<string> {
  const row = columns.map((column) => `"${column}"`).join(', ');
  const { rows } = await superuser.query<{ count: string; sum: string }>(
    `SELECT count(*) AS count, sum(hashtextextended(ROW(${row})::text, 0)::numeric) AS sum FROM "${table}"`,
  );
  return `${rows[0]?.count} rows, ${rows[0]?.sum}`;
}

/** What every timed phase begins with, untimed: rows counted, dead ones gone, pages on disk. */
export async function settle(superuser: pg.Client, table: string): Promise<TableCounts> {
  // What is reported after the vacuum would count as dead again.
  await untilAlone(superuser);
  // Our own look at the table has pruned pages; reported after the vacuum, that would be taken off twice.
  await superuser.query('SELECT pg_stat_force_next_flush()');
  await superuser.query(`VACUUM (ANALYZE) "${table}"`);
  await superuser.query('CHECKPOINT');
  return countRowVersions(superuser, table);
}
