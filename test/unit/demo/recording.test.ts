import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { GitHubData } from '../../../src/demo/core/github-data.ts';
import { readRecording } from '../../../src/demo/recording/recording.ts';
import { aRecordableRepository } from '../../support/recordings/recordable.ts';
import { openRecording, RECORDINGS } from '../../support/recordings/recordings.ts';
import { writeRecording } from '../../support/recordings/write-recording.ts';
import { askForData, serve } from './small-world.ts';

const owner = {
  login: 'pat',
  id: 11,
  type: 'User',
  html_url: 'https://github.com/pat',
};
const helper = { login: 'ci[bot]', id: 12, type: 'Bot', html_url: 'https://github.com/apps/ci' };

const REPOSITORY = {
  id: 900,
  name: 'tool',
  owner,
  html_url: 'https://github.com/pat/tool',
  description: null,
  private: false,
  archived: false,
  fork: false,
  default_branch: 'trunk',
  language: 'Go',
  created_at: '2020-01-01T00:00:00Z',
  updated_at: '2021-01-01T00:00:00Z',
  pushed_at: '2021-01-01T00:00:00Z',
};

const PULL = {
  id: 1,
  number: 4,
  title: 'Add a thing',
  body: null,
  user: owner,
  author_association: 'OWNER',
  head: { ref: 'thing', sha: 'c'.repeat(40), user: owner },
  base: { ref: 'trunk', user: owner },
  draft: false,
  created_at: '2020-05-01T10:00:00Z',
  updated_at: '2020-05-04T10:00:00Z',
  closed_at: '2020-05-03T10:00:00Z',
  merged_at: '2020-05-03T10:00:00Z',
  merge_commit_sha: 'd'.repeat(40),
  labels: [{ name: 'bug', color: 'd73a4a' }],
  requested_reviewers: [],
};

const REVIEW = {
  id: 21,
  pull_number: 4,
  user: helper,
  author_association: 'NONE',
  state: 'COMMENTED',
  submitted_at: '2020-05-02T10:00:00Z',
  body: '',
  commit_id: null,
};

const COMMIT = {
  pull_number: 4,
  sha: 'e'.repeat(40),
  commit: {
    message: 'Add a thing',
    author: { name: 'Pat', email: 'p@x.example', date: '2020-04-30T10:00:00Z' },
    committer: { name: 'Pat', email: 'p@x.example', date: '2020-04-30T11:00:00Z' },
  },
  author: {},
  committer: null,
};

const COUNTS_OF_TINY = {
  pullRequests: 2,
  merged: 1,
  open: 0,
  closed: 1,
  reviews: 1,
  commits: 1,
  withCommits: 1,
  authors: 2,
  sized: 0,
};

