import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import { isDomainError } from '../domain/errors.ts';
import { ConfigError, parseConfig } from '../runtime/config.ts';
import { loadEnvironment } from '../runtime/environment.ts';
import { SetupError } from '../runtime/embedded/setup-error.ts';
import { renderSettingsHelp } from '../runtime/settings.ts';
import type { CommandContext } from './command.ts';
import { GatewayError } from './graphql-client.ts';
import { createLifetime } from './lifetime.ts';
import { createProgressLine } from './progress.ts';

const PROJECT_DIRECTORY = fileURLToPath(new URL('../..', import.meta.url));

function print(text: string): void {
  process.stdout.write(text);
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Runs a command; whatever it registered is ended afterwards, also after a failure. */
async function run(command: (context: CommandContext) => Promise<number>): Promise<void> {
  const lifetime = createLifetime(process, tell);
  const progress = createProgressLine(process.stderr, () => performance.now());
  try {
    const environment = loadEnvironment(process.cwd(), process.env);
    const config = parseConfig(environment);
    process.exitCode = await command({
      config,
      environment,
      projectDirectory: PROJECT_DIRECTORY,
      lifetime,
      progress,
      print,
    });
  } catch (error) {
    process.exitCode = lifetime.signal.aborted ? 130 : 1;
    progress.stop();
    if (!lifetime.signal.aborted) {
      tell(explain(error));
    }
  } finally {
    progress.stop();
    if (lifetime.signal.aborted) {
      tell('Stopping …');
    }
    await lifetime.close();
  }
  if (lifetime.signal.aborted) {
    // What was given up half way, such as a build, must not keep us.
    process.exit();
  }
}

/** One sentence for what a user can mend; a defect shows its stack, so that it can be reported. */
function explain(error: unknown): string {
  if (
    isDomainError(error) ||
    error instanceof ConfigError ||
    error instanceof SetupError ||
    error instanceof GatewayError
  ) {
    return error.message;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function parseDays(text: string): number {
  const days = Number(text);
  if (!Number.isInteger(days) || days < 1 || days > 36_500) {
    throw new InvalidArgumentError('give whole days, 1 to 36500.');
  }
  return days;
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

interface StartFlags {
  readonly days?: number;
  readonly recording: readonly string[];
  readonly exit: boolean;
  readonly json: boolean;
}

/** A reader that has gone (`| head`) must not end us in the middle of shutting down. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') {
      throw error;
    }
  });
}

const program = new Command('throughline')
  .description('Engineering metrics that can be followed back to the pull requests behind them.')
  .addHelpText('after', () => `\n${renderSettingsHelp()}`);

program
  .command('start', { isDefault: true })
  .description(
    'Start everything, sync repositories and show the metrics of the team; stays up until Ctrl-C.',
  )
  .argument(
    '[repositories...]',
    'owner/name of repositories on GitHub (needs GITHUB_TOKEN); without any, a made-up organisation',
  )
  .option('--days <n>', 'how far back to fetch (default: 90, a recording whole)', parseDays)
  .addOption(
    new Option('--recording <folder>', 'serve recorded pull requests; may be repeated')
      .argParser(collect)
      .default([], 'none'),
  )
  .option('--exit', 'stop after the table', false)
  .option('--json', 'print what the table says as one JSON object on the last line', false)
  .addHelpText('after', () => `\n${renderSettingsHelp()}`)
  .action((names: readonly string[], flags: StartFlags) =>
    run(async (context) => {
      const { start } = await import('./start.ts');
      return start({
        ...context,
        names,
        recordings: flags.recording,
        days: flags.days ?? null,
        exit: flags.exit,
        json: flags.json,
      });
    }),
  );

program
  .command('gateway')
  .description('Serve the GraphQL API.')
  .action(() => run(async (context) => (await import('./serve.ts')).serveGateway(context)));

program
  .command('worker')
  .description('Work on the queues that WORKER_QUEUES names.')
  .action(() => run(async (context) => (await import('./serve.ts')).serveWorkers(context)));

program
  .command('migrate')
  .description('Bring the tables of the database up to date.')
  .action(() => run(async (context) => (await import('./database.ts')).migrateCommand(context)));

program
  .command('drift')
  .description('Compare the database with the data model and the golden catalogue.')
  .action(() => run(async (context) => (await import('./database.ts')).driftCommand(context)));

await program.parseAsync();
