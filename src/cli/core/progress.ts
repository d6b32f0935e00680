import ora from 'ora';

/** One live line on a terminal; plain lines, not too many, where there is none. */
export interface ProgressLine {
  /**
   * @param reason why nothing moves on, empty where it does; where there is no terminal, another one is a line at once, unless
   * one was within the last ten seconds: waits may come and go with each page
   */
  update(message: string, reason?: string): void;
  /** Width of the terminal, in characters; null where there is none: a message is one line then. */
  readonly columns: () => number | null;
  /** Leaves a line that stays. */
  done(message: string): void;
  /** Leaves a line that stays, beside what goes on. */
  note(message: string): void;
  /** Leaves a line that stays, about what is not as it should be. */
  warn(message: string): void;
  stop(): void;
}

/** Lines of a log file: often enough to see that it lives. */
const PLAIN_INTERVAL_MS = 10_000;

export interface ProgressClock {
  /** Milliseconds that only grow. */
  readonly now: () => number;
  /** Calls back once after so many milliseconds, unless what it answers is called before. */
  readonly after: (delayMs: number, call: () => void) => () => void;
}

/** The clock of the process; what it is to call does not keep the process alive. */
export const PROCESS_CLOCK: ProgressClock = {
  now: () => performance.now(),
  after: (delayMs, call) => {
    const timer = setTimeout(call, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

export function createProgressLine(stream: NodeJS.WriteStream, clock: ProgressClock): ProgressLine {
  return stream.isTTY ? createLiveLine(stream) : createPlainLines(stream, clock);
}

function createLiveLine(stream: NodeJS.WriteStream): ProgressLine {
  const spinner = ora({ stream, discardStdin: false });
  /** Leaves a line, and goes on with what was shown. */
  function beside(leaveLine: () => void): void {
    const shown = spinner.isSpinning ? spinner.text : null;
    leaveLine();
    if (shown !== null) {
      spinner.start(shown);
    }
  }
  return {
    columns: () => stream.columns,
    update(message) {
      spinner.text = message;
      if (!spinner.isSpinning) {
        spinner.start();
      }
    },
    done(message) {
      spinner.succeed(message);
    },
    note: (message) => beside(() => spinner.info(message)),
    warn: (message) => beside(() => spinner.warn(message)),
    stop() {
      spinner.stop();
    },
  };
}

/** What is held back is written when its time has come, or before whatever follows it, so that the last is never lost. */
function createPlainLines(stream: NodeJS.WriteStream, clock: ProgressClock): ProgressLine {
  let nextAt = Number.NEGATIVE_INFINITY;
  let last = '';
  let lastReason = '';
  let nextReasonAt = Number.NEGATIVE_INFINITY;
  let held: { readonly message: string; readonly forget: () => void } | undefined;

  function write(message: string): void {
    held?.forget();
    held = undefined;
    last = message;
    stream.write(`${message}\n`);
  }

  function writeHeld(): void {
    if (held !== undefined) {
      nextAt = clock.now() + PLAIN_INTERVAL_MS;
      write(held.message);
    }
  }

  function leave(message: string): void {
    writeHeld();
    stream.write(`${message}\n`);
  }

  return {
    columns: () => null,
    update(message, reason = '') {
      const now = clock.now();
      const isNews = reason !== '' && reason !== lastReason && now >= nextReasonAt;
      lastReason = reason;
      if (isNews) {
        nextReasonAt = now + PLAIN_INTERVAL_MS;
      }
      if (isNews || now >= nextAt) {
        if (isNews || message !== last) {
          nextAt = now + PLAIN_INTERVAL_MS;
          write(message);
        }
        return;
      }
      held?.forget();
      held =
        message === last ? undefined : { message, forget: clock.after(nextAt - now, writeHeld) };
    },
    done(message) {
      // It is the last one itself.
      write(message);
    },
    note: leave,
    warn: leave,
    stop: writeHeld,
  };
}
