import { AsyncLocalStorage } from 'node:async_hooks';

/** Counts the statements of each request apart, whoever sends them on its behalf. */
export interface RequestStatements {
  /** Runs the work of one request. */
  within<T>(work: () => Promise<T>): Promise<T>;
  /** Called for each statement of the process. */
  count(): void;
  /** Statements so far of the request that asks. */
  counted(): number;
}

/**
 * Follows a request through everything that it awaits. A statement that several requests share, such as the look-up of
 * their tokens at the same moment, counts for the one that began it.
 */
export function createRequestStatements(): RequestStatements {
  const storage = new AsyncLocalStorage<{ statements: number }>();
  return {
    within: (work) => storage.run({ statements: 0 }, work),
    count: () => {
      const request = storage.getStore();
      if (request !== undefined) {
        request.statements += 1;
      }
    },
    counted: () => storage.getStore()?.statements ?? 0,
  };
}