function lines(...rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

const TINY: Readonly<Record<string, string>> = {
  'repository.json': JSON.stringify(REPOSITORY),
  'pulls.ndjson': lines(PULL, { ...PULL, number: 5, id: 2, user: null, merged_at: null }),
  'reviews.ndjson': lines(REVIEW),
  'commits.ndjson': lines(COMMIT),
};

async function aRecording(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'recording-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
  return directory;
}

function countsOf(data: GitHubData) {
  const pulls = data.repositories.flatMap((repository) => repository.pullRequests);
  return {
    pullRequests: pulls.length,
    merged: pulls.filter((pull) => pull.mergedAt !== null).length,
    open: pulls.filter((pull) => pull.closedAt === null).length,
    closed: pulls.filter((pull) => pull.closedAt !== null && pull.mergedAt === null).length,
    reviews: pulls.flatMap((pull) => pull.reviews).length,
    commits: pulls.flatMap((pull) => pull.commits).length,
    withCommits: pulls.filter((pull) => pull.commits.length > 0).length,
    authors: new Set(pulls.map((pull) => pull.author)).size,
    sized: pulls.filter((pull) => pull.files !== null).length,
  };
}

describe('a recording', () => {
  test('is read whole, with what it does not know left unknown', async () => {
    const data = await readRecording(await aRecording(TINY));
    expect(countsOf(data)).toEqual(COUNTS_OF_TINY);
    expect(data.accounts.map((account) => [account.login, account.kind])).toEqual([
      ['ci[bot]', 'Bot'],
      ['pat', 'User'],
    ]);
  });

  test('is served as it was recorded', async () => {
    const server = await serve(await readRecording(await aRecording(TINY)));
    const data = await askForData(
      server,
      `{ repository(owner: "pat", name: "tool") { pushedAt pullRequests(first: 10) { nodes {
        number state updatedAt author { login } files(first: 1) { totalCount } additions
        commits(first: 1) { nodes { commit { author { name user { login } } } } }
        reviews(first: 1) { nodes { author { __typename login } } } } } } }`,
    );
    const common = { updatedAt: '2020-05-04T10:00:00Z', files: null, additions: 0 };
    expect(data).toEqual({
      repository: {
        pushedAt: '2021-01-01T00:00:00Z',
        pullRequests: {
          nodes: [
            {
              ...common,
              number: 4,
              state: 'MERGED',
              author: { login: 'pat' },
              commits: { nodes: [{ commit: { author: { name: 'Pat', user: null } } }] },
              reviews: { nodes: [{ author: { __typename: 'Bot', login: 'ci' } }] },
            },
            {
              ...common,
              number: 5,
              state: 'CLOSED',
              author: null,
              commits: { nodes: [] },
              reviews: { nodes: [] },
            },
          ],
        },
      },
    });
  });

  test('has comments on code with what they answer, and runs of workflows as checks', async () => {
    const comment = {
      ...REVIEW,
      id: 31,
      pull_request_url: 'https://api.github.com/repos/pat/tool/pulls/4',
      pull_request_review_id: 21,
      body: 'Why?',
      path: 'main.go',
      created_at: '2020-05-02T10:00:00Z',
      updated_at: '2020-05-02T11:00:00Z',
    };
    const run = {
      id: 41,
      name: 'CI',
      head_sha: PULL.head.sha,
      run_started_at: '2020-05-01T10:00:00Z',
      updated_at: '2020-05-01T10:05:00Z',
    };
    const directory = await aRecording({
      ...TINY,
      'pulls.ndjson': lines(PULL),
      'review-comments.ndjson': lines(comment, { ...comment, id: 32, in_reply_to_id: 31 }),
      'workflow-runs.ndjson': lines(
        { ...run, status: 'completed', conclusion: 'failure' },
        { ...run, id: 42, name: 'CodeQL', status: 'in_progress', conclusion: null },
        { ...run, id: 43, head_sha: '0'.repeat(40), status: 'completed', conclusion: 'success' },
      ),
    });
    const [pull] = (await readRecording(directory)).repositories[0]?.pullRequests ?? [];
    expect(pull?.reviewComments).toMatchObject([
      { databaseId: 31, replyTo: null, editedAt: '2020-05-02T11:00:00Z' },
      { databaseId: 32, replyTo: 31 },
    ]);
    expect(pull?.checks).toMatchObject([
      { name: 'CI', completedAt: '2020-05-01T10:05:00Z', conclusion: 'FAILURE' },
      { name: 'CodeQL', completedAt: null, conclusion: null },
    ]);
  });

  test('that is not there, or not complete, is one clear sentence', async () => {
    await expect(readRecording('/nowhere/at/all')).rejects.toThrow(
      'There is no recording at /nowhere/at/all; give a folder that holds pulls.ndjson.',
    );
    const bare = await aRecording({ 'repository.json': '{}' });
    await expect(readRecording(bare)).rejects.toThrow(
      `The recording at ${bare} has no pulls.ndjson.`,
    );
  });

  test('with a bad line says which file, which line and what is wrong', async () => {
    const cut = await aRecording({ ...TINY, 'reviews.ndjson': `${lines(REVIEW)}{"id":` });
    await expect(readRecording(cut)).rejects.toThrow(/reviews\.ndjson line 2 is not valid JSON: /);
    const { title: _title, ...untitled } = PULL;
    const missing = await aRecording({ ...TINY, 'pulls.ndjson': lines(PULL, untitled) });
    await expect(readRecording(missing)).rejects.toThrow(
      /pulls\.ndjson line 2: "title" is missing, where a text is expected\.$/,
    );
    const odd = await aRecording({ ...TINY, 'reviews.ndjson': lines({ ...REVIEW, state: 'MEH' }) });
    await expect(readRecording(odd)).rejects.toThrow(/reviews\.ndjson line 1: "state" is "MEH"/);
  });

  test('is read back as it was written', async () => {
    const data = aRecordableRepository();
    const [repository] = data.repositories;
    const pulls = repository?.pullRequests ?? [];
    // Of every kind of row there is something to lose.
    for (const part of [
      'reviews',
      'commits',
      'comments',
      'reviewComments',
      'labels',
      'checks',
    ] as const) {
      expect(
        pulls.some((pull) => (pull[part] ?? []).length > 0),
        part,
      ).toBe(true);
    }
    const directory = await aRecording({});
    await writeRecording(directory, data);
    expect(await readRecording(directory)).toEqual(data);
  });
});

describe.each(RECORDINGS)('a recording %s', (recording) => {
  test('gives what GitHub had', async () => {
    const { directory, remove, name, ...counts } = await openRecording(recording);
    onTestFinished(remove);
    const data = await readRecording(directory);
    expect(data.repositories.map((one) => `${one.owner}/${one.name}`)).toEqual([name]);
    const { sized, ...found } = countsOf(data);
    expect(found).toEqual(counts);
    expect(sized).toBe(0);
    for (const kind of [
      'pullRequests',
      'merged',
      'open',
      'closed',
      'reviews',
      'commits',
    ] as const) {
      expect(counts[kind], kind).toBeGreaterThan(0);
    }
  });

  test('is the same when it is written and read again', async () => {
    const { directory, remove } = await openRecording(recording);
    onTestFinished(remove);
    const data = await readRecording(directory);
    const again = await aRecording({});
    await writeRecording(again, data);
    expect(await readRecording(again)).toEqual(data);
  });
});
