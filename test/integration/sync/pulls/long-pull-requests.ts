import { newPullRequest, type PullRequestData } from '../../../../src/demo/core/github-data.ts';
import type { StageWorld } from '../stage-world.ts';

/** How much a pull request has of everything. */
export interface Amounts {
  readonly reviews: number;
  readonly comments: number;
  readonly commits: number;
  readonly files: number;
  readonly labels: number;
}

const BEGIN = Date.parse('2026-03-02T08:00:00Z');

/** So many seconds after the pull requests were opened. */
export function at(seconds: number): string {
  return `${new Date(BEGIN + seconds * 1000).toISOString().slice(0, 19)}Z`;
}

/** So many of them. */
export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

const oid = (number: number, index: number): string =>
  `${number}`.padStart(20, '0') + `${index}`.padStart(20, '0');

/** A merged pull request; its reviews, comments and commits alternate. */
export function pull(number: number, amounts: Amounts, parts: Partial<PullRequestData> = {}) {
  const signature = { name: 'Ada', email: 'ada@example.com', login: 'ada' };
  return newPullRequest({
    databaseId: 1_000 + number,
    number,
    title: `Change ${number}`,
    author: 'ada',
    createdAt: at(0),
    mergedAt: at(9_000),
    mergedBy: 'bo',
    mergeCommitOid: oid(number, 999_999),
    labels: times(amounts.labels, (index) => ({
      name: `label-${index}`,
      color: 'ffffff',
      addedAt: at(index),
    })),
    reviews: times(amounts.reviews, (index) => ({
      databaseId: number * 10_000 + index + 1,
      author: 'bo',
      authorAssociation: 'MEMBER' as const,
      state: index === amounts.reviews - 1 ? ('APPROVED' as const) : ('COMMENTED' as const),
      submittedAt: at(60 + index * 2),
      body: `Review ${index}`,
      commitOid: null,
    })),
    comments: times(amounts.comments, (index) => ({
      databaseId: number * 10_000 + index + 1,
      author: 'bo',
      authorAssociation: 'MEMBER' as const,
      createdAt: at(61 + index * 2),
      body: `Comment ${index}`,
    })),
    commits: times(amounts.commits, (index) => ({
      oid: oid(number, index),
      message: `Commit ${index}`,
      author: { ...signature, date: at(-600 + index) },
      committer: { ...signature, date: at(-600 + index) },
      pushedAt: at(0),
      additions: 1,
      deletions: 0,
    })),
    files: times(amounts.files, (index) => ({
      path: `src/file-${index}.ts`,
      additions: index,
      deletions: 1,
      changeType: 'MODIFIED' as const,
      since: at(0),
    })),
    ...parts,
  });
}

type Row = readonly (string | number)[];

function sorted(rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** What the source has, in the form of `readStored`. */
export function expected(pulls: readonly PullRequestData[]): Row[] {
  return sorted(
    pulls.flatMap((one) => [
      ...one.labels.map(({ name }) => ['label', one.number, name]),
      ...one.reviews.map((review) => [
        'review',
        one.number,
        `${review.databaseId} ${review.state} ${review.body} ${Date.parse(review.submittedAt)}`,
      ]),
      ...one.comments.map((comment) => [
        'comment',
        one.number,
        `${comment.databaseId} ${comment.body} ${Date.parse(comment.createdAt)}`,
      ]),
      ...one.commits.map((commit) => [
        'commit',
        one.number,
        `${commit.oid} ${commit.message} ${Date.parse(commit.author.date)}`,
      ]),
      ...(one.files ?? []).map((file) => [
        'file',
        one.number,
        `${file.path} ${file.additions} ${file.deletions}`,
      ]),
    ]),
  );
}

const STORED = (
  [
    ['label', 'pull_request_label', 'x.label'],
    ['review', 'review', `concat_ws(' ', x.github_id, x.state, x.body, MS(x.submitted_at))`],
    ['comment', 'comment', `concat_ws(' ', x.github_id, x.body, MS(x.created_at))`],
    ['commit', 'commit', `concat_ws(' ', x.sha, x.headline, MS(x.authored_at))`],
    ['file', 'pull_request_file', `concat_ws(' ', x.path, x.additions, x.deletions)`],
  ] as const
)
  .map(
    ([name, table, text]) => `SELECT '${name}', p.number, ${text} FROM "${table}" x
      JOIN pull_request p ON p.team_id = x.team_id AND p.id = x.pull_request_id`,
  )
  .join(' UNION ALL ')
  .replaceAll(/MS\((.*?)\)/g, '(extract(epoch FROM $1) * 1000)::bigint');

/** All that is stored of nested lists. */
export async function readStored(of: StageWorld): Promise<Row[]> {
  return sorted((await of.rows(STORED)) as unknown as Row[]);
}

/** Pull requests whose lists are not all read. */
export const INCOMPLETE = 'SELECT number FROM pull_request WHERE NOT complete ORDER BY 1';
