import type { RunningWorkers } from '../../runtime/application.ts';
import { sentenceOf } from '../../runtime/core/expected-error.ts';
import { SetupError } from '../../runtime/embedded/setup-error.ts';

/**
 * Resolves when workers have stopped because the command was told to; nobody has to wait for it.
 * @throws SetupError, with what they ended with, when they have ended unasked: nothing is worked on any more
 */
export function untilWorkersStop(
  workers: Pick<RunningWorkers, 'done'>,
  signal: AbortSignal,
): Promise<void> {
  const stopped = (async () => {
    const reason = await workers.done.then(
      () => null,
      (error: unknown) => sentenceOf(error) ?? firstLine(error),
    );
    if (reason !== null || !signal.aborted) {
      throw new SetupError(
        `The workers have ended${reason === null ? '' : ` (${reason})`}: run the command again.`,
      );
    }
  })();
  stopped.catch(() => undefined);
  return stopped;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
