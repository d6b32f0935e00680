import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { AI_USAGE_SOURCES } from '../domain/usage/ai-usage.ts';
import { MAX_RETENTION_DAYS, MIN_RETENTION_DAYS } from '../domain/retention/retention.ts';
import { renderSettingsHelp } from '../runtime/settings/settings-text.ts';
import { renderImportHelp } from './usage/import-help.ts';
import {
  collect,
  parseDayOrInstant,
  parsePrefix,
  parseSlug,
  wholeNumber,
} from './core/option-values.ts';
import { RETENTION_NAMES } from './retention/retention-flags.ts';
import { run } from './core/run-command.ts';
import { readVersion } from './core/version.ts';
import { addTeamCommands } from './teams/commands.ts';

const parseDays = wholeNumber('whole days', 1, 36_500);
const parseRetentionDays = wholeNumber('whole days', MIN_RETENTION_DAYS, MAX_RETENTION_DAYS);
const parseTop = wholeNumber('whole rows', 1, 1000);
const parseMaxErrors = wholeNumber('whole rows', 0, 100_000);

function parseCount(max: number): (text: string) => number {
  return wholeNumber('a whole number', 1, max);
}

/** What a shell is told of a command line that cannot be read, whatever is wrong with it. */
const USAGE_EXIT_CODE = 2;

/** All commands; a test goes through them. */
export const program = new Command('throughline')
  .description('Engineering metrics that can be followed back to the pull requests behind them.')
  .version(readVersion(), '--version', 'print the version')
  // Before the commands are added: each takes this over.
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : USAGE_EXIT_CODE))
  .showHelpAfterError()
  .addHelpText('after', () => `\n${renderSettingsHelp()}`);

program
  .command('start')
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
  .option('--team <slug>', 'the team of the named repositories (default: home)', parseSlug)
  .option('--exit', 'stop after the table', false)
  .option('--json', 'print what the table says as one JSON object on the last line', false)
  .addHelpText('after', () => `\n${renderSettingsHelp()}`)
  .action(run(async () => (await import('./start/start.ts')).start));

program
  .command('backfill')
  .description(
    'Fetch the history of repositories over the gateway that runs; a second start joins the first.',
  )
  .argument('[repositories...]', 'owner/name; all that the team has when none is named')
  .option('--team <slug>', 'the team to fetch for, when you have several')
  .addOption(
    new Option('--days <n>', 'how far back').argParser(parseDays).default(90).conflicts('since'),
  )
  .option('--since <date>', 'how far back, as a day or an instant', parseDayOrInstant)
  .option('--follow', 'show the progress until it ends; Ctrl-C leaves it running', false)
  .option('--run <id>', 'follow one that was started, instead of starting one')
  .addOption(new Option('--cancel <id>', 'end one after the pages that run').conflicts('run'))
  .option('--json', 'print one JSON object', false)
  .action(run(async () => (await import('./sync/backfill-command.ts')).backfillCommand));

program
  .command('gateway')
  .description('Serve the GraphQL API.')
  .action(run(async () => (await import('./serve/serve.ts')).serveGateway));

program
  .command('worker')
  .description('Work on the queues that WORKER_QUEUES names.')
  .action(run(async () => (await import('./serve/serve.ts')).serveWorkers));

program
  .command('migrate')
  .description('Bring the tables of the database up to date.')
  .action(run(async () => (await import('./core/database.ts')).migrateCommand));

program
  .command('drift')
  .description('Compare the database with the data model and the golden catalogue.')
  .action(run(async () => (await import('./core/database.ts')).driftCommand));

addTeamCommands(program);

const db = program.command('db').description('Manage the database.');

db.command('new')
  .description('Write the next migration from what changed in prisma/schema.prisma.')
  .argument('<name>', 'what it does, such as add_deployment')
  .action(run(async () => (await import('./database/new-migration.ts')).newMigrationCommand));

