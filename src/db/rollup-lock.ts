import type { Db, DbTransaction } from './client.ts';
import { withTeam } from './team-transaction.ts';

/** A rollup of many weeks of a large team may take this long. */
const ROLLUP_TIMEOUT_MS = 120_000;

/**
 * Runs `work` in a transaction of the team while no other rollup, chunk of a rebuild or flip of it runs. The lock is
 * taken before the first snapshot of `work`: an older look must not overwrite what a newer one has written.
 */
export async function withRollupLock<T>(
  db: Db,
  teamId: bigint,
  work: (tx: DbTransaction) => Promise<T>,
): Promise<T> {
  return withTeam(db, teamId, work, {
    timeoutMs: ROLLUP_TIMEOUT_MS,
    // They take turns: the second waits for as long as the first may take.
    lockTimeoutMs: ROLLUP_TIMEOUT_MS,
    advisoryLock: `roll-up:${teamId}`,
    joinsAsWritten: true,
  });
}
