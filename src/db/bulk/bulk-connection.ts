import { pipeline } from 'node:stream/promises';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { hearErrors } from '../core/heard-client.ts';
import { DEADLINES } from '../../domain/core/deadlines.ts';
import {
  copyStatement,
  openStageStatement,
  stagedStatement,
  type BulkStatementRow,
} from './bulk-statement.ts';
import { createBufferPool, packChunks, type BulkChunk, type PackedRows } from './bulk-chunk.ts';
import { inKeyOrder } from './bulk-rows.ts';
import { unnestQuery, type BulkConnection } from './bulk-upsert.ts';
import type { TableDescriptor } from './table-descriptor.ts';

export interface BulkConnectionOptions {
  /** As the application role; may go through a pooler in transaction mode. */
  readonly connectionString: string;
  /** Chunks that may be written at the same time. */
  readonly poolSize: number;
  readonly applicationName: string;
  /** Called when a connection breaks; the pool replaces it. */
  readonly onConnectionError: (error: Error) => void;
  /** How long a chunk waits for a connection, in milliseconds; the product's deadline by default. */
  readonly connectMs?: number;
}

export interface OpenBulkConnection extends BulkConnection {
  close(): Promise<void>;
}

/** A chunk takes a second or two; one that takes much longer waits for a lock. */
const STATEMENT_TIMEOUT_MS = 120_000;
const LOCK_TIMEOUT_MS = 30_000;

/** Serialization failure, deadlock, lock not available, and a server that goes down or comes back. */
const PASSING = /^(?:40001|40P01|55P03|57P01|57P03|08...|ECONNRESET|ECONNREFUSED|EPIPE)$/;
/** What the driver says, without a code, when a connection ends in mid-statement, or none is free in time. */
const CONNECTION_LOST = /^(?:Connection terminated|timeout exceeded when trying to connect)/;
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
    connectionTimeoutMillis: options.connectMs ?? DEADLINES.database.connectMs,
    options: '-c TimeZone=UTC',
    onConnect: hearErrors,
  });
  pool.on('error', options.onConnectionError);
  const buffers = createBufferPool();
  const writeChunk = createChunkWriter(pool, options);

  return {
    async writeAll(descriptor, teamId, rows, onWritten) {
      let before = Promise.resolve();
      let written = before;
      let predecessors = before;
      const target = { descriptor, teamId };
      try {
        for await (const chunk of packChunks(descriptor, rows, buffers)) {
          // Two chunks without a common key are written side by side; of a key that both may have, the last one stays.
          predecessors = chunk.followsPrevious ? predecessors : before;
          written = writeChunk(target, chunk, predecessors, before).then(({ sent, answer }) => {
            onWritten({ received: chunk.size, sent }, answer);
            if ('bytes' in chunk.content) {
              chunk.content.release();
            }
          });
          // It is awaited after the one before it.
          written.catch(() => undefined);
          // The chunk leaves before the next one is packed, which takes the whole process.
          await nextTurn();
          await before;
          before = written;
        }
      } finally {
        // Whatever ended the rows: the chunk that is on its way is awaited.
        await Promise.allSettled([written]);
      }
      await written;
    },
    close: () => pool.end(),
  };
}

/**
 * Writes one chunk, and tries again where that may help. Its rows may travel while earlier chunks are written, but they
 * are written after those, and not at all when one of those fails.
 */
