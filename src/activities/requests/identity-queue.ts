import type { Db } from '../../db/core/client.ts';
import { holdLocks } from '../../db/core/advisory-lock.ts';

/** Somebody waits for INTERACTIVE requests: they go before those of syncs. */
export type RequestPriority = 'INTERACTIVE' | 'BACKGROUND';

/**
 * Runs work that talks to GitHub with one identity: one piece at a time, over all workers. None of its requests may last
 * beyond the deadline: others may ask from then on.
 * @throws LockBusy when other processes have held the queue's lock for half a minute
 */
export type IdentityQueue = <T>(
  identity: string,
  work: (deadline: AbortSignal) => Promise<T>,
  priority?: RequestPriority,
) => Promise<T>;

/**
 * GitHub asks for serial requests of one identity. Within this process the work queues in memory, syncs and interactive
 * requests apart, so that at most two connections an identity wait for the locks that order the processes; a lock ends
 * with its connection, also when we are killed. Syncs queue for a lock of their own first: an interactive request waits
 * for at most the one that is at work.
 * @param concurrentRequests pieces at a time: each holds a connection, and the work needs others of the same pool
 * @param cancellation of whoever asks: work that has not begun by then is not begun, and fails with its reason
 */
export function createIdentityQueue(
  db: Db,
  concurrentRequests: number,
  cancellation: () => AbortSignal | undefined = () => undefined,
): IdentityQueue {
  const tails = new Map<string, Promise<unknown>>();
  const queues: Readonly<Record<RequestPriority, (() => void)[]>> = {
    INTERACTIVE: [],
    BACKGROUND: [],
  };
  let free = Math.max(1, concurrentRequests);

  async function enterQueue(priority: RequestPriority): Promise<void> {
    if (free > 0) {
      free -= 1;
    } else {
      await new Promise<void>((resolve) => queues[priority].push(resolve));
    }
  }

  /** Lets the work in that has waited longest, interactive requests first. */
  function leaveQueue(): void {
    const next = queues.INTERACTIVE.shift() ?? queues.BACKGROUND.shift();
    if (next === undefined) {
      free += 1;
    } else {
      next();
    }
  }

  return async (identity, work, priority = 'BACKGROUND') => {
    const key = `${priority} ${identity}`;
    const locks = [
      ...(priority === 'BACKGROUND' ? [`github-background:${identity}`] : []),
      `github:${identity}`,
    ];
    const signal = cancellation();
    const before = tails.get(key) ?? Promise.resolve();
    const result = before
      .catch(() => undefined)
      .then(async () => {
        await enterQueue(priority);
        try {
          return await holdLocks(db, locks, (deadline) => {
            signal?.throwIfAborted();
            return work(deadline);
          });
        } finally {
          leaveQueue();
        }
      });
    tails.set(key, result);
    try {
      return await result;
    } finally {
      if (tails.get(key) === result) {
        tails.delete(key);
      }
    }
  };
}
