import type { Db } from './client.ts';
import { sqlState } from './sql-state.ts';

/** PostgreSQL's code for a lock that was waited for too long. */
const LOCK_NOT_AVAILABLE = '55P03';

/** Longer than the work under a lock may take, so that the lock never ends before it. */
const LOCK_TIMEOUT_MS = 120_000;
const MAX_WAIT_MS = 30_000;

/** So long one lock is waited for: the wait for two of them leaves half of the time for the work. */
const LOCK_WAIT_MS = 30_000;

/** Others held the lock all the time that it was waited for; the work was not begun. */
export class LockBusy extends Error {
  constructor(name: string, options?: ErrorOptions) {
    super(`the lock ${name} is held by others`, options);
    this.name = 'LockBusy';
  }
}

/**
 * Runs `work` while this process alone holds the named lock, over all processes on the database. The lock belongs to a
 * transaction, so it works through a pooler and is gone as soon as its connection is.
 * @throws LockBusy after 30 s
 */
export async function holdLock<T>(db: Db, name: string, work: () => Promise<T>): Promise<T> {
  return holdLocks(db, [name], work);
}

/**
 * Holds several locks, taken in the order given.
 * @throws LockBusy after 30 s of waiting for one of them
 */
export async function holdLocks<T>(
  db: Db,
  names: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  return db.$transaction(
    async (tx) => {
      try {
        await tx.$queryRaw`SELECT set_config('lock_timeout', ${`${LOCK_WAIT_MS}ms`}, true)`;
        for (const name of names) {
          await tx.$queryRaw`
            SELECT true AS locked FROM (SELECT pg_advisory_xact_lock(hashtextextended(${`throughline:${name}`}, 0))) AS l`;
        }
      } catch (error) {
        throw sqlState(error) === LOCK_NOT_AVAILABLE
          ? new LockBusy(names.join(', '), { cause: error })
          : error;
      }
      return work();
    },
    { maxWait: MAX_WAIT_MS, timeout: LOCK_TIMEOUT_MS },
  );
}
