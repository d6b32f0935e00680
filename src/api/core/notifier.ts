export type Notifier = ReturnType<typeof createNotifier>;

/** Wakes one waiter. A ring while nobody waits is kept; several are one. */
export function createNotifier() {
  let isNotified = false;
  let wake: (() => void) | undefined;
  return {
    notify: () => {
      isNotified = true;
      wake?.();
    },
    /** Resolves at the next ring, after `ms`, or when the signal aborts. */
    wait: async (ms: number, signal: AbortSignal): Promise<void> => {
      if (!isNotified && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(done, ms);
          signal.addEventListener('abort', done);
          wake = done;
          function done(): void {
            clearTimeout(timer);
            signal.removeEventListener('abort', done);
            wake = undefined;
            resolve();
          }
        });
      }
      isNotified = false;
    },
  };
}
