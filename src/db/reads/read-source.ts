import type { Db, DbTransaction } from '../core/client.ts';
import { DEADLINES, type ReadDeadlines } from '../../domain/core/deadlines.ts';
import { isDomainError } from '../../domain/core/errors.ts';
import { toReadError, tooSlow } from '../core/database-errors.ts';
import type { Replica } from './replica.ts';

/** Which rows may be read: row-level security hides all others. */
export interface ReadScope {
  readonly userId: bigint;
  readonly teamIds: readonly bigint[];
  /** True for reads that directly follow a write: they are never sent to a replica. */
  readonly onPrimary?: boolean;
}

/**
 * The reads of one response, in one read-only transaction, so that all of them see the same snapshot. The transaction
 * opens with the first read and ends with `close`, or when it reaches its time limit.
 */
export interface ReadSession {
  /** Prisma's models; every method waits for the transaction. Fluent chains and `$` methods are not available. */
  readonly db: Db;
  /** Runs constant text with numbered parameters; rows come with the names that the text gives them. */
  query<Row>(text: string, values: readonly unknown[]): Promise<Row[]>;
  /** Ends the transaction; later reads fail. May be called twice. */
  close(): Promise<void>;
}

export interface ReadSource {
  open(scope: ReadScope): ReadSession;
  /** Must be called after a user's write, so that the user's later reads see it, whichever server they are sent to. */
  noteWrite(userId: bigint): Promise<void>;
}

/** How long a session waits for a connection, and how long it may hold it. */
export type ReadLimits = Pick<ReadDeadlines, 'maxWaitMs' | 'holdMs'>;

/** PostgreSQL ends the transaction this long after our limit, and Prisma this long after PostgreSQL. */
const MARGIN_MS = 1_000;

const OPEN = `
SELECT set_config('transaction_read_only', 'on', true), set_config('app.team_ids', $1::text, true),
  set_config('app.user_id', $2::text, true), set_config('statement_timeout', $3::text, true),
  CASE WHEN current_setting('server_version_num')::integer >= 170000
    THEN set_config('transaction_timeout', $4::text, true) END`;

/** The text of an array of ids. */
export function toIdArray(ids: readonly bigint[]): string {
  return `{${ids.join(',')}}`;
}

/**
 * Reads through a pool. A session that gets no connection in time fails with OVERLOADED, one that takes too long
 * with LIMIT_EXCEEDED, and one that cannot reach the database with DATABASE_UNAVAILABLE.
 * @param replica decides which sessions are sent to another server; without it the primary serves all of them
 */
export function createReadSource(
  db: Db,
  limits: ReadLimits = DEADLINES.reads,
  replica?: Replica,
): ReadSource {
  return {
    open: (scope) =>
      openSession(scope, limits, {
        primary: db,
        choose: async () =>
          replica === undefined || scope.onPrimary === true ? db : replica.choose(scope.userId),
      }),
    noteWrite: async (userId) => replica?.noteWrite(userId),
  };
}

/** The servers that a session may use; one is chosen when the session opens. */
interface Servers {
  readonly primary: Db;
  choose(): Promise<Db>;
}

interface OpenTransaction {
  readonly ready: Promise<DbTransaction>;
  end(): Promise<void>;
}

function openTransaction(scope: ReadScope, limits: ReadLimits, servers: Servers): OpenTransaction {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let opened: (tx: DbTransaction) => void = () => undefined;
  let failed: (error: unknown) => void = () => undefined;
  const ready = new Promise<DbTransaction>((resolve, reject) => {
    opened = resolve;
    failed = reject;
  });
  const bounds = [limits.holdMs, limits.holdMs + MARGIN_MS].map((bound) => `${bound}ms`);
  let isOpen = false;
  const run = (db: Db): Promise<void> =>
    db.$transaction(
      async (tx) => {
        await tx.$queryRawUnsafe(OPEN, toIdArray(scope.teamIds), String(scope.userId), ...bounds);
        isOpen = true;
        opened(tx);
        await released;
      },
      {
        isolationLevel: 'RepeatableRead',
        maxWait: limits.maxWaitMs,
        timeout: limits.holdMs + 2 * MARGIN_MS,
      },
    );
  async function runWhereItAnswers(): Promise<void> {
    const chosen = await servers.choose();
    try {
      await run(chosen);
    } catch (error) {
      // When a replica has just become unreachable, the primary is used; an overloaded replica is an error.
      if (isOpen || chosen === servers.primary || !isAway(error)) {
        throw error;
      }
      await run(servers.primary);
    }
  }
  const finished = runWhereItAnswers()
    // A failure before the transaction is open is passed to the waiting reads; later ones can be ignored.
    .catch(failed);
  ready.catch(() => undefined);
  return {
    ready,
    end: async () => {
      release();
      await finished;
    },
  };
}

function isAway(error: unknown): boolean {
  const known = toReadError(error);
  return isDomainError(known) && known.code === 'DATABASE_UNAVAILABLE';
}

function openSession(scope: ReadScope, limits: ReadLimits, servers: Servers): ReadSession {
  let transaction: OpenTransaction | undefined;
  let state: 'open' | 'expired' | 'closed' = 'open';
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function read<T>(work: (tx: DbTransaction) => Promise<T>): Promise<T> {
    try {
      const tx = await begin();
      if (state !== 'open') {
        throw refusal();
      }
      return await work(tx);
    } catch (error) {
      throw toReadError(error);
    }
  }

  function begin(): Promise<DbTransaction> {
    if (state !== 'open') {
      throw refusal();
    }
    if (transaction === undefined) {
      const current = openTransaction(scope, limits, servers);
      transaction = current;
      current.ready.then(
        () => {
          if (state === 'open') {
            timer = setTimeout(() => {
              state = 'expired';
              void current.end();
            }, limits.holdMs);
          }
        },
        () => undefined,
      );
    }
    return transaction.ready;
  }

  function refusal(): Error {
    return state === 'expired' ? tooSlow() : new Error('this answer is complete: it reads no more');
  }

  return {
    db: createLazyDb(read),
    query: <Row>(text: string, values: readonly unknown[]) =>
      read((tx) => tx.$queryRawUnsafe<Row[]>(text, ...values)),
    close: async () => {
      state = state === 'open' ? 'closed' : state;
      clearTimeout(timer);
      await transaction?.end();
    },
  };
}

type Delegate = Record<string, (args?: unknown) => Promise<unknown>>;

/** Stands in for a Prisma client: `model.method(args)` runs within the session's transaction. */
function createLazyDb(read: <T>(work: (tx: DbTransaction) => Promise<T>) => Promise<T>): Db {
  const delegates = new Map<string, Delegate>();
  const toDelegate = (model: string): Delegate =>
    new Proxy<Delegate>(
      {},
      {
        get: (_target, method) =>
          typeof method === 'string'
            ? (args?: unknown) =>
                read(async (tx) => {
                  const delegate = (tx as unknown as Record<string, Delegate>)[model];
                  const run = delegate?.[method];
                  if (run === undefined) {
                    throw new Error(`Prisma has no ${model}.${method}`);
                  }
                  return run.call(delegate, args);
                })
            : undefined,
      },
    );
  // A client is no promise: asking it for `then` must not make one.
  const isModel = (name: string | symbol): name is string =>
    typeof name === 'string' && name !== 'then' && !name.startsWith('$');
  return new Proxy({} as Db, {
    has: (_target, model) => isModel(model),
    get: (_target, model) => {
      if (!isModel(model)) {
        return undefined;
      }
      const known = delegates.get(model) ?? toDelegate(model);
      delegates.set(model, known);
      return known;
    },
  });
}
