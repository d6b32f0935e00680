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
