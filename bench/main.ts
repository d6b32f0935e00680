// `npm run bench -- usage|rollup|sync|gateway`: measures the figures that docs/benchmarks.md lists, and says which are missed.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import pg from 'pg';
import { openLab } from '../chaos/lab.ts';
import { createLogger } from '../src/runtime/core/logger.ts';
import { routeTemporalLogs } from '../src/runtime/temporal/worker.ts';
import { benchBeside } from './beside.ts';
import { openBenchDatabase, readSettings, TIER_1 } from './bench-database.ts';
import {
  type BenchResult,
  createFigures,
  type Figures,
  readResult,
  renderMarkdown,
  renderTable,
  writeResult,
} from './figures.ts';
import { benchGateway } from './gateway.ts';
import { describeMachine } from './machine.ts';
import { buildMeasuredWriter } from './measured-writer.ts';
import { benchRollup } from './rollup.ts';
import { runProgram } from './run-program.ts';
import { benchSync } from './sync.ts';
import { benchUsage } from './usage.ts';

const PROJECT_DIRECTORY = fileURLToPath(new URL('..', import.meta.url));
const RESULTS = join(PROJECT_DIRECTORY, 'bench', 'results');

interface Options {
  readonly quick: boolean;
  readonly json: boolean;
  readonly print: boolean;
  /** A commit whose sync is measured beside ours; of `sync` alone. */
  readonly beside?: string;
}

const BENCHES = {
  usage: 'rows of AI usage and of files: the bulk writer against other ways to write',
  rollup: 'weekly metrics: rebuilt, and brought up to date, against other ways to compute them',
  sync: 'the sync of a repository: requests, points, time and memory, against one list and four calls per pull request',
  gateway:
    'the gateway: hostile requests, what the limits on queries cost, and many subscriptions at once',
} as const;
type Name = keyof typeof BENCHES;

/** Sets the exit code: 1 when a figure misses its target. */
async function run(name: Name, options: Options): Promise<void> {
  await runProgram(async ({ onClose, onProgress }) => {
    if (options.print) {
      return { code: 0, output: renderMarkdown(await readResult(RESULTS, name)), summary: '' };
    }
    const result = await measure(name, options, onClose, onProgress);
    const path = await writeResult(RESULTS, result);
    const missed = result.figures.filter(({ met }) => met === false);
    return {
      code: missed.length === 0 ? 0 : 1,
      output: options.json ? `${JSON.stringify(result, null, 2)}\n` : `${renderTable(result)}\n`,
      summary: `${missed.length === 0 ? 'All figures are met' : `Missed: ${missed.map(({ key }) => key).join(', ')}`}; they are in ${path}\n`,
    };
  });
}

type OnClose = (name: string, close: () => Promise<void>) => void;

async function measure(
  name: Name,
  { quick, beside }: Options,
  onClose: OnClose,
  onProgress: (message: string) => void,
): Promise<BenchResult> {
  const startedAt = new Date().toISOString();
  const figures = createFigures(quick);
  const settings =
    name === 'sync'
      ? await measureSync(figures, { quick, beside, onClose, onProgress })
      : await measureDatabase(name, figures, { quick, onClose, onProgress });
  return {
    name,
    quick,
    machine: await describeMachine(PROJECT_DIRECTORY, settings['server_version'] ?? 'unknown'),
    settings,
    startedAt,
    command: `npm run bench -- ${name}${quick ? ' --quick' : ''}${beside === undefined ? '' : ` --beside ${beside}`}`,
    figures: figures.all,
  };
}

/** The sync needs Temporal, GitHub and workers beside PostgreSQL: the lab of the fault experiments has them. */
async function measureSync(
  figures: Figures,
  {
    quick,
    beside,
    onClose,
    onProgress,
  }: {
    readonly quick: boolean;
    readonly beside: string | undefined;
    readonly onClose: OnClose;
    readonly onProgress: (message: string) => void;
  },
): Promise<Record<string, string>> {
  if (beside !== undefined) {
    const bench = { projectDirectory: PROJECT_DIRECTORY, commit: beside, onProgress, onClose };
    await benchBeside(bench, figures, quick);
  }
  routeTemporalLogs(createLogger('silent'));
  const lab = await openLab({
    projectDirectory: PROJECT_DIRECTORY,
    seed: 0,
    quick,
    onProgress,
    postgres: TIER_1,
  });
  onClose('the lab', () => lab.close());
  await benchSync({ lab, projectDirectory: PROJECT_DIRECTORY, onProgress }, figures, quick);
  const client = new pg.Client({ connectionString: lab.postgres.superuserUrl });
  await client.connect();
  const settings = await readSettings(client);
  await client.end();
  return settings;
}

async function measureDatabase(
  name: Exclude<Name, 'sync'>,
  figures: Figures,
  {
    quick,
    onClose,
    onProgress,
  }: {
    readonly quick: boolean;
    readonly onClose: OnClose;
    readonly onProgress: (message: string) => void;
  },
): Promise<Record<string, string>> {
  const database = await openBenchDatabase({
    projectDirectory: PROJECT_DIRECTORY,
    superuserUrl: process.env['BENCH_DATABASE_URL'],
    onProgress,
  });
  onClose('PostgreSQL', () => database.close());
  const settings = await readSettings(database.superuser);
  if (name === 'usage') {
    const writer = await buildMeasuredWriter(PROJECT_DIRECTORY);
    onClose('the measured writer', () => writer.close());
    await benchUsage({ database, writer, onProgress }, figures, quick);
  } else if (name === 'rollup') {
    await benchRollup({ database, onProgress }, figures, quick);
  } else {
    const bench = { database, projectDirectory: PROJECT_DIRECTORY, onProgress };
    await benchGateway(bench, figures, quick);
  }
  return settings;
}

const program = new Command('bench').description(
  `Measures, prints the figures and writes them to bench/results. Ends with 1 when a figure misses its target.
PostgreSQL is started for it, unless BENCH_DATABASE_URL names one (as superuser, with pg_stat_statements loaded).`,
);
for (const [name, description] of Object.entries(BENCHES)) {
  const command = program
    .command(name)
    .description(description)
    .option('--quick', 'small sizes; only figures that are the same in every run are judged', false)
    .option('--json', 'print the result as JSON', false)
    .addOption(
      new Option('--print', 'print the last full result as Markdown, measure nothing').default(
        false,
      ),
    )
    .action((options: Options) => run(name as Name, options));
  if (name === 'sync') {
    command.option(
      '--beside <commit>',
      'measure the sync of an older commit too, in turn with ours',
    );
  }
}
await program.parseAsync();
