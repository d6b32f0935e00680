import { processIdentity } from './process-identity.mjs';

const LOOK_MS = 1_000;

/**
 * Tells once when a process has ended, within about a second. What watches does not keep this process alive.
 * @returns ends that watch; to be called before the process is stopped on purpose
 */
export function watchProcess(pid: number, onEnded: () => void, lookMs = LOOK_MS): () => void {
  const watch = { isLooking: false, isOver: false };
  const timer = setInterval(() => {
    if (!watch.isLooking) {
      watch.isLooking = true;
      void look();
    }
  }, lookMs);
  timer.unref();

  function stop(): void {
    watch.isOver = true;
    clearInterval(timer);
  }

  async function look(): Promise<void> {
    const identity = await processIdentity(pid);
    watch.isLooking = false;
    if (identity === undefined && !watch.isOver) {
      stop();
      onEnded();
    }
  }

  return stop;
}
