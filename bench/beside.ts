import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median, type Figures } from './figures.ts';
import type { SyncCostOptions, SyncCosts } from './sync-cost.ts';

const run = promisify(execFile);

/** The program that measures; its file goes into the older commit, whose code it then runs. */
const PROGRAM = join('bench', 'sync-cost.ts');

export interface BesideBench {
  readonly projectDirectory: string;
  /** What the sync is compared with. */
  readonly commit: string;
  readonly onProgress: (message: string) => void;
  readonly onClose: (name: string, close: () => Promise<void>) => void;
}

interface Comparison {
  readonly name: string;
  readonly options: SyncCostOptions;
}

const FULL = { passes: 3, large: 10_000, ofIdentity: 500 };
const QUICK = { passes: 1, large: 300, ofIdentity: 25 };
const IDENTITIES = 20;
/** A typical round trip to GitHub. */
const LATENCY_MS = 60;

/**
 * The sync of this commit beside that of an older one, in turn within one run: of each measure the middle of all passes
 * counts. The older one runs in a worktree of its own, with its own schema and the packages that are installed here.
 */
export async function benchBeside(
  bench: BesideBench,
  figures: Figures,
  quick: boolean,
): Promise<void> {
  const sizes = quick ? QUICK : FULL;
  const { projectDirectory, onProgress } = bench;
  onProgress(`preparing a worktree of ${bench.commit}`);
  const older = await openWorktree(bench);
  const comparisons: readonly Comparison[] = [
    {
      name: 'beside.large',
      options: { identities: 1, pullRequests: sizes.large, latencyMs: LATENCY_MS },
    },
    {
      name: 'beside.identities',
      options: { identities: IDENTITIES, pullRequests: sizes.ofIdentity, latencyMs: LATENCY_MS },
    },
  ];
  for (const { name, options } of comparisons) {
    const pairs: { readonly before: SyncCosts; readonly now: SyncCosts }[] = [];
    for (let pass = 1; pass <= sizes.passes; pass += 1) {
      onProgress(`${name}, pass ${pass} of ${sizes.passes}: ${bench.commit}`);
      const before = await measure(older, options);
      onProgress(`${name}, pass ${pass} of ${sizes.passes}: this commit`);
      pairs.push({ before, now: await measure(projectDirectory, options) });
    }
    judge(figures, name, options, pairs);
  }
}

function judge(
  figures: Figures,
  name: string,
  { identities, pullRequests }: SyncCostOptions,
  pairs: readonly { readonly before: SyncCosts; readonly now: SyncCosts }[],
): void {
  const count = identities * pullRequests;
  const middle = (pick: (costs: SyncCosts) => number, which: 'before' | 'now'): number =>
    median(pairs.map((pair) => pick(pair[which])));
  const ratio = (pick: (costs: SyncCosts) => number): number =>
    median(pairs.map(({ before, now }) => pick(now) / pick(before)));
  const cpu = ({ workerMs, databaseMs }: SyncCosts): number => (workerMs + databaseMs) / count;
  const seconds = (costs: SyncCosts): number => costs.seconds;
  for (const { before, now } of pairs) {
    figures.exactly(`${name}.stored`, now.stored, 'pull requests', { equals: before.stored });
  }
  for (const which of ['before', 'now'] as const) {
    figures.report(`${name}.${which}.seconds`, middle(seconds, which), 's');
    figures.report(`${name}.${which}.cpu`, middle(cpu, which), 'ms a pull request');
    figures.report(
      `${name}.${which}.requests`,
      middle(({ requests }) => requests, which),
      'requests',
    );
    figures.report(
      `${name}.${which}.peak`,
      middle(({ peak }) => peak, which),
      'MB',
    );
    figures.report(
      `${name}.${which}.heap`,
      middle(({ heap }) => heap, which),
      'MB',
    );
  }
  const isLarge = identities === 1;
  figures.timed(`${name}.time_against_before`, ratio(seconds), 'of its time', {
    atMost: isLarge ? 0.75 : 1,
  });
  figures.timed(`${name}.cpu_against_before`, ratio(cpu), 'of its CPU', {
    atMost: isLarge ? 1 : 0.8,
  });
}

/** The older commit with its generated code; it is removed when the bench ends. */
async function openWorktree({ projectDirectory, commit, onClose }: BesideBench): Promise<string> {
  const directory = join(projectDirectory, '.throughline', `beside-${process.pid}`);
  const git = (...words: string[]): Promise<unknown> =>
    run('git', words, { cwd: projectDirectory });
  await git('worktree', 'add', '--detach', '--force', directory, commit);
  onClose('the worktree', async () => {
    await git('worktree', 'remove', '--force', directory);
  });
  await symlink(join(projectDirectory, 'node_modules'), join(directory, 'node_modules'));
  // It generates the code that is not in git, as the first run of any program does.
  await run(process.execPath, ['scripts/bootstrap.mjs', 'bench', '--help'], { cwd: directory });
  await copyFile(join(projectDirectory, PROGRAM), join(directory, PROGRAM));
  return directory;
}

async function measure(directory: string, options: SyncCostOptions): Promise<SyncCosts> {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, JSON.stringify(options)], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) {
    throw new Error(`the measurement in ${directory} ended with ${code}`);
  }
  return JSON.parse(said) as SyncCosts;
}
