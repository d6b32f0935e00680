import { fileURLToPath } from 'node:url';
import { sentenceOf } from '../../runtime/core/expected-error.ts';
import { parseConfig } from '../../runtime/settings/config.ts';
import { loadEnvironment } from '../../runtime/settings/environment.ts';
import type { CommandContext } from './command.ts';
import { GatewayError } from './asking-again.ts';
import { createLifetime } from './lifetime.ts';
import { createProgressLine, PROCESS_CLOCK } from './progress.ts';

const CRASH_CLOSE_MS = 60_000;
const PROJECT_DIRECTORY = fileURLToPath(new URL('../../..', import.meta.url));

function report(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Makes an action of a command, which is loaded when it is called: the other commands need not be there. */
export function run<Args extends readonly unknown[]>(
  load: () => Promise<(context: CommandContext, ...args: Args) => Promise<number>>,
): (...args: Args) => Promise<void> {
  return (...args) => runToEnd(async (context) => (await load())(context, ...args));
}

/** Runs a command; whatever it registered is ended afterwards, also after a failure. */
async function runToEnd(command: (context: CommandContext) => Promise<number>): Promise<void> {
  const lifetime = createLifetime(process, report);
  const progress = createProgressLine(process.stderr, PROCESS_CLOCK);
  let hasCrashed = false;
  try {
    const environment = loadEnvironment(process.cwd(), process.env);
    const config = parseConfig(environment);
    const working = command({
      config,
      environment,
      projectDirectory: PROJECT_DIRECTORY,
      lifetime,
      progress,
      input: process.stdin,
      print: (text) => void process.stdout.write(text),
    });
    const crashed = lifetime.crashed.catch((error: unknown) => {
      hasCrashed = true;
      // What has crashed may be unable to close; it must not stay for that.
      setTimeout(() => process.exit(1), CRASH_CLOSE_MS).unref();
      throw error;
    });
    process.exitCode = await Promise.race([working, crashed]);
  } catch (error) {
    process.exitCode = lifetime.signal.aborted ? 130 : 1;
    progress.stop();
    if (!lifetime.signal.aborted) {
      report(explain(error));
    }
  } finally {
    progress.stop();
    if (lifetime.signal.aborted) {
      report('Stopping …');
    }
    await lifetime.close();
  }
  if (lifetime.signal.aborted || hasCrashed) {
    // What was given up half way, such as a build, must not keep us.
    process.exit();
  }
}

/** One sentence for what a user can mend; a defect shows its stack, so that it can be reported. */
function explain(error: unknown): string {
  const sentence = error instanceof GatewayError ? error.message : sentenceOf(error);
  return sentence ?? (error instanceof Error ? (error.stack ?? error.message) : String(error));
}
