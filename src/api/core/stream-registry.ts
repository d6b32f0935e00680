import { DomainError } from '../../domain/core/errors.ts';

export type StreamRegistry = ReturnType<typeof createStreamRegistry>;

/**
 * Breaks a stream off in the middle. Clients take a stream that completes for the end of what they follow, and one that
 * is cut for a lost connection: they ask again.
 */
export class StreamCut extends Error {}

/** Refused because of too much work at once: the same question may be answered in a few seconds. */
export function noPlaceForStream(): DomainError {
  return new DomainError(
    'OVERLOADED',
    'The server cannot take another subscription: try again in a few seconds.',
  );
}

/** Knows the streams that are open in this process. @param limit streams at a time */
export function createStreamRegistry(limit: number) {
  const controllers = new Set<AbortController>();
  let draining = false;
  return {
    /**
     * Counts a stream in; its controller aborts with a StreamCut when the process drains.
     * @throws DomainError OVERLOADED when there are too many
     */
    open: () => {
      if (draining || controllers.size >= limit) {
        throw noPlaceForStream();
      }
      const controller = new AbortController();
      controllers.add(controller);
      return { controller, close: () => void controllers.delete(controller) };
    },
    active: () => controllers.size,
    /** Cuts all streams, so that clients ask another gateway; later ones are refused. */
    endAll: () => {
      draining = true;
      for (const controller of controllers) {
        controller.abort(new StreamCut('the server is stopping: ask again'));
      }
    },
  };
}
