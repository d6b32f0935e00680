/**
 * The events of a generator, which can be ended also while it waits for the next one.
 * @param stop ends the wait of the generator; called as well when it ends by itself or fails
 */
export function stoppable<Event>(
  events: AsyncIterable<Event>,
  stop: () => void | Promise<void>,
): AsyncIterableIterator<Event> {
  async function* run(): AsyncGenerator<Event, undefined> {
    try {
      yield* events;
    } finally {
      await stop();
    }
  }
  const running = run();
  const iterator: AsyncIterableIterator<Event> = {
    [Symbol.asyncIterator]: () => iterator,
    next: () => running.next(),
    // Stop first: a generator that waits would otherwise only return after its next event.
    return: async () => {
      await stop();
      return running.return(undefined);
    },
  };
  return iterator;
}
