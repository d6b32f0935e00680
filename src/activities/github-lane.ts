import type { Db } from '../db/client.ts';
import { holdLock } from '../db/advisory-lock.ts';

/** Runs work that talks to GitHub with one identity: one piece at a time, over all workers. */
export type GitHubLane = <T>(identity: string, work: () => Promise<T>) => Promise<T>;

/**
 * GitHub asks for serial requests of one identity. Within this process the work queues in memory, so that at most one
 * connection waits for the lock that orders the processes; the lock goes with its connection, also when we are killed.
 * @param lanes identities at a time: each holds a connection, and the work needs others of the same pool
 */
export function createGitHubLane(db: Db, lanes: number): GitHubLane {
  const tails = new Map<string, Promise<unknown>>();
  const queue: (() => void)[] = [];
  let free = Math.max(1, lanes);

  async function takeLane(): Promise<void> {
    if (free > 0) {
      free -= 1;
    } else {
      await new Promise<void>((resolve) => queue.push(resolve));
    }
  }

  /** Hands the lane to who waits longest. */
  function leaveLane(): void {
    const next = queue.shift();
    if (next === undefined) {
      free += 1;
    } else {
      next();
    }
  }

  return async (identity, work) => {
    const before = tails.get(identity) ?? Promise.resolve();
    const turn = before
      .catch(() => undefined)
      .then(async () => {
        await takeLane();
        try {
          return await holdLock(db, `github:${identity}`, work);
        } finally {
          leaveLane();
        }
      });
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
