import type { Db } from './client.ts';

/** Longer than the work under a lock may take, so that the lock never ends before it. */
const LOCK_TIMEOUT_MS = 120_000;
const MAX_WAIT_MS = 30_000;

/**
 * Runs `work` while this process alone holds the named lock, over all processes on the database. The lock belongs to a
 * transaction, so it works through a pooler and is gone as soon as its connection is.
 */
export async function holdLock<T>(db: Db, name: string, work: () => Promise<T>): Promise<T> {
  return db.$transaction(
    async (tx) => {
      await tx.$queryRaw`
        SELECT true AS locked FROM (SELECT pg_advisory_xact_lock(hashtextextended(${`throughline:${name}`}, 0))) AS l`;
      return work();
    },
    { maxWait: MAX_WAIT_MS, timeout: LOCK_TIMEOUT_MS },
  );
}
