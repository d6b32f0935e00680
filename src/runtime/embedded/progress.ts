/** Told what goes on, in words for the person who waits. During a long step it is called about once a second. */
export type Progress = (message: string) => void;

const QUIET_MS = 2000;
const TICK_MS = 1000;

/** Minutes and seconds as 0:42. */
export function formatElapsed(elapsedMs: number): string {
  const seconds = Math.floor(elapsedMs / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/**
 * Runs `work`; when it takes more than two seconds, reports `message` with the time that went by, once a second.
 * Answers what `work` answers and fails as it fails.
 */
export async function reportLongStep<T>(
  progress: Progress,
  message: string,
  work: () => Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  const timer = setInterval(() => {
    const elapsedMs = performance.now() - startedAt;
    if (elapsedMs >= QUIET_MS) {
      progress(`${message} … ${formatElapsed(elapsedMs)}`);
    }
  }, TICK_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
