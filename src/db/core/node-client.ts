import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { createCancelStatement } from './cancel-statement.ts';
import type { Db, PoolState } from './client.ts';
import { hearErrors } from './heard-client.ts';
import { PrismaClient } from '../generated/prisma/client.ts';
import { DEADLINES, type DatabaseDeadlines } from '../../domain/core/deadlines.ts';
import { DomainError } from '../../domain/core/errors.ts';

export interface NodeDbOptions {
  readonly connectionString: string;
  /** Connections at the most. */
  readonly poolSize: number;
  /** So many connections, once made, are kept although nobody uses them; none unless given. */
  readonly keep?: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /** Called when an idle connection breaks; the pool replaces it. Without a listener Node would end the process. */
  readonly onConnectionError: (error: Error) => void;
  /** Called before each statement that is sent, those that begin and end transactions included. */
  readonly onStatement?: (() => void) | undefined;
  /** How long work on this client waits, unless it says so itself. The product's deadlines by default. */
  readonly deadlines?: DatabaseDeadlines;
  /**
   * Cuts statements whose transaction sets no bounds of its own, such as the look-up of a token, in milliseconds. Without
   * effect behind PgBouncer, which ignores start-up options; unbounded unless given.
   */
  readonly bounds?: { readonly statementMs: number; readonly lockMs: number };
}

/**
 * A Prisma client over a pool of its own. Every session runs in UTC: the adapter writes time stamps without an
 * offset, so any other zone would silently move them.
 */
export function createNodeDb(options: NodeDbOptions): Db {
  const deadlines = options.deadlines ?? DEADLINES.database;
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    max: options.poolSize,
    min: options.keep ?? 0,
    idleTimeoutMillis: deadlines.idleMs,
    application_name: options.applicationName,
    connectionTimeoutMillis: deadlines.connectMs,
    options: startupOptions(options.bounds),
    onConnect: (client) => {
      hearErrors(client);
      countStatements(client, options.onStatement);
    },
  });
  const adapter = new PrismaPg(pool, {
    onPoolError: options.onConnectionError,
    onConnectionError: options.onConnectionError,
    disposeExternalPool: true,
  });
  const cancelStatement = createCancelStatement({
    connectionString: options.connectionString,
    applicationName: `${options.applicationName} cancel`,
    timeoutMs: deadlines.connectMs,
    onError: options.onConnectionError,
  });
  const poolState = (): PoolState => ({
    inUse: pool.totalCount - pool.idleCount,
    idle: pool.idleCount,
    waiting: pool.waitingCount,
  });
  return Object.assign(new PrismaClient({ adapter }), { deadlines, cancelStatement, poolState });
}

type Query = (...args: readonly unknown[]) => unknown;

/** Every way to send a statement leads through `query` of its connection. */
function countStatements(client: pg.ClientBase, onStatement: NodeDbOptions['onStatement']): void {
  if (onStatement === undefined) {
    return;
  }
  const query = client.query.bind(client) as Query;
  (client as unknown as { query: Query }).query = (...args) => {
    onStatement();
    return query(...args);
  };
}

function startupOptions(bounds: NodeDbOptions['bounds']): string {
  const zone = '-c TimeZone=UTC';
  return bounds === undefined
    ? zone
    : `${zone} -c statement_timeout=${bounds.statementMs} -c lock_timeout=${bounds.lockMs}`;
}

/** PgBouncer's words for a parameter of the start-up message that it neither knows nor is configured to ignore. */
const STARTUP_OPTION = /startup parameter/i;

/**
 * Refuses a database that cannot be reached, is not migrated, or whose sessions are not in UTC.
 * @throws DomainError DATABASE_UNAVAILABLE with one sentence that says what to do
 */
export async function verifyDb(db: Db): Promise<void> {
  const read = db.$queryRaw<{ zone: string; migrated: boolean }[]>`
    SELECT current_setting('TimeZone') AS zone, to_regclass('public.sync_run') IS NOT NULL AS migrated`;
  const [found] = await read.catch((error: unknown) => {
    const reason = describe(error);
    throw new DomainError(
      'DATABASE_UNAVAILABLE',
      STARTUP_OPTION.test(reason)
        ? `The pooler refuses our start-up option (${reason}): let PgBouncer ignore it and set the zone itself, as deploy/pgbouncer/pgbouncer.ini does.`
        : `The database does not answer (${reason}): check DATABASE_URL and that PostgreSQL runs.`,
      { cause: error },
    );
  });
  if (found?.zone !== 'UTC') {
    throw new DomainError(
      'DATABASE_UNAVAILABLE',
      `The database session runs in time zone ${found?.zone ?? 'unknown'}, it must be UTC: give PgBouncer timezone=UTC for this database, or ALTER ROLE … SET timezone = 'UTC'.`,
    );
  }
  if (!found.migrated) {
    throw new DomainError(
      'DATABASE_UNAVAILABLE',
      'The database has no tables yet: run `throughline migrate` first, with DATABASE_DIRECT_URL.',
    );
  }
}

/** The first line of what went wrong, without the connection string. */
function describe(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const line = message
    .split('\n')
    .map((part) => part.trim())
    .findLast((part) => part !== '');
  return (line ?? 'no reason given').replaceAll(/postgres(ql)?:\/\/\S+/g, '<url>').slice(0, 200);
}
