/** How an answer that was right is spoilt on its way. */
export type Spoilt =
  /** Half of it comes, and then nothing. */
  | 'STALLED'
  /** JSON that ends in its middle; the length is right for that. */
  | 'TRUNCATED'
  /** The header promises more bytes than come. */
  | 'WRONG_LENGTH'
  /** The connection is reset after half of it. */
  | 'RESET_IN_BODY';

/** What goes wrong with the next request, in place of its answer. */
export type Fault =
  /** Any HTTP answer; `body` is sent as JSON, a text as it is. */
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    }
  /** Status 200 with errors. Waits for the next GraphQL request. */
  | { readonly graphqlErrors: readonly object[]; readonly data?: unknown }
  /** The secondary rate limit: 403, or 429 when asked, and no request allowed for so many seconds. */
  | { readonly retryAfter: number; readonly status?: 403 | 429 }
  /** The answer is worked out and counted, and spoilt on its way. */
  | { readonly spoilt: Spoilt }
  /** The connection is torn down without an answer. */
  | 'reset';

export interface FaultQueue {
  /** Lets the next `times` requests fail in this way, after those that were queued before. */
  add(fault: Fault, times: number): void;
  take(isGraphQL: boolean): Fault | null;
  /** Forgets those that did not happen yet. */
  clear(): void;
}

/** An empty queue of faults, first in, first out. */
export function createFaultQueue(): FaultQueue {
  const queue: Fault[] = [];
  return {
    add(fault, times) {
      queue.push(...Array.from({ length: times }, () => fault));
    },
    clear() {
      queue.length = 0;
    },
    take(isGraphQL) {
      const next = queue[0];
      const waits = typeof next === 'object' && 'graphqlErrors' in next && !isGraphQL;
      return next === undefined || waits ? null : (queue.shift() ?? null);
    },
  };
}
