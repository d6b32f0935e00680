import { once } from 'node:events';

/** How long a command lives, and what it ends when it stops. */
export interface Lifetime {
  /** Aborted by Ctrl-C and SIGTERM; the start script sends one when it is asked to stop, or is gone. */
  readonly signal: AbortSignal;
  /** Rejects with what nobody caught: the command is over then, and what it started is ended as after any failure. */
  readonly crashed: Promise<never>;
  /** Ends the command with this failure, as what nobody caught does; does nothing while it closes. */
  fail(error: Error): void;
  /** Registers what is to be ended; the last registered is ended first. */
  onClose(name: string, close: () => Promise<void>): void;
  /** Ends everything that was registered; each failure is told and the rest is ended all the same. */
  close(): Promise<void>;
}

/** Only the parts of `process` that matter, so that tests can play them. */
export type ProcessSignals = Pick<NodeJS.Process, 'on' | 'off'>;

export function createLifetime(host: ProcessSignals, report: (message: string) => void): Lifetime {
  const controller = new AbortController();
  const closers: { name: string; close: () => Promise<void> }[] = [];
  const abort = (): void => controller.abort();
  let crash: (error: unknown) => void = () => undefined;
  const crashed = new Promise<never>((_resolve, reject) => {
    crash = reject;
  });
  crashed.catch(() => undefined);
  let isClosing = false;
  const onUncaught = (error: unknown): void => {
    if (isClosing) {
      report(describe(error));
    } else {
      crash(error);
    }
  };
  host.on('SIGINT', abort);
  host.on('SIGTERM', abort);
  // Also what rejects unhandled comes here.
  host.on('uncaughtException', onUncaught);
  return {
    signal: controller.signal,
    crashed,
    fail: (error) => {
      if (!isClosing) {
        crash(error);
      }
    },
    onClose(name, close) {
      closers.push({ name, close });
    },
    async close() {
      isClosing = true;
      for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) {
        try {
          await closer.close();
        } catch (error) {
          report(`${closer.name} did not stop cleanly: ${describe(error)}`);
        }
      }
      host.off('SIGINT', abort);
      host.off('SIGTERM', abort);
      host.off('uncaughtException', onUncaught);
    },
  };
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Resolves when the signal is aborted. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) {
    await once(signal, 'abort');
  }
}
