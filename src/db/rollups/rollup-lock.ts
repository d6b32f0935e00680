import { DomainError } from '../../domain/core/errors.ts';
import type { Db, DbTransaction } from '../core/client.ts';
import { LOCK_NOT_AVAILABLE, sqlState } from '../core/sql-state.ts';
import { withTeam, type TeamTransactionOptions } from '../core/team-transaction.ts';

/** A rollup of many weeks of a large team may take this long. */
const ROLLUP_TIMEOUT_MS = 120_000;

/**
 * How a transaction waits for the team's rollups, and keeps others from running: the lock is taken before its first
 * snapshot.
 * @param lockTimeoutMs how long to wait; by default for as long as a rollup may take
 */
export function rollupTransaction(
  teamId: bigint,
  lockTimeoutMs: number = ROLLUP_TIMEOUT_MS,
): TeamTransactionOptions {
  return {
    timeoutMs: ROLLUP_TIMEOUT_MS,
    lockTimeoutMs,
    advisoryLock: `roll-up:${teamId}`,
    joinsAsWritten: true,
  };
}

/**
 * Runs `work` in a transaction of the team while no other rollup, chunk of a rebuild or flip of it runs. The lock is
 * taken before the first snapshot of `work`: what was read earlier must not overwrite what was read later. The second of
 * two jobs waits for as long as the first may take.
 * @throws DomainError OVERLOADED when the lock is not free in time
 */
export async function withRollupLock<T>(
  db: Db,
  teamId: bigint,
  work: (tx: DbTransaction) => Promise<T>,
): Promise<T> {
  try {
    return await withTeam(db, teamId, work, rollupTransaction(teamId));
  } catch (error) {
    if (sqlState(error) === LOCK_NOT_AVAILABLE) {
      throw new DomainError(
        'OVERLOADED',
        "The team's weeks are being computed right now: try again in a few seconds.",
        { cause: error },
      );
    }
    throw error;
  }
}
