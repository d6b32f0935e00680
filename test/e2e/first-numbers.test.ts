import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCommand, type RunningCommand } from '../support/processes/command.ts';

interface Week {
  readonly weekStart: string;
  readonly pullRequestsMerged: number;
  readonly cycleTime: { readonly value: number | null; readonly n: number };
}

interface RunFile {
  readonly graphqlUrl: string;
  readonly token: string;
}

let directory: string;
let command: RunningCommand;
let run: RunFile;
/** What the start says, as JSON. */
let weeks: readonly Week[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'throughline-numbers-'));
  // As the folder of a clone is: PostgreSQL's own user can enter it.
  await chmod(directory, 0o755);
  command = startCommand(['start', '--json'], {
    THROUGHLINE_DATA_DIRECTORY: directory,
    PORT: '0',
  });
  await command.line(/Everything keeps running/);
  run = JSON.parse(await readFile(join(directory, 'run.json'), 'utf8')) as RunFile;
  const said = JSON.parse(await command.line(/^(\{"repositories".*\})$/)) as {
    readonly metrics: { readonly weeks: readonly Week[] };
  };
  weeks = said.metrics.weeks;
});

afterAll(async () => {
  await command?.stop();
  await rm(directory, { recursive: true, force: true });
});

async function ask<Data>(query: string): Promise<Data> {
  const response = await fetch(run.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${run.token}` },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = (await response.json()) as { data: Data; errors?: unknown };
  expect(errors).toBeUndefined();
  return data;
}

/** The last week that is over. */
function lastWeek(): Week {
  const week = weeks.at(-2);
  if (week === undefined) {
    throw new Error('the start shows fewer than two weeks');
  }
  return week;
}

test('the table shows the numbers of the JSON', async () => {
  const week = lastWeek();
  const row = await command.line(new RegExp(`^│ ${week.weekStart} │(.*)$`));
  const [, merged] = row.split('│').map((cell) => cell.trim());
  expect(Number(merged)).toBe(week.pullRequestsMerged);
  expect(week.pullRequestsMerged).toBeGreaterThan(0);
});

test('the first query of the README answers the numbers of the table', async () => {
  const readme = await readFile(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');
  const query = /```graphql\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const week = lastWeek();
  const { team } = await ask<{ team: { weeklyMetrics: readonly Week[] } }>(query);
  const answered = team.weeklyMetrics.find(({ weekStart }) => weekStart === week.weekStart);
  expect(answered).toMatchObject({
    weekStart: week.weekStart,
    pullRequestsMerged: week.pullRequestsMerged,
    cycleTime: { value: week.cycleTime.value, n: week.cycleTime.n },
  });
});

test('the example query of GraphiQL answers the numbers of the table', async () => {
  const page = await (await fetch(run.graphqlUrl, { headers: { accept: 'text/html' } })).text();
  const text = /"?defaultQuery"?:\s*("(?:[^"\\]|\\.)*")/.exec(page)?.[1] ?? '';
  const data = await ask<Record<string, unknown>>(JSON.parse(text) as string);
  const found = weeksIn(data);
  const shown = new Map(weeks.map((week) => [week.weekStart, week]));
  const both = found.filter(({ weekStart }) => shown.has(weekStart));
  expect(both.length).toBeGreaterThan(0);
  for (const week of both) {
    const { pullRequestsMerged, cycleTime } = shown.get(week.weekStart) ?? week;
    expect(week).toMatchObject({
      pullRequestsMerged,
      cycleTime: { value: cycleTime.value, n: cycleTime.n },
    });
  }
});

/** All weeks of an answer, wherever they stand. */
function weeksIn(value: unknown): Week[] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return 'weekStart' in value ? [value as Week] : Object.values(value).flatMap(weeksIn);
}

test('a query for AI usage answers from the first start on', async () => {
  const from = new Date(Date.now() - 28 * 86_400_000).toISOString().slice(0, 10);
  const to = new Date().toISOString().slice(0, 10);
  const { team } = await ask<{
    team: { slug: string; aiUsage: readonly { tool: string; activeMembers: number }[] };
  }>(
    `{ team(slug: "demo") { slug aiUsage(from: "${from}", to: "${to}", by: WEEK) { tool activeMembers } } }`,
  );
  expect(new Set(team.aiUsage.map(({ tool }) => tool))).toEqual(
    new Set(['CLAUDE_CODE', 'COPILOT', 'CURSOR']),
  );
  expect(Math.max(...team.aiUsage.map(({ activeMembers }) => activeMembers))).toBeGreaterThan(1);
});

test('the slug of the team is told', async () => {
  expect(await command.line(/^ {2}Team +(\S+)$/)).toBe('demo');
});