db.command('report')
  .description('Show what the database says of itself, and what to do.')
  .option('--top <n>', 'rows that each table shows (1 to 1000)', parseTop, 10)
  .option('--strict', 'end with exit code 1 when something is to be acted on', false)
  .option('--json', 'print one JSON object', false)
  .action(run(async () => (await import('./database/report.ts')).reportCommand));

db.command('identity')
  .description(
    'Show the identity by which Temporal knows this installation; a copy of a database needs a new one.',
  )
  .option('--new', 'give it a new one; runs of the former one are closed as abandoned', false)
  .option('--json', 'print one JSON object', false)
  .addHelpText(
    'after',
    '\nNeeds DATABASE_DIRECT_URL beside DATABASE_URL. Stop gateway and workers first.',
  )
  .action(run(async () => (await import('./database/identity.ts')).identityCommand));

program
  .command('import')
  .description('Read facts from files.')
  .command('ai-usage')
  .description('Read AI usage of members, per day, from a file into a team.')
  .argument('<file>', 'CSV or one JSON object a line, in UTF-8 or UTF-16; - for standard input')
  .requiredOption('--team <slug>', 'the team whose members it is about')
  .addOption(
    new Option('--source <tool>', 'the tool that was used')
      .choices(AI_USAGE_SOURCES)
      .makeOptionMandatory(),
  )
  .option('--dry-run', 'read and check everything, write nothing', false)
  .option('--skip-bad', 'write the good rows; without it one bad row keeps all out', false)
  .option('--sum', 'add up the rows of a member and day; without it a second one is bad', false)
  .option('--max-errors <n>', 'bad rows to show', parseMaxErrors, 100)
  .option('--json', 'print one JSON object', false)
  .addHelpText('after', renderImportHelp)
  .action(run(async () => (await import('./usage/import.ts')).importAiUsageCommand));

program
  .command('retention')
  .description('Remove AI usage and weekly metrics that are older than the teams keep them.')
  .option('--dry-run', 'show what would go, remove nothing', false)
  .option('--days <n>', 'instead of the settings of the teams (30 to 3650)', parseRetentionDays)
  .addOption(new Option('--kind <name>', 'one of them alone').choices(RETENTION_NAMES))
  .option('--team <slug>', 'one team alone; months that belong to all teams then stay')
  .option('--json', 'print one JSON object', false)
  .action(run(async () => (await import('./retention/retention.ts')).retentionCommand));

program
  .command('schedules')
  .description('Manage Temporal schedules.')
  .command('apply')
  .description(
    'Make the schedules of this installation, or change them to what they are meant to be.',
  )
  .action(run(async () => (await import('./serve/schedules.ts')).applySchedulesCommand));

program
  .command('secrets')
  .description('Manage the secrets in the database.')
  .command('rotate')
  .description(
    'Seal all secrets with THROUGHLINE_ENCRYPTION_KEY that THROUGHLINE_ENCRYPTION_KEYS_RETIRED have sealed.',
  )
  .action(run(async () => (await import('./connections/secrets.ts')).rotateSecretsCommand));

program
  .command('seed')
  .description('Write a made-up installation of any size, for demos and measurements.')
  .option('--teams <n>', 'teams', parseCount(1_000), 3)
  .option('--members <n>', 'members of each team', parseCount(100_000), 25)
  .option('--days <n>', 'days of history', parseDays, 130)
  .option(
    '--pull-requests <n>',
    'pull requests of each team (default: by members and days)',
    parseCount(1_000_000),
  )
  .option('--seed <n>', 'other numbers make other people and work', parseCount(2 ** 31), 1)
  .option('--prefix <slug>', 'slugs of the teams begin so', parsePrefix, 'seed')
  .option('--force', 'also in production, and beside other teams', false)
  .option('--json', 'print one JSON object', false)
  .action(run(async () => (await import('./database/seed.ts')).seedCommand));

/** A reader that has gone (`| head`) must not end us in the middle of shutting down. */
function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'EIO') {
        throw error;
      }
    });
  }
}

if (realpathSync(process.argv[1] ?? '.') === fileURLToPath(import.meta.url)) {
  outliveReaders();
  await program.parseAsync();
}
