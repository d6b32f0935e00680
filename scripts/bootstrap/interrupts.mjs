import { constants } from 'node:os';

/** npm passes a signal on that the terminal has already sent to everybody; both together are one Ctrl-C. */
const SAME_INTERRUPT_MS = 1000;
const PARENT_CHECK_MS = 500;

/** The conventional exit code of a process that a signal ended. */
export function exitCodeOf(signal) {
  return 128 + (constants.signals[signal] ?? 0);
}

/** An end that the user asked for, or that was already explained: a message, maybe empty, and an exit code. */
export class Ended extends Error {
  constructor(message, exitCode) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * Turns Ctrl-C, SIGTERM, a closed terminal and the death of the npm that runs us into calls of one handler, once for
 * each wish to stop. A wish while nobody handles it is kept for the next handler.
 */
export function createInterrupts() {
  let handler;
  let pending;
  let lastAt = -Infinity;

  function interrupt(signal) {
    const now = performance.now();
    if (now - lastAt < SAME_INTERRUPT_MS) {
      return;
    }
    lastAt = now;
    if (handler === undefined) {
      pending = signal;
    } else {
      handler(signal);
    }
  }

  process.on('SIGINT', () => interrupt('SIGINT'));
  process.on('SIGTERM', () => interrupt('SIGTERM'));
  process.on('SIGHUP', () => interrupt('SIGTERM'));

  // npm does not always pass on what ends it (kill -9 cannot be); what it started must not stay behind.
  const parent = process.ppid;
  const watch =
    process.env.npm_lifecycle_event === undefined
      ? undefined
      : setInterval(() => {
          if (process.ppid !== parent) {
            clearInterval(watch);
            interrupt('SIGTERM');
          }
        }, PARENT_CHECK_MS);
  watch?.unref();

  return {
    /** Runs `work` with `onInterrupt` as the handler of wishes to stop. */
    async during(onInterrupt, work) {
      handler = onInterrupt;
      if (pending !== undefined) {
        const signal = pending;
        pending = undefined;
        onInterrupt(signal);
      }
      try {
        return await work();
      } finally {
        handler = undefined;
      }
    },
    /** Throws when somebody wished to stop while nobody handled it. */
    check() {
      if (pending !== undefined) {
        throw new Ended('', exitCodeOf(pending));
      }
    },
    /** Lets the process end; a Ctrl-C in its last moments still must not change its exit code. */
    close() {
      clearInterval(watch);
    },
  };
}
