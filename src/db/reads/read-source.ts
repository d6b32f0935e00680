import type { Db, DbTransaction } from '../core/client.ts';
import { DEADLINES } from '../../domain/core/deadlines.ts';
import { isDomainError } from '../../domain/core/errors.ts';
import { toReadError, tooSlow } from '../core/database-errors.ts';
import { isFailedStatement } from '../core/database-failure.ts';
import {
  openReadTransaction,
  type ReadLimits,
  type ReadScope,
  type ReadTransaction,
  type Servers,
} from './read-transaction.ts';
import type { Replica } from './replica.ts';
import { createUserPlaces } from './user-places.ts';

/**
 * The reads of one response, in one read-only transaction, so that all of them see the same snapshot. The transaction
 * opens with the first read and ends with `close`, or when it reaches its time limit. When a statement fails, the reads
 * that wait behind it fail with the same error: PostgreSQL answers nothing more in that transaction.
 */
export interface ReadSession {
  /** Prisma's models; every method waits for the transaction. Fluent chains and `$` methods are not available. */
  readonly db: Db;
  /** Runs constant text with numbered parameters; rows come with the names that the text gives them. */
  query<Row>(text: string, values: readonly unknown[]): Promise<Row[]>;
  /** Ends the transaction; later reads fail. May be called twice. */
  close(): Promise<void>;
  /** Ends the transaction at once, with the statement that runs; that one and later reads fail with `reason`. */
  abort(reason: Error): void;
}

export interface ReadSource {
  open(scope: ReadScope): ReadSession;
  /** Must be called after a user's write, so that the user's later reads see it, whichever server they are sent to. */
  noteWrite(userId: bigint): Promise<void>;
}

/**
 * Reads through a pool. A session that gets no connection or lock in time fails with OVERLOADED, one that takes too long
 * with LIMIT_EXCEEDED, and one that cannot reach the database with DATABASE_UNAVAILABLE.
 * @param replica decides which sessions are sent to another server; without it the primary serves all of them
 * @param placesEach sessions of one user that hold a connection at a time; others of the same user wait as for a connection
 */
export function createReadSource(
  db: Db,
  limits: ReadLimits = DEADLINES.reads,
  replica?: Replica,
  placesEach = Number.POSITIVE_INFINITY,
): ReadSource {
  const places = createUserPlaces(placesEach, limits.maxWaitMs);
  return {
    open: (scope) =>
      openSession(scope, limits, {
        primary: db,
        admit: () => places.take(scope.userId),
        choose: async () =>
          replica === undefined || scope.onPrimary === true ? db : replica.choose(scope.userId),
      }),
    noteWrite: async (userId) => replica?.noteWrite(userId),
  };
}

function openSession(scope: ReadScope, limits: ReadLimits, servers: Servers): ReadSession {
  let transaction: ReadTransaction | undefined;
  /** Why nothing more is read; undefined while reads are answered. */
  let refusal: Error | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isRunning = false;
  let isWorking = false;
  /** Each runs its statement, and answers how to tell what came of it. */
  const waiting: (() => Promise<() => void>)[] = [];

  function read<T>(work: (tx: DbTransaction) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      waiting.push(async () => {
        try {
          const value = await readNow(work);
          return () => resolve(value);
        } catch (error) {
          return () => reject(error);
        }
      });
      if (!isWorking) {
        void workOff();
      }
    });
  }

  /**
   * One statement at a time, as the connection takes them anyway: Prisma 7.10 fulfils with undefined what stands behind a
   * failing statement of the same tick, and a row that was never read would be told as one that is not there. All are
   * answered together when none waits, so that what follows from one level of a query shares statements again.
   */
  async function workOff(): Promise<void> {
    isWorking = true;
    const answers: (() => void)[] = [];
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      answers.push(await next());
    }
    isWorking = false;
    for (const answer of answers) {
      answer();
    }
  }

  async function readNow<T>(work: (tx: DbTransaction) => Promise<T>): Promise<T> {
    throwIfOver();
    try {
      const tx = await begin();
      throwIfOver();
      return await runStatement(tx, work);
    } catch (error) {
      const known = toReadError(error);
      if (known instanceof Error && (isDomainError(known) || isFailedStatement(error))) {
        stop(known);
      }
      // What was cut is told by why it was cut.
      throw refusal ?? known;
    }
  }

  async function runStatement<T>(
    tx: DbTransaction,
    work: (tx: DbTransaction) => Promise<T>,
  ): Promise<T> {
    isRunning = true;
    try {
      return await work(tx);
    } finally {
      isRunning = false;
    }
  }

  function begin(): Promise<DbTransaction> {
    if (transaction === undefined) {
      transaction = openReadTransaction(scope, limits, servers);
      transaction.ready.then(
        () => {
          if (refusal === undefined) {
            timer = setTimeout(() => stop(tooSlow()), limits.holdMs);
          }
        },
        () => undefined,
      );
    }
    return transaction.ready;
  }

  function throwIfOver(): void {
    if (refusal !== undefined) {
      throw refusal;
    }
  }

  function stop(reason: Error): void {
    refusal ??= reason;
    clearTimeout(timer);
    if (isRunning) {
      transaction?.cancel();
    }
    void transaction?.end();
  }

  return {
    db: createLazyDb(read),
    query: <Row>(text: string, values: readonly unknown[]) =>
      read((tx) => tx.$queryRawUnsafe<Row[]>(text, ...values)),
    close: async () => {
      refusal ??= new Error('this answer is complete: it reads no more');
      clearTimeout(timer);
      await transaction?.end();
    },
    abort: stop,
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
