import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  AccountData,
  CommentData,
  GitHubData,
  GitSignatureData,
  PullRequestData,
} from '../../../src/demo/core/github-data.ts';

type Row = Readonly<Record<string, unknown>>;
type ToUser = (login: string | null) => Row | null;

const API = 'https://api.github.com/repos';

/**
 * Writes the one repository of the data as a folder of recorded answers of GitHub's REST API, one JSON object a line.
 * Only tests need it: the product reads recordings, which come from GitHub.
 */
export async function writeRecording(directory: string, data: GitHubData): Promise<void> {
  const [repository, ...others] = data.repositories;
  if (repository === undefined || others.length > 0) {
    throw new Error('a recording holds one repository');
  }
  const accounts = new Map(data.accounts.map((account) => [account.login, account]));
  const toUser: ToUser = (login) => {
    const account = login === null ? undefined : accounts.get(login);
    return account === undefined ? null : toAccountRow(account);
  };
  const root = `${API}/${repository.owner}/${repository.name}`;
  const pulls = repository.pullRequests;
  const each = (toRows: (pull: PullRequestData) => Row[]) => toLines(pulls.flatMap(toRows));
  const files = {
    'repository.json': JSON.stringify({
      id: repository.databaseId,
      name: repository.name,
      owner: toUser(repository.owner),
      html_url: repository.url,
      description: repository.description,
      private: repository.isPrivate,
      archived: repository.isArchived,
      fork: repository.isFork,
      default_branch: repository.defaultBranch,
      language: repository.primaryLanguage,
      created_at: repository.createdAt,
      updated_at: repository.updatedAt,
      pushed_at: repository.pushedAt,
    }),
    'users.ndjson': toLines(data.accounts.map(toAccountRow)),
    'pulls.ndjson': toLines(pulls.map((pull) => toPullRow(pull, repository.owner, toUser))),
    'reviews.ndjson': each((pull) => toReviewRows(pull, toUser)),
    'commits.ndjson': each((pull) => toCommitRows(pull, toUser)),
    'issue-comments.ndjson': each((pull) =>
      pull.comments.map((comment) => ({
        ...toCommentRow(comment, toUser),
        issue_url: `${root}/issues/${pull.number}`,
      })),
    ),
    'review-comments.ndjson': each((pull) =>
      pull.reviewComments.map((comment) => ({
        ...toCommentRow(comment, toUser),
        pull_request_url: `${root}/pulls/${pull.number}`,
        pull_request_review_id: comment.reviewId,
        path: comment.path,
        in_reply_to_id: comment.replyTo,
      })),
    ),
    'workflow-runs.ndjson': each(toRunRows),
  };
  await mkdir(directory, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(directory, name), text);
  }
}

function toLines(rows: readonly Row[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

function toAccountRow(account: AccountData): Row {
  return {
    login: account.login,
    id: account.databaseId,
    type: account.kind,
    name: account.name,
    html_url: account.url,
    created_at: account.createdAt,
  };
}

function toPullRow(pull: PullRequestData, owner: string, toUser: ToUser): Row {
  return {
    id: pull.databaseId,
    number: pull.number,
    state: pull.closedAt === null ? 'open' : 'closed',
    title: pull.title,
    body: pull.body,
    user: toUser(pull.author),
    author_association: pull.authorAssociation,
    head: { ref: pull.headRefName, sha: pull.headOid, user: toUser(pull.headOwner ?? owner) },
    base: { ref: pull.baseRefName, user: toUser(owner) },
    draft: pull.openedAsDraft,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt,
    merged_at: pull.mergedAt,
    merge_commit_sha: pull.mergeCommitOid,
    labels: pull.labels.map(({ name, color }) => ({ name, color })),
    requested_reviewers: pull.requestedReviewers.map(toUser),
  };
}

function toReviewRows(pull: PullRequestData, toUser: ToUser): Row[] {
  return pull.reviews.map((review) => ({
    id: review.databaseId,
    pull_number: pull.number,
    user: toUser(review.author),
    author_association: review.authorAssociation,
    state: review.state,
    submitted_at: review.submittedAt,
    body: review.body,
    commit_id: review.commitOid,
  }));
}

function toCommitRows(pull: PullRequestData, toUser: ToUser): Row[] {
  const signature = ({ name, email, date }: GitSignatureData) => ({ name, email, date });
  return pull.commits.map((commit) => ({
    pull_number: pull.number,
    sha: commit.oid,
    commit: {
      message: commit.message,
      author: signature(commit.author),
      committer: signature(commit.committer),
    },
    author: toUser(commit.author.login),
    committer: toUser(commit.committer.login),
  }));
}

function toCommentRow(comment: CommentData, toUser: ToUser): Row {
  return {
    id: comment.databaseId,
    user: toUser(comment.author),
    author_association: comment.authorAssociation,
    created_at: comment.createdAt,
    updated_at: comment.editedAt,
    body: comment.body,
  };
}

function toRunRows(pull: PullRequestData): Row[] {
  return (pull.checks ?? []).map((check) => ({
    id: check.databaseId,
    name: check.name,
    head_sha: check.headOid,
    status: check.completedAt === null ? 'in_progress' : 'completed',
    conclusion: check.conclusion?.toLowerCase() ?? null,
    run_started_at: check.startedAt,
    updated_at: check.completedAt ?? check.startedAt,
  }));
}
