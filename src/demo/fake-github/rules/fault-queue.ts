/** How an answer that was right is spoilt on its way. */
export type Corruption =
  /** Half of it comes, and then nothing. */
  | 'STALLED'
  /** JSON that ends in its middle; the length is right for that. */
  | 'TRUNCATED'
  /** The header promises more bytes than come. */
  | 'WRONG_LENGTH'
  /** The connection is reset after half of it. */
  | 'RESET_IN_BODY'
  /** About a megabyte comes instead, which unpacks to a gigabyte. */
  | 'BOMB';

/** What goes wrong with the next request, instead of its answer. */
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
  | { readonly corruption: Corruption }
  /** The connection is torn down without an answer. */
  | 'reset';

/** Asked before every answer, in the order of the requests: what goes wrong with it, if anything. */
export type FaultChoice = () => Fault | null;

export interface FaultQueue {
  /** Lets the next `times` requests fail in this way, after those that were queued before. */
  add(fault: Fault, times: number): void;
  /** Lets requests that no fault waits for fail by choice. */
  choose(choice: FaultChoice): void;
  take(isGraphQL: boolean): Fault | null;
  /** Forgets those that did not happen yet, and the choice. */
  clear(): void;
}

/** An empty queue of faults, first in, first out. */
export function createFaultQueue(): FaultQueue {
  const queue: Fault[] = [];
  let choice: FaultChoice | null = null;
  return {
    add(fault, times) {
      queue.push(...Array.from({ length: times }, () => fault));
    },
    choose(next) {
      choice = next;
    },
    clear() {
      queue.length = 0;
      choice = null;
    },
    take(isGraphQL) {
      const [next] = queue;
      if (next === undefined) {
        return choice?.() ?? null;
      }
      const waits = typeof next === 'object' && 'graphqlErrors' in next && !isGraphQL;
      return waits ? null : (queue.shift() ?? null);
    },
  };
}
