import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { readProcessTable } from '../support/processes/process-list.ts';
import { runCommand, startCommand, type RunningCommand } from '../support/processes/command.ts';
import { openRecording, RECORDINGS } from '../support/recordings/recordings.ts';

interface StartJson {
  readonly repositories: readonly {
    readonly name: string;
    readonly pullRequests: { total: number; merged: number; open: number; closed: number };
    readonly reviews: number;
    readonly commits: number;
    readonly authors: number;
    readonly unsized: number;
  }[];
  readonly pages: number;
  readonly requests: number;
  readonly metrics: { readonly weeks: readonly { readonly pullRequestsMerged: number }[] };
}

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'throughline-start-'));
  // As the folder of a clone is: PostgreSQL's own user can enter it.
  await chmod(directory, 0o755);
});
const running: RunningCommand[] = [];
/** How long a whole start took, however busy the machine is. */
let startMs = 0;

function begin(): RunningCommand {
  const command = startCommand(['start'], settings());
  running.push(command);
  return command;
}

afterAll(async () => {
  // Only a test that failed leaves one behind.
  await Promise.all(running.map((command) => command.stop()));
  await rm(directory, { recursive: true });
});

function settings(): Record<string, string> {
  return { THROUGHLINE_DATA_DIRECTORY: directory, PORT: '0' };
}

function lastLine(stdout: string): StartJson {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as StartJson;
}

async function leftovers(): Promise<readonly string[]> {
  return (await readProcessTable()).filter((line) => line.includes(directory));
}

test('a start syncs the demo organisation, prints its table and leaves nothing running', async () => {
  const startedAt = performance.now();
  // As a user has it, with nothing bundled before.
  const result = await runCommand(['start', '--exit', '--json'], {
    ...settings(),
    WORKFLOW_BUNDLE: '',
  });
  startMs = performance.now() - startedAt;
  expect(result.code, result.stderr).toBe(0);
  expect(result.stdout).toContain('a made-up organisation');
  expect(result.stdout).toContain('cycle time');
  expect(result.stderr).toMatch(/^schedules were created \(schedules: .*housekeeping/m);
  expect(result.stderr.split('\n').filter((line) => line.startsWith('{'))).toEqual([]);
  const json = lastLine(result.stdout);
  expect(json.repositories).toHaveLength(4);
  for (const { pullRequests } of json.repositories) {
    expect(pullRequests.total).toBeGreaterThan(20);
    expect(pullRequests.merged + pullRequests.open + pullRequests.closed).toBe(pullRequests.total);
  }
  expect(
    json.metrics.weeks.reduce((sum, week) => sum + week.pullRequestsMerged, 0),
  ).toBeGreaterThan(100);
  expect(await leftovers()).toEqual([]);
});

test('a second start finds its data and fetches at most one page a repository', async () => {
  const result = await runCommand(['start', '--exit', '--json'], settings());
  expect(result.code, result.stderr).toBe(0);
  const json = lastLine(result.stdout);
  expect(json.pages).toBeLessThanOrEqual(json.repositories.length);
  expect(json.repositories[0]?.pullRequests.total).toBeGreaterThan(20);
});

test('retention runs as a workflow over the embedded parts of a start that has ended', async () => {
  const preview = await runCommand(['retention', '--dry-run', '--days', '30'], settings());
  expect(preview.code, preview.stderr).toBe(0);
  expect(preview.stdout).toContain('weekly_metrics');
  expect(preview.stdout).toContain('Nothing was removed: this was a dry run.');
  const removed = await runCommand(['retention', '--json'], settings());
  expect(removed.code, removed.stderr).toBe(0);
  expect(JSON.parse(removed.stdout)).toEqual({
    dryRun: false,
    joined: false,
    teams: 1,
    rowsDeleted: 0,
    rowsByTable: {},
    partitionsDropped: [],
    partitionsBusy: [],
    teamsWaiting: 0,
    skipped: [],
  });
  expect(await leftovers()).toEqual([]);
});

test.each(RECORDINGS)(
  'a recording %s joins what is there and is shown exactly as it was recorded',
  async (which) => {
    const recording = await openRecording(which);
    onTestFinished(recording.remove);
    const result = await runCommand(
      ['start', '--exit', '--json', '--recording', recording.directory],
      settings(),
    );
    expect(result.code, result.stderr).toBe(0);
    expect(result.stdout).toContain('they count as unknown, not as zero');
    const json = lastLine(result.stdout);
    // Those of the demo organisation, and the recordings so far.
    expect(json.repositories).toHaveLength(4 + 1 + RECORDINGS.indexOf(which));
    const { name, pullRequests: total, merged, open, closed } = recording;
    expect(json.repositories.find((repository) => repository.name === name)).toEqual({
      name,
      pullRequests: { total, merged, open, closed },
      reviews: recording.reviews,
      commits: recording.commits,
      pullRequestsWithCommits: recording.withCommits,
      authors: recording.authors,
      unsized: total,
    });
  },
);

test('Ctrl-C in the middle of starting up ends it long before a start would, and nothing is synced any more', async () => {
  const command = begin();
  await command.line(/starting PostgreSQL and Temporal/);
  const asked = performance.now();
  await command.stop('SIGINT');
  expect(performance.now() - asked).toBeLessThan(startMs);
  expect(command.process.exitCode).toBe(130);
  expect(await leftovers()).toEqual([]);
});

test('Ctrl-C stops everything that a start started, and a start after kill -9 recovers', async () => {
  const first = begin();
  await first.line(/Everything keeps running/);
  expect((await leftovers()).length).toBeGreaterThan(1);
  // A command beside it uses its database; it could not open the data itself.
  const drift = await runCommand(['drift'], settings());
  expect(drift.code, drift.stderr).toBe(0);
  expect(drift.stdout).toContain('is what the data model and the golden catalogue say');
  first.process.kill('SIGKILL');
  const second = begin();
  await second.line(/Everything keeps running/);
  await second.stop('SIGINT');
  expect(await leftovers()).toEqual([]);
});
