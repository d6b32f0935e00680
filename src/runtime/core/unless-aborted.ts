import { once } from 'node:events';

/**
 * Waits for work until a signal is aborted; what then becomes of the work is nobody's concern.
 * @throws the signal's reason when it is aborted
 */
export async function unlessAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const over = new AbortController();
  const aborted = once(signal, 'abort', { signal: over.signal }).then(() => {
    throw signal.reason;
  });
  try {
    // A throw of work itself is a rejection too, so that the other promise is always waited for.
    return await Promise.race([(async () => work())(), aborted]);
  } finally {
    // Otherwise the signal would hold on to us for as long as it lives.
    over.abort();
  }
}
