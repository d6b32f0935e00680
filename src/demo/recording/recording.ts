import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  AccountData,
  CheckData,
  GitHubData,
  PullRequestData,
  RepositoryData,
} from '../core/github-data.ts';
import { createAccountRegistry } from './account-registry.ts';
import type { AccountRegistry } from './account-registry.ts';
import { readObject, readRows, unreadable } from './ndjson.ts';
import type { RecordedRow } from './ndjson.ts';
import {
  toCheck,
  toComment,
  toCommit,
  toFile,
  toPullRequest,
  toReview,
  toReviewComment,
} from './parts.ts';
import {
  booleanAt,
  instantAt,
  integerAt,
  numberInUrlAt,
  objectAt,
  textAt,
  textOrNullAt,
} from './row-fields.ts';

/** Rows by number of their pull request. */
type ByNumber<Row> = ReadonlyMap<number, readonly Row[]>;

/**
 * Reads a folder of recorded REST answers: `repository.json` and `pulls.ndjson`, and the lists beside them that are
 * there. Sizes are those of `files.ndjson` and of the pull requests' own rows; GitHub's list of pull requests has none,
 * and without both they are null: unknown, not none.
 * @throws DomainError INVALID_INPUT in one sentence that names the folder, or the file and line, that is missing or wrong
 */
export async function readRecording(directory: string): Promise<GitHubData> {
  const folder = await stat(directory).catch(() => null);
  if (folder?.isDirectory() !== true) {
    throw unreadable(
      `There is no recording at ${directory}; give a folder that holds pulls.ndjson.`,
    );
  }
  const repositoryRow = await readObject(join(directory, 'repository.json'));
  const pulls = await readRows(join(directory, 'pulls.ndjson'));
  if (repositoryRow === null || pulls === null) {
    const missing = pulls === null ? 'pulls.ndjson' : 'repository.json';
    throw unreadable(`The recording at ${directory} has no ${missing}.`);
  }
  const accounts = createAccountRegistry();
  for (const row of (await readRows(join(directory, 'users.ndjson'))) ?? []) {
    accounts.add(row);
  }
  const repository = toRepository(
    repositoryRow,
    accounts,
    await readPullRequests(directory, pulls, accounts),
  );
  return {
    viewer: repository.owner,
    accounts: accounts.all(),
    organizations: accounts
      .all()
      .filter((account) => account.kind === 'Organization')
      .map((account: AccountData) => ({ login: account.login, members: [] })),
    repositories: [repository],
  };
}

async function readPullRequests(
  directory: string,
  pulls: readonly RecordedRow[],
  accounts: AccountRegistry,
): Promise<PullRequestData[]> {
  const group = async <Row>(
    file: string,
    numberOf: (row: RecordedRow) => number,
    convert: (row: RecordedRow, book: AccountRegistry) => Row,
  ): Promise<ByNumber<Row>> => {
    const groups = new Map<number, Row[]>();
    for (const row of (await readRows(join(directory, file))) ?? []) {
      const number = numberOf(row);
      groups.set(number, [...(groups.get(number) ?? []), convert(row, accounts)]);
    }
    return groups;
  };
  const pullNumber = (row: RecordedRow) => integerAt(row, 'pull_number');
  const reviews = await group('reviews.ndjson', pullNumber, toReview);
  const commits = await group('commits.ndjson', pullNumber, toCommit);
  const files = await group('files.ndjson', pullNumber, toFile);
  const comments = await group(
    'issue-comments.ndjson',
    (row) => numberInUrlAt(row, 'issue_url'),
    toComment,
  );
  const reviewComments = await group(
    'review-comments.ndjson',
    (row) => numberInUrlAt(row, 'pull_request_url'),
    toReviewComment,
  );
  const checks = new Map<string, CheckData[]>();
  for (const row of (await readRows(join(directory, 'workflow-runs.ndjson'))) ?? []) {
    const check = toCheck(row);
    checks.set(check.headOid, [...(checks.get(check.headOid) ?? []), check]);
  }
  const numbers = new Set<number>();
  return pulls.map((row) => {
    const number = integerAt(row, 'number');
    const pull = toPullRequest(row, accounts, {
      reviews: reviews.get(number) ?? [],
      commits: commits.get(number) ?? [],
      comments: comments.get(number) ?? [],
      reviewComments: reviewComments.get(number) ?? [],
      files: files.get(number) ?? null,
      checks: checks.get(textAt(row, 'head.sha')) ?? [],
    });
    if (numbers.has(number)) {
      throw unreadable(`${row.where}: pull request ${number} is there twice.`);
    }
    numbers.add(number);
    return pull;
  });
}

function toRepository(
  row: RecordedRow,
  accounts: AccountRegistry,
  pullRequests: readonly PullRequestData[],
): RepositoryData {
  const owner = objectAt(row, 'owner');
  return {
    databaseId: integerAt(row, 'id'),
    owner: owner === null ? textAt(row, 'owner.login') : accounts.add(owner),
    name: textAt(row, 'name'),
    url: textAt(row, 'html_url'),
    description: textOrNullAt(row, 'description'),
    isPrivate: booleanAt(row, 'private'),
    isArchived: booleanAt(row, 'archived'),
    isFork: booleanAt(row, 'fork'),
    defaultBranch: textOrNullAt(row, 'default_branch'),
    primaryLanguage: textOrNullAt(row, 'language'),
    createdAt: instantAt(row, 'created_at'),
    updatedAt: instantAt(row, 'updated_at'),
    pushedAt: instantAt(row, 'pushed_at'),
    pullRequests,
  };
}
