import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openSource } from '../../../src/cli/start/source.ts';
import type { Config } from '../../../src/runtime/settings/config.ts';
import { readRecording } from '../../../src/demo/recording/recording.ts';
import { aRecordableRepository } from '../../support/recordings/recordable.ts';
import { writeRecording } from '../../support/recordings/write-recording.ts';
import { askForData, serve } from './small-world.ts';

type Row = Record<string, unknown>;

let original: string;

beforeAll(async () => {
  original = await mkdtemp(join(tmpdir(), 'recording-'));
  await writeRecording(original, aRecordableRepository());
});
afterAll(async () => {
  await rm(original, { recursive: true });
});

/** A copy of a recording with files that are changed. */
async function aRecording(
  changes: Readonly<Record<string, string | ((text: string) => string)>>,
): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'recording-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  await cp(original, directory, { recursive: true });
  for (const [name, change] of Object.entries(changes)) {
    const path = join(directory, name);
    const text = typeof change === 'string' ? change : change(await readFile(path, 'utf8'));
    await writeFile(path, text);
  }
  return directory;
}

function lines(rows: readonly Row[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

/** Changes the rows of a file with one object a line. */
function eachRow(change: (row: Row, index: number) => Row): (text: string) => string {
  return (text) =>
    lines(
      text
        .trimEnd()
        .split('\n')
        .map((line, index) => change(JSON.parse(line) as Row, index)),
    );
}

describe('what a recording says of sizes', () => {
  test('is read where it is there, from files, pull requests and commits', async () => {
    const pulls = (await readRecording(original)).repositories[0]?.pullRequests ?? [];
    const [first, second, third, fourth] = pulls.map(({ number }) => number);
    const file = { pull_number: first, additions: 3, deletions: 1 };
    const directory = await aRecording({
      'files.ndjson': lines([
        { ...file, filename: 'a.ts', status: 'modified' },
        { ...file, filename: 'b.ts', status: 'removed', additions: 0, deletions: 7 },
        { ...file, filename: 'c.ts', status: 'added', pull_number: second },
      ]),
      'pulls.ndjson': eachRow((row, index) => ({
        ...row,
        ...[
          {},
          { additions: 40, deletions: 2, changed_files: 5 },
          { additions: 9, deletions: 8, changed_files: 2 },
          { additions: 0, deletions: 0, changed_files: 0 },
        ][index],
      })),
      'commits.ndjson': eachRow((row, index) =>
        index === 0 ? { ...row, stats: { additions: 11, deletions: 4, total: 15 } } : row,
      ),
    });
    const data = await readRecording(directory);
    const repository = data.repositories[0];
    const commits = repository?.pullRequests.flatMap((pull) => pull.commits) ?? [];
    expect(commits.filter((commit) => commit.additions > 0)).toMatchObject([
      { additions: 11, deletions: 4 },
    ]);
    const server = await serve(data);
    const sizes = async (number: number | undefined) => {
      const answer = await askForData<{ repository: { pullRequest: unknown } }>(
        server,
        `{ repository(owner: "${repository?.owner}", name: "${repository?.name}") {
          pullRequest(number: ${number}) { additions deletions changedFiles
            files(first: 10) { nodes { path additions deletions changeType } } } } }`,
      );
      return answer.repository.pullRequest;
    };
    expect(await sizes(first)).toEqual({
      additions: 3,
      deletions: 8,
      changedFiles: 2,
      files: {
        nodes: [
          { path: 'a.ts', additions: 3, deletions: 1, changeType: 'MODIFIED' },
          { path: 'b.ts', additions: 0, deletions: 7, changeType: 'DELETED' },
        ],
      },
    });
    // GitHub lists 3,000 files at the most: the counts of the pull request itself hold.
    expect(await sizes(second)).toMatchObject({
      additions: 40,
      deletions: 2,
      changedFiles: 5,
      files: { nodes: [{ path: 'c.ts', changeType: 'ADDED' }] },
    });
    expect(await sizes(third)).toEqual({
      additions: 9,
      deletions: 8,
      changedFiles: 2,
      files: null,
    });
    expect(await sizes(fourth)).toEqual({
      additions: 0,
      deletions: 0,
      changedFiles: 0,
      files: { nodes: [] },
    });
    expect(await sizes(pulls[4]?.number)).toMatchObject({ additions: 0, files: null });
  });
});

describe('a recording that cannot be read', () => {
  const config = { github: {} } as Config;
  const open = (recordings: readonly string[]) =>
    openSource({
      config,
      names: [],
      recordings,
      team: null,
      now: () => new Date('2024-06-01T00:00:00Z'),
    });

  test.each<[string, Record<string, string | ((text: string) => string)>, RegExp]>([
    [
      'half a line',
      { 'reviews.ndjson': (text) => `${text}{"id":` },
      /reviews\.ndjson line \d+ is not valid JSON: .{1,170}\.$/,
    ],
    ['a list', { 'commits.ndjson': '\n[1]\n' }, /commits\.ndjson line 2 is not a JSON object\.$/],
    ['a page of HTML', { 'repository.json': '<html>\n' }, /repository\.json is not valid JSON: /],
    [
      'an endless value',
      { 'users.ndjson': lines([{ login: 'x'.repeat(100_000), type: 'x'.repeat(100_000) }]) },
      /users\.ndjson line 1: "type" is "x{79}…, where User or .{1,60} is expected\.$/,
    ],
    [
      'a negative count',
      { 'pulls.ndjson': eachRow((row) => ({ ...row, additions: -1 })) },
      /pulls\.ndjson line 1: "additions" is -1, where a count is expected\.$/,
    ],
    [
      'a day that does not exist',
      { 'pulls.ndjson': eachRow((row) => ({ ...row, created_at: '2024-13-01T00:00:00Z' })) },
      /pulls\.ndjson line 1: "created_at" is "2024-13-01T00:00:00Z", where an instant/,
    ],
    [
      'a pull request twice',
      { 'pulls.ndjson': (text) => `${text}${text.split('\n')[0]}\n` },
      /pulls\.ndjson line \d+: pull request \d+ is there twice\.$/,
    ],
    [
      'an unknown state of a file',
      { 'files.ndjson': lines([{ pull_number: 1, filename: 'a', status: 'lost' }]) },
      /files\.ndjson line 1: "status" is "lost", where added or .{1,80} is expected\.$/,
    ],
  ])(
    'because of %s is one sentence with the file and the line',
    async (_what, changes, sentence) => {
      const directory = await aRecording(changes);
      const refused = await open([directory]).catch((error: unknown) => error);
      expect(refused).toMatchObject({ name: 'DomainError', code: 'INVALID_INPUT' });
      expect((refused as Error).message).toMatch(sentence);
      expect((refused as Error).message).not.toContain('\n');
    },
  );

  test('because a file is a folder, or it is given twice, is one sentence as well', async () => {
    const directory = await aRecording({});
    await mkdir(join(directory, 'files.ndjson'));
    await expect(open([directory])).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/files\.ndjson cannot be read: .+\.$/) as unknown,
    });
    await expect(open([original, original])).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/^Two sources hold the repository /) as unknown,
    });
  });

  test('may begin with a byte order mark', async () => {
    const directory = await aRecording({
      'repository.json': (text) => `\uFEFF${text}`,
      'pulls.ndjson': (text) => `\uFEFF${text}`,
    });
    expect(await readRecording(directory)).toEqual(await readRecording(original));
  });
});
