import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import {
  copyStatement,
  openStageStatement,
  stagedStatement,
  type BulkStatementRow,
} from './bulk-statement.ts';
import {
  MAX_UNNEST_ROWS,
  partitionRange,
  unnestQuery,
  type BulkConnection,
} from './bulk-upsert.ts';
import { encodeCopy } from './copy-rows.ts';
import type { TableDescriptor } from './table-descriptor.ts';

export interface BulkConnectionOptions {
  /** As the application role; may go through a pooler in transaction mode. */
  readonly connectionString: string;
  /** Chunks that may be written at the same time. */
  readonly poolSize: number;
  readonly applicationName: string;
  /** Called when an idle connection breaks; the pool replaces it. */
  readonly onConnectionError: (error: Error) => void;
}

export interface OpenBulkConnection extends BulkConnection {
  close(): Promise<void>;
}

/** A chunk takes a second or two; one that takes longer waits for somebody. */
const STATEMENT_TIMEOUT_MS = 120_000;
const LOCK_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** Serialization failure, deadlock, lock not available, and a server that goes down or comes back. */
const PASSING = /^(?:40001|40P01|55P03|57P01|57P03|08...|ECONNRESET|ECONNREFUSED|EPIPE)$/;
const ATTEMPTS = 5;
const RETRY_MS = 200;

/** PostgreSQL's words for a row whose month has no partition; the code alone also means any other CHECK. */
const NO_PARTITION = /no partition of relation/;

/** Connections for large writes: COPY needs more than Prisma's adapter lets through. */
export function createBulkConnection(options: BulkConnectionOptions): OpenBulkConnection {
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    max: options.poolSize,
    application_name: options.applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    options: '-c TimeZone=UTC',
  });
  pool.on('error', options.onConnectionError);
  const months = new Set<string>();

  async function attempt<Row>(
    descriptor: TableDescriptor<Row>,
    teamId: bigint,
    rows: readonly Row[],
  ): Promise<BulkStatementRow[]> {
    const client = await pool.connect();
    let broken: Error | undefined;
    try {
      await ensurePartitions(client, months, descriptor, rows);
      return rows.length > MAX_UNNEST_ROWS
        ? await writeStaged(client, descriptor, teamId, rows)
        : await writeArrays(client, descriptor, teamId, rows);
    } catch (error) {
      broken = await rollBack(client);
      throw error;
    } finally {
      client.release(broken);
    }
  }

  return {
    async writeChunk(descriptor, teamId, rows) {
      for (let tried = 1; ; tried += 1) {
        try {
          return await attempt(descriptor, teamId, rows);
        } catch (error) {
          if (tried === ATTEMPTS || !passes(error)) {
            throw error;
          }
          // A partition that housekeeping has dropped since is made anew.
          months.clear();
          await delay(RETRY_MS * tried * (0.5 + Math.random()));
        }
      }
    },
    close: () => pool.end(),
  };
}

/** Whether trying again may help. Whatever it was, a chunk that was written after all is found unchanged. */
function passes(error: unknown): boolean {
  if (!(error instanceof Error)) {
    return false;
  }
  const code = 'code' in error ? String(error.code) : '';
  return PASSING.test(code) || (code === '23514' && NO_PARTITION.test(error.message));
}

/** Answers the error when the connection cannot be used any more. */
async function rollBack(client: pg.PoolClient): Promise<Error | undefined> {
  try {
    await client.query('ROLLBACK');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** The partitions of the chunk's months, in transactions of their own: what is written locks none of them longer. */
async function ensurePartitions<Row>(
  client: pg.PoolClient,
  known: Set<string>,
  descriptor: TableDescriptor<Row>,
  rows: readonly Row[],
): Promise<void> {
  const day = descriptor.columns.find((column) => column.name === descriptor.partitionedBy);
  if (day === undefined) {
    return;
  }
  const months = new Set<string>();
  for (const row of rows) {
    months.add(`${(day.value(row) as string).slice(0, 7)}-01`);
  }
  for (const month of [...months].filter((candidate) => !known.has(candidate)).toSorted()) {
    await client.query('SELECT throughline_ensure_usage_partition($1::date)', [month]);
    known.add(month);
  }
}

function settingsOf(teamId: bigint): Readonly<Record<string, string>> {
  return {
    'app.team_ids': `{${teamId}}`,
    statement_timeout: `${STATEMENT_TIMEOUT_MS}ms`,
    lock_timeout: `${LOCK_TIMEOUT_MS}ms`,
  };
}

async function writeStaged<Row>(
  client: pg.PoolClient,
  descriptor: TableDescriptor<Row>,
  teamId: bigint,
  rows: readonly Row[],
): Promise<BulkStatementRow[]> {
  await client.query('BEGIN');
  await client.query(openStageStatement(descriptor, settingsOf(teamId)));
  await pipeline(
    Readable.from(encodeCopy(descriptor, rows), { objectMode: true, highWaterMark: 2 }),
    client.query(copyFrom(copyStatement(descriptor))),
  );
  const answer = await client.query<BulkStatementRow>(stagedStatement(descriptor), [
    teamId,
    ...partitionRange(descriptor, rows),
  ]);
  await commit(client, answer.rows);
  return answer.rows;
}

async function writeArrays<Row>(
  client: pg.PoolClient,
  descriptor: TableDescriptor<Row>,
  teamId: bigint,
  rows: readonly Row[],
): Promise<BulkStatementRow[]> {
  const { text, values } = unnestQuery(descriptor, teamId, rows);
  await client.query('BEGIN');
  const settings = Object.entries(settingsOf(teamId)).flat();
  await client.query(
    'SELECT set_config($1, $2, true), set_config($3, $4, true), set_config($5, $6, true)',
    settings,
  );
  const answer = await client.query<BulkStatementRow>(text, [...values]);
  await commit(client, answer.rows);
  return answer.rows;
}

/** A chunk that names what is not there has written nothing, and is given back. */
async function commit(client: pg.PoolClient, rows: readonly BulkStatementRow[]): Promise<void> {
  await client.query(rows.some((row) => row.missing !== null) ? 'ROLLBACK' : 'COMMIT');
}
