import type { Db } from '../db/client.ts';
import { holdLock } from '../db/advisory-lock.ts';

/** Runs work that talks to GitHub with one identity: one piece at a time, over all workers. */
export type GitHubLane = <T>(identity: string, work: () => Promise<T>) => Promise<T>;

/**
 * GitHub asks for serial requests of one identity. Within this process the work queues in memory, so that at most one
 * connection waits for the lock that orders the processes; the lock goes with its connection, also when we are killed.
 */
export function createGitHubLane(db: Db): GitHubLane {
  const tails = new Map<string, Promise<unknown>>();
  return async (identity, work) => {
    const before = tails.get(identity) ?? Promise.resolve();
    const turn = before.catch(() => undefined).then(() => holdLock(db, `github:${identity}`, work));
    tails.set(identity, turn);
    try {
      return await turn;
    } finally {
      if (tails.get(identity) === turn) {
        tails.delete(identity);
      }
    }
  };
}
