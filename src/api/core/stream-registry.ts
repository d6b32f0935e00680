import { DomainError } from '../../domain/core/errors.ts';

/** Streams that are open in this process. */
export interface StreamRegistry {
  /**
   * Counts a stream in; its controller aborts when the process drains.
   * @throws DomainError OVERLOADED when there are too many
   */
  open(): OpenStream;
  readonly active: () => number;
  /** Ends all streams; later ones are refused. */
  endAll(): void;
}

export interface OpenStream {
  readonly controller: AbortController;
  close(): void;
}

/** @param limit streams at a time */
export function createStreamRegistry(limit: number): StreamRegistry {
  const controllers = new Set<AbortController>();
  let draining = false;
  return {
    open: () => {
      if (draining || controllers.size >= limit) {
        throw new DomainError(
          'OVERLOADED',
          'The server cannot take another subscription: try again in a few seconds.',
        );
      }
      const controller = new AbortController();
      controllers.add(controller);
      return { controller, close: () => void controllers.delete(controller) };
    },
    active: () => controllers.size,
    endAll: () => {
      draining = true;
      for (const controller of controllers) {
        controller.abort();
      }
    },
  };
}
