import type {
  GitHubData,
  PullRequestData,
  RepositoryData,
} from '../../../src/demo/core/github-data.ts';
import { generateOrganisation } from '../../../src/demo/organisation/organisation.ts';

/** Long past by the clock of any machine: a fake GitHub hides what is still to come. */
const RECORDED_AT = new Date('2024-05-01T00:00:00Z');
const SINCE = new Date('2024-03-01T00:00:00Z');

/** An instant within text that is nothing else. */
const INSTANT = /"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)"/g;

/** Beside the ids of the demo organisation, which is served together with a recording. */
const OTHER_IDS = 500_000_000;

/**
 * A repository of the made-up organisation as a recording can tell it: pull requests whose life is over, without what
 * the lists of the REST API do not say (sizes, who merged, events, when a label was put).
 */
export function aRecordableRepository(): GitHubData {
  const source = generateOrganisation({
    seed: 11,
    now: RECORDED_AT,
    since: SINCE,
    daysAhead: 0,
    login: 'recorded-robotics',
  });
  const [repository] = source.repositories;
  if (repository === undefined) {
    throw new Error('the made-up organisation has no repository');
  }
  const accounts = source.accounts.map((account) => ({
    ...account,
    databaseId: account.databaseId + OTHER_IDS,
    login: inAnotherWorld(account.login),
  }));
  const owner = inAnotherWorld(repository.owner);
  return {
    viewer: owner,
    accounts,
    organizations: [{ login: owner, members: [] }],
    repositories: [toRecordable({ ...repository, owner })],
  };
}

/** Nobody of the demo organisation: one login has one id. */
function inAnotherWorld(login: string): string {
  return login.endsWith('[bot]') ? login.replace('[bot]', '-too[bot]') : `${login}-too`;
}

function toRecordable(repository: RepositoryData): RepositoryData {
  const pullRequests = repository.pullRequests
    .filter((pull) => latestOf(pull) < RECORDED_AT.toISOString())
    .map(toRecordablePullRequest);
  const updatedAt = pullRequests.map((pull) => pull.updatedAt ?? pull.createdAt).toSorted();
  return {
    databaseId: repository.databaseId + OTHER_IDS,
    owner: repository.owner,
    name: repository.name,
    url: repository.url,
    description: repository.description,
    isPrivate: repository.isPrivate,
    isArchived: repository.isArchived,
    isFork: repository.isFork,
    defaultBranch: repository.defaultBranch,
    primaryLanguage: repository.primaryLanguage,
    createdAt: repository.createdAt,
    updatedAt: updatedAt.at(-1) ?? repository.createdAt,
    pushedAt: updatedAt.at(-1) ?? repository.createdAt,
    pullRequests,
  };
}

function latestOf(pull: PullRequestData): string {
  const instants = [...JSON.stringify(pull).matchAll(INSTANT)].map(([, instant]) => instant ?? '');
  return instants.toSorted().at(-1) ?? pull.createdAt;
}

function toRecordablePullRequest(pull: PullRequestData): PullRequestData {
  const account = (login: string | null) => (login === null ? null : inAnotherWorld(login));
  const commits = pull.commits.filter(({ goneAt }) => goneAt === undefined);
  const headOid = pull.headOid ?? commits.at(-1)?.oid ?? `${pull.number}`.padStart(40, '0');
  return {
    ...pull,
    databaseId: pull.databaseId + OTHER_IDS,
    author: account(pull.author),
    headOwner: account(pull.headOwner),
    headOid,
    updatedAt: pull.updatedAt ?? latestOf(pull),
    mergedBy: null,
    events: [],
    files: null,
    requestedReviewers: pull.requestedReviewers.map(inAnotherWorld),
    labels: pull.labels.map((label) => ({ ...label, addedAt: pull.createdAt })),
    commits: commits.map(({ goneAt: _goneAt, ...commit }) => ({
      ...commit,
      author: { ...commit.author, login: account(commit.author.login) },
      committer: { ...commit.committer, login: account(commit.committer.login) },
      pushedAt: commit.committer.date,
      additions: 0,
      deletions: 0,
    })),
    reviews: pull.reviews.map((review) => ({
      ...review,
      databaseId: review.databaseId + OTHER_IDS,
      author: account(review.author),
    })),
    comments: pull.comments.map((comment) => ({
      ...comment,
      databaseId: comment.databaseId + OTHER_IDS,
      author: account(comment.author),
      editedAt: comment.editedAt ?? comment.createdAt,
    })),
    reviewComments: pull.reviewComments.map((comment) => ({
      ...comment,
      databaseId: comment.databaseId + OTHER_IDS,
      author: account(comment.author),
      editedAt: comment.editedAt ?? comment.createdAt,
      reviewId: comment.reviewId === null ? null : comment.reviewId + OTHER_IDS,
      replyTo: comment.replyTo == null ? null : comment.replyTo + OTHER_IDS,
    })),
    checks: (pull.checks ?? [])
      .filter((check) => check.app === 'github-actions' && check.headOid === headOid)
      .map((check) => ({ ...check, databaseId: check.databaseId + OTHER_IDS })),
  };
}
