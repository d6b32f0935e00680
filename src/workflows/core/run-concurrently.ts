/**
 * Works through a queue from its front, at most `limit` items at a time, until it is empty or `mayBegin` answers false.
 * Items that have begun are awaited, also after a failure; items that have not begun stay in the queue.
 */
export async function runConcurrently<Item>(
  queue: Item[],
  limit: number,
  mayBegin: () => boolean,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const worker = async (): Promise<void> => {
    while (mayBegin()) {
      const item = queue.shift();
      if (item === undefined) {
        return;
      }
      await work(item);
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: Math.max(1, limit) }, worker));
  const failed = workers.find((settled) => settled.status === 'rejected');
  if (failed !== undefined) {
    throw failed.reason;
  }
}
