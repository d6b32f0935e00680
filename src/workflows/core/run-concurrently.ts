/**
 * Works a queue off from its front, at most `limit` items at a time, until it is empty or `mayBegin` says no more; what
 * runs is awaited, also after a failure. What was not begun stays in the queue.
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
