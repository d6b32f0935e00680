// `npm run chaos -- sync [--seed N] [--only F1,F13]`: makes faults on purpose and says what came of each.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { Command, InvalidArgumentError } from 'commander';
import { type BenchResult, type Figure, writeResult } from '../bench/figures.ts';
import { describeMachine } from '../bench/machine.ts';
import { runProgram, type ProgramScope } from '../bench/run-program.ts';
import { createLogger } from '../src/runtime/core/logger.ts';
import { routeTemporalLogs } from '../src/runtime/temporal/worker.ts';
import type { Experiment } from './experiment.ts';
import { openLab } from './lab.ts';
import { createExperimentRunner, type Outcome } from './experiment-runner.ts';
import { SYNC_EXPERIMENTS } from './sync.ts';

const PROJECT_DIRECTORY = fileURLToPath(new URL('..', import.meta.url));
const RESULTS = join(PROJECT_DIRECTORY, 'bench', 'results');
const DEFAULT_SEED = 7;

interface Options {
  readonly seed: number;
  readonly only: readonly string[];
  readonly quick: boolean;
  readonly json: boolean;
}

/** Sets the exit code: 1 when an experiment is not passed, 2 when there is none of that name. */
async function run(options: Options): Promise<void> {
  const chosen = SYNC_EXPERIMENTS.filter(
    ({ id }) => options.only.length === 0 || options.only.includes(id),
  );
  const unknown = options.only.filter((id) => chosen.every((each) => each.id !== id));
  if (unknown.length > 0) {
    const known = SYNC_EXPERIMENTS.map(({ id }) => id).join(', ');
    process.stderr.write(`There is no experiment ${unknown.join(', ')}; there are ${known}.\n`);
    process.exitCode = 2;
    return;
  }
  routeTemporalLogs(createLogger('silent'));
  await runProgram(async (scope) => {
    const startedAt = new Date().toISOString();
    const outcomes = await runAll(chosen, options, scope);
    const result: BenchResult = {
      name: 'chaos-sync',
      quick: options.quick,
      machine: await describeMachine(PROJECT_DIRECTORY, '18'),
      settings: { seed: String(options.seed) },
      startedAt,
      command: commandOf(options),
      figures: outcomes.map(toFigure),
    };
    const path = await writeResult(RESULTS, result);
    const failed = outcomes.filter(({ passed }) => !passed);
    return {
      code: failed.length === 0 ? 0 : 1,
      output: options.json
        ? `${JSON.stringify({ ...result, outcomes }, null, 2)}\n`
        : `${renderOutcomes(outcomes)}\n`,
      summary: `${failed.length === 0 ? 'All are passed' : `Not passed: ${failed.map(({ id }) => id).join(', ')}`}; ${path}\n`,
    };
  });
}

async function runAll(
  experiments: readonly Experiment[],
  { seed, quick }: Options,
  { onClose, onProgress }: ProgramScope,
): Promise<readonly Outcome[]> {
  const runExperiment = createExperimentRunner(process, (message) =>
    process.stderr.write(`${message}\n`),
  );
  const lab = await openLab({ projectDirectory: PROJECT_DIRECTORY, seed, quick, onProgress });
  onClose('the lab', () => lab.close());
  const outcomes: Outcome[] = [];
  for (const experiment of experiments) {
    outcomes.push(await runExperiment(experiment, lab));
  }
  return outcomes;
}

/** What repeats the run. */
function commandOf({ seed, only, quick }: Options): string {
  return [
    `npm run chaos -- sync --seed ${seed}`,
    ...(only.length > 0 ? [`--only ${only.join(',')}`] : []),
    ...(quick ? ['--quick'] : []),
  ].join(' ');
}

function toFigure({ id, passed }: Outcome): Figure {
  return { key: id, value: passed ? 1 : 0, unit: 'passed', target: '= 1', met: passed };
}

function renderOutcomes(outcomes: readonly Outcome[]): string {
  const table = new Table({
    head: ['', 'fault', 'passes when', 'measured', 's', ''],
    colWidths: [5, 26, 36, 58, 6, 8],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  for (const { id, fault, criterion, measured, seconds, passed } of outcomes) {
    table.push([id, fault, criterion, measured, seconds.toFixed(0), passed ? 'passed' : 'FAILED']);
  }
  return table.toString();
}

function toSeed(text: string): number {
  const seed = Number(text);
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new InvalidArgumentError('Give a whole number from 0 on.');
  }
  return seed;
}

const program = new Command('chaos').description(
  `Makes faults on purpose, prints what came of each and writes it to bench/results. Ends with 1 when one is not passed.
PostgreSQL and Temporal are started for it.`,
);
program
  .command('sync')
  .description('faults of a sync of GitHub history (reliability.md G)')
  .option('--seed <number>', 'repeats a run', toSeed, DEFAULT_SEED)
  .option(
    '--only <ids>',
    'experiments to run, separated by commas',
    (text: string) => text.split(','),
    [],
  )
  .option('--quick', 'fewer kills and shorter outages, for CI', false)
  .option('--json', 'print the result as JSON', false)
  .action(run);
await program.parseAsync();
