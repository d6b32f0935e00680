import { createLifetime, type Lifetime } from '../src/cli/core/lifetime.ts';
import { createProgressLine, PROCESS_CLOCK } from '../src/cli/core/progress.ts';
import type { Progress } from '../src/runtime/embedded/progress.ts';
import { SetupError } from '../src/runtime/embedded/setup-error.ts';

/** What a program's work may use. */
export interface ProgramScope {
  /** Registers what is ended after the work, also when it fails or is interrupted. */
  readonly onClose: Lifetime['onClose'];
  /** Shows what goes on, until the work has ended. */
  readonly onProgress: Progress;
}

/**
 * Runs the work of a program, prints what it answers and sets the exit code: that of the answer, 1 when it fails, 130
 * when it is interrupted. Work like this cannot be stopped half way; the servers and the files are ours to remove.
 */
export async function runProgram(
  work: (
    scope: ProgramScope,
  ) => Promise<{ readonly code: number; readonly output: string; readonly summary: string }>,
): Promise<void> {
  const lifetime = createLifetime(process, (message) => process.stderr.write(`${message}\n`));
  const progress = createProgressLine(process.stderr, PROCESS_CLOCK);
  lifetime.signal.addEventListener('abort', () => {
    progress.stop();
    process.stderr.write('Interrupted: what was started is ended.\n');
    void lifetime.close().then(() => process.exit(130));
  });
  try {
    const { code, output, summary } = await work({
      onClose: lifetime.onClose,
      onProgress: (message) => progress.update(message),
    });
    progress.stop();
    process.stdout.write(output);
    process.stderr.write(summary);
    process.exitCode = code;
  } catch (error) {
    progress.stop();
    process.stderr.write(
      `${error instanceof SetupError ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
    );
    process.exitCode = 1;
  } finally {
    await lifetime.close();
  }
}
