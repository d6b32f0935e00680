import { DomainError } from '../../domain/core/errors.ts';

export type StreamRegistry = ReturnType<typeof createStreamRegistry>;

/** Knows the streams that are open in this process. @param limit streams at a time */
export function createStreamRegistry(limit: number) {
  const controllers = new Set<AbortController>();
  let draining = false;
  return {
    /**
     * Counts a stream in; its controller aborts when the process drains.
     * @throws DomainError OVERLOADED when there are too many
     */
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
    /** Ends all streams; later ones are refused. */
    endAll: () => {
      draining = true;
      for (const controller of controllers) {
        controller.abort();
      }
    },
  };
}
