import { toArrayLiteral } from './array-literal.ts';
import type { Db, DbTransaction } from './client.ts';
import { LOCK_NOT_AVAILABLE, sqlState } from './sql-state.ts';

/** The transaction of a lock is ended after three minutes, and the lock with it, whatever the work does. */
const LOCK_TIMEOUT_MS = 180_000;

/** When work under a lock must end: half a minute before the lock does, with the wait for it included. */
const DEADLINE_MS = 150_000;

const MAX_WAIT_MS = 30_000;

/** How long one lock is waited for: after the wait for two of them the work has a minute and a half. */
const LOCK_WAIT_MS = 30_000;

/** Others held the lock all the time that it was waited for; the work was not begun. */
export class LockBusy extends Error {
  constructor(name: string, options?: ErrorOptions) {
    super(`the lock ${name} is held by others`, options);
    this.name = 'LockBusy';
  }
}

/**
 * Holds a named lock to the end of the transaction: what is counted after it stays as it is, as far as all who change it
 * take it.
 */
export async function lockTransaction(tx: DbTransaction, name: string): Promise<void> {
  await tx.$queryRaw`
    SELECT true AS locked FROM (SELECT pg_advisory_xact_lock(hashtextextended(${`throughline:${name}`}, 0))) AS l`;
}

/**
 * Runs `work` while this process alone holds the named locks, over all processes on the database; they are taken in the
 * order given. They belong to a transaction, so they work through a pooler and are gone as soon as its connection is. The
 * work must end by `deadline`: the locks go soon after it.
 * @param deadlineMs since the first lock was asked for, 150 s
 * @throws LockBusy after 30 s of waiting for one of them
 */
export async function holdLocks<T>(
  db: Db,
  names: readonly string[],
  work: (deadline: AbortSignal) => Promise<T>,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  return db.$transaction(
    async (tx) => {
      const deadline = AbortSignal.timeout(deadlineMs);
      try {
        await tx.$queryRaw`
          SELECT pg_advisory_xact_lock(hashtextextended('throughline:' || name, 0))::text
          FROM (SELECT set_config('lock_timeout', ${`${LOCK_WAIT_MS}ms`}, true)) AS bounded,
            unnest(${toArrayLiteral(names)}::text::text[]) AS name`;
      } catch (error) {
        throw sqlState(error) === LOCK_NOT_AVAILABLE
          ? new LockBusy(names.join(', '), { cause: error })
          : error;
      }
      return work(deadline);
    },
    { maxWait: MAX_WAIT_MS, timeout: LOCK_TIMEOUT_MS },
  );
}
