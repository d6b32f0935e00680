import { overloaded } from '../core/database-errors.ts';

/** How many reads of one user hold a connection at a time. */
export interface UserPlaces {
  /**
   * Waits for a place; those who wait longest come first.
   * @returns gives the place back; may be called twice
   * @throws DomainError OVERLOADED when none comes free in time
   */
  take(userId: bigint): Promise<() => void>;
}

interface UserReads {
  taken: number;
  /** Each is called when a place is its own. */
  readonly waiting: Set<() => void>;
}

/**
 * Reads that wait for a lock hold their connections. Without this one user whose reads do so keeps everybody else from the
 * pool. Nothing is kept of a user without reads.
 * @param placesEach at the least 1
 * @param maxWaitMs how long a place is waited for
 */
export function createUserPlaces(placesEach: number, maxWaitMs: number): UserPlaces {
  const users = new Map<bigint, UserReads>();

  function giveBack(userId: bigint, user: UserReads): void {
    const [next] = user.waiting;
    if (next !== undefined) {
      user.waiting.delete(next);
      next();
      return;
    }
    user.taken -= 1;
    if (user.taken === 0) {
      users.delete(userId);
    }
  }

  return {
    async take(userId) {
      const user = users.get(userId) ?? { taken: 0, waiting: new Set() };
      users.set(userId, user);
      if (user.taken < placesEach) {
        user.taken += 1;
      } else {
        await waitIn(user.waiting, maxWaitMs);
      }
      let isTaken = true;
      return () => {
        if (isTaken) {
          isTaken = false;
          giveBack(userId, user);
        }
      };
    },
  };
}

/** @throws DomainError OVERLOADED when it is nobody's turn in time */
function waitIn(waiting: Set<() => void>, maxWaitMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const take = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      waiting.delete(take);
      reject(overloaded());
    }, maxWaitMs);
    waiting.add(take);
  });
}
