import { once } from 'node:events';

/** How long a command lives, and what it ends when it stops. */
export interface Lifetime {
  /** Aborted by Ctrl-C and SIGTERM; the start script sends one when it is asked to stop, or is gone. */
  readonly signal: AbortSignal;
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
  host.on('SIGINT', abort);
  host.on('SIGTERM', abort);
  return {
    signal: controller.signal,
    onClose(name, close) {
      closers.push({ name, close });
    },
    async close() {
      for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) {
        try {
          await closer.close();
        } catch (error) {
          report(
            `${closer.name} did not stop cleanly: ${error instanceof Error ? error.message : String(error)}`,
          );
        }
      }
      host.off('SIGINT', abort);
      host.off('SIGTERM', abort);
    },
  };
}

/** Resolves when the signal is aborted. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) {
    await once(signal, 'abort');
  }
}
