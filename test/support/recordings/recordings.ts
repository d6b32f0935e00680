import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aRecordableRepository } from './recordable.ts';
import { writeRecording } from './write-recording.ts';

/** A real recording that the same tests are run on: the folder with its pulls.ndjson. */
const REAL = process.env['TEST_RECORDING'] ?? '';

/** The recordings that tests run on: one that is made up and written when they begin, and a real one that is named. */
export const RECORDINGS: readonly string[] = [
  'that is made up',
  ...(REAL === '' ? [] : [`in ${REAL}`]),
];

/** What the files of a recording say, counted without the code that reads them. */
export interface RecordedCounts {
  /** `owner/name`. */
  readonly name: string;
  readonly pullRequests: number;
  readonly merged: number;
  readonly open: number;
  readonly closed: number;
  readonly reviews: number;
  readonly commits: number;
  readonly withCommits: number;
  /** Accounts that opened pull requests; GitHub shows all deleted ones as one. */
  readonly authors: number;
}

export interface OpenRecording extends RecordedCounts {
  readonly directory: string;
  remove(): Promise<void>;
}

/** Makes one of `RECORDINGS` ready to be read. */
export async function openRecording(recording: string): Promise<OpenRecording> {
  if (recording !== RECORDINGS[0]) {
    return { directory: REAL, ...(await countRecording(REAL)), remove: async () => undefined };
  }
  const directory = await mkdtemp(join(tmpdir(), 'throughline-recording-'));
  await writeRecording(directory, aRecordableRepository());
  const remove = () => rm(directory, { recursive: true, force: true });
  return { directory, ...(await countRecording(directory)), remove };
}

async function countRecording(directory: string): Promise<RecordedCounts> {
  const repository = JSON.parse(await readFile(join(directory, 'repository.json'), 'utf8')) as {
    readonly name: string;
    readonly owner: { readonly login: string };
  };
  const pulls = await readLines<{
    readonly user: { readonly login: string } | null;
    readonly merged_at: string | null;
    readonly closed_at: string | null;
  }>(directory, 'pulls');
  const reviews = await readLines(directory, 'reviews');
  const commits = await readLines<{ readonly pull_number: number }>(directory, 'commits');
  return {
    name: `${repository.owner.login}/${repository.name}`,
    pullRequests: pulls.length,
    merged: pulls.filter((pull) => pull.merged_at !== null).length,
    open: pulls.filter((pull) => pull.closed_at === null).length,
    closed: pulls.filter((pull) => pull.closed_at !== null && pull.merged_at === null).length,
    reviews: reviews.length,
    commits: commits.length,
    withCommits: new Set(commits.map((commit) => commit.pull_number)).size,
    authors: new Set(pulls.map(({ user }) => user?.login)).size,
  };
}

async function readLines<Row>(directory: string, list: string): Promise<Row[]> {
  const text = await readFile(join(directory, `${list}.ndjson`), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
}
