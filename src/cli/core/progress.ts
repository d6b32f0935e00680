import ora from 'ora';

/** One live line on a terminal; plain lines, not too many, where there is none. */
export interface ProgressLine {
  update(message: string): void;
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
const PLAIN_INTERVAL_MS = 2_000;

export function createProgressLine(stream: NodeJS.WriteStream, clock: () => number): ProgressLine {
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

function createPlainLines(stream: NodeJS.WriteStream, clock: () => number): ProgressLine {
  let lastAt = Number.NEGATIVE_INFINITY;
  let last = '';
  return {
    columns: () => null,
    update(message) {
      if (message !== last && clock() - lastAt >= PLAIN_INTERVAL_MS) {
        stream.write(`${message}\n`);
        last = message;
        lastAt = clock();
      }
    },
    done(message) {
      stream.write(`${message}\n`);
      last = message;
    },
    note(message) {
      stream.write(`${message}\n`);
    },
    warn(message) {
      stream.write(`${message}\n`);
    },
    stop() {},
  };
}
