/** Bytes that may be held at the same time. */
export interface ByteBudget {
  /** Takes so many bytes, all or none; whether they could be had. */
  take(bytes: number): boolean;
  give(bytes: number): void;
}

/** @param maxBytes that are held by all together */
export function createByteBudget(maxBytes: number): ByteBudget {
  let held = 0;
  return {
    take: (bytes) => {
      const hasRoom = held + bytes <= maxBytes;
      held += hasRoom ? bytes : 0;
      return hasRoom;
    },
    give: (bytes) => {
      held -= bytes;
    },
  };
}

/** The first bytes of each body are not counted: small ones have room while large ones fill the budget. */
export const UNCOUNTED_BYTES = 64 * 1024;

/** What is held of one body. */
export interface HeldBytes {
  /** Whether there is room for so many bytes more; never after the release. */
  take(bytes: number): boolean;
  /** Gives back what was taken; may be called more than once. */
  release(): void;
}

/** Holds the bytes of one body behind its first 64 KB in a budget that all share. */
export function createHeldBytes(budget: ByteBudget): HeldBytes {
  let read = 0;
  let counted = 0;
  let isOver = false;
  return {
    take: (bytes) => {
      const more = Math.max(0, read + bytes - UNCOUNTED_BYTES) - counted;
      if (isOver || !budget.take(more)) {
        return false;
      }
      read += bytes;
      counted += more;
      return true;
    },
    release: () => {
      budget.give(counted);
      counted = 0;
      isOver = true;
    },
  };
}