function createChunkWriter(pool: pg.Pool, options: BulkConnectionOptions) {
  const months = new Set<string>();
  let retrying = 0;

  /** A chunk may hold a connection while it waits for earlier chunks only if nobody else needs that connection. */
  const hasSpare = (): boolean =>
    retrying === 0 &&
    pool.waitingCount === 0 &&
    (pool.idleCount > 0 || pool.totalCount < options.poolSize);

  async function attempt<Row>(target: Target<Row>, chunk: BulkChunk<Row>): Promise<Written> {
    const client = await pool.connect();
    let broken: Error | undefined;
    // The pool listens on idle connections only, and a break that nobody hears would end the process.
    client.on('error', options.onConnectionError);
    try {
      await ensurePartitions(client, months, chunk.months);
      return 'bytes' in chunk.content
        ? await writeStaged(client, target, chunk.content, chunk.size)
        : await writeArrays(client, target, chunk.content);
    } catch (error) {
      broken = await rollBack(client);
      throw error;
    } finally {
      client.off('error', options.onConnectionError);
      client.release(broken);
    }
  }

  return async function writeChunk<Row>(
    target: Omit<Target<Row>, 'predecessors'>,
    chunk: BulkChunk<Row>,
    earlier: Promise<unknown>,
    before: Promise<unknown>,
  ): Promise<Written> {
    let isLost = false;
    const predecessors = earlier.catch((error: unknown) => {
      isLost = true;
      throw error;
    });
    // Whether or not somebody is waiting for it by then.
    predecessors.catch(() => undefined);
    if (!hasSpare()) {
      await before;
    }
    for (let tried = 1; ; tried += 1) {
      try {
        return await attempt({ ...target, predecessors }, chunk);
      } catch (error) {
        if (isLost || tried === ATTEMPTS || !passes(error)) {
          throw error;
        }
        // A partition that retention has dropped since is created again.
        months.clear();
        retrying += 1;
        await delay(RETRY_MS * tried * (0.5 + Math.random()));
        retrying -= 1;
      }
    }
  };
}

/** Whose rows a chunk has, and when it may be written. */
interface Target<Row> {
  readonly descriptor: TableDescriptor<Row>;
  readonly teamId: bigint;
  readonly predecessors: Promise<unknown>;
}

interface Written {
  readonly sent: number;
  readonly answer: readonly BulkStatementRow[];
}

/** Whether trying again may help. Whatever it was, a chunk that was written after all is found unchanged. */
function passes(error: unknown): boolean {
  if (!(error instanceof Error)) {
    return false;
  }
  const code = 'code' in error ? String(error.code) : '';
  return (
    PASSING.test(code) ||
    CONNECTION_LOST.test(error.message) ||
    (code === '23514' && NO_PARTITION.test(error.message))
  );
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
async function ensurePartitions(
  client: pg.PoolClient,
  known: Set<string>,
  months: readonly string[],
): Promise<void> {
  for (const month of months.filter((candidate) => !known.has(candidate))) {
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
  { descriptor, teamId, predecessors }: Target<Row>,
  { bytes, isWide, inKeyOrder: isOrdered, range }: PackedRows,
  size: number,
): Promise<Written> {
  await client.query('BEGIN');
  await client.query(openStageStatement(descriptor, settingsOf(teamId), isWide));
  await pipeline(bytes, client.query(copyFrom(copyStatement(descriptor))));
  await predecessors;
  const { rows } = await client.query<BulkStatementRow>(stagedStatement(descriptor, isOrdered), [
    teamId,
    ...range,
  ]);
  await commit(client, rows);
  return { sent: size, answer: rows };
}

async function writeArrays<Row>(
  client: pg.PoolClient,
  { descriptor, teamId, predecessors }: Target<Row>,
  chunk: readonly Row[],
): Promise<Written> {
  const distinct = inKeyOrder(descriptor, chunk);
  const { text, values } = unnestQuery(descriptor, teamId, distinct);
  await predecessors;
  await client.query('BEGIN');
  const settings = Object.entries(settingsOf(teamId)).flat();
  await client.query(
    'SELECT set_config($1, $2, true), set_config($3, $4, true), set_config($5, $6, true)',
    settings,
  );
  const { rows } = await client.query<BulkStatementRow>(text, [...values]);
  await commit(client, rows);
  return { sent: distinct.length, answer: rows };
}

/** A chunk that names what is not there has written nothing, and is given back. */
async function commit(client: pg.PoolClient, rows: readonly BulkStatementRow[]): Promise<void> {
  await client.query(rows.some((row) => row.missing !== null) ? 'ROLLBACK' : 'COMMIT');
}
