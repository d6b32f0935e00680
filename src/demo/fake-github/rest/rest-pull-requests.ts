import type { Endpoints } from '@octokit/types';
import type { CommitData, FileData, RepositoryData, ReviewData } from '../../core/github-data.ts';
import type { PullRequestView } from '../as-of.ts';
import { toNodeId } from '../graphql/node-ids.ts';
import { toFullRepository, userOf } from './rest-accounts.ts';
import type { RestScope } from './rest-scope.ts';

type ListedPullRequest = Endpoints['GET /repos/{owner}/{repo}/pulls']['response']['data'][number];
type PullRequest = Endpoints['GET /repos/{owner}/{repo}/pulls/{pull_number}']['response']['data'];
type Parts<Name extends 'reviews' | 'commits' | 'files'> =
  Endpoints[`GET /repos/{owner}/{repo}/pulls/{pull_number}/${Name}`]['response']['data'][number];

export interface ShownPullRequest {
  readonly repository: RepositoryData;
  readonly view: PullRequestView;
}

const FILE_STATUS: Readonly<Record<FileData['changeType'], Parts<'files'>['status']>> = {
  ADDED: 'added',
  MODIFIED: 'modified',
  DELETED: 'removed',
  RENAMED: 'renamed',
  COPIED: 'copied',
  CHANGED: 'changed',
};

function apiUrlOf({ apiUrl }: RestScope, repository: RepositoryData): string {
  return `${apiUrl}/repos/${repository.owner}/${repository.name}`;
}

/** A row of the list endpoint: no line counts, no number of files, as on GitHub. */
export function toListedPullRequest(
  scope: RestScope,
  { repository, view }: ShownPullRequest,
): ListedPullRequest {
  const { data } = view;
  const root = apiUrlOf(scope, repository);
  const url = `${root}/pulls/${data.number}`;
  const html = `${repository.url}/pull/${data.number}`;
  const issue = `${root}/issues/${data.number}`;
  const links = {
    self: url,
    html,
    issue,
    comments: `${issue}/comments`,
    review_comments: `${url}/comments`,
    review_comment: `${root}/pulls/comments{/number}`,
    commits: `${url}/commits`,
    statuses: `${root}/statuses/${view.headOid}`,
  };
  const repo = toFullRepository(scope, repository);
  const headOwner = data.headOwner ?? repository.owner;
  const end = (owner: string, ref: string, sha: string) => {
    return { label: `${owner}:${ref}`, ref, sha, user: userOf(scope, owner), repo };
  };
  return {
    url,
    id: data.databaseId,
    node_id: toNodeId('PullRequest', repository.databaseId, data.number),
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issue,
    commits_url: links.commits,
    review_comments_url: links.review_comments,
    review_comment_url: links.review_comment,
    comments_url: links.comments,
    statuses_url: links.statuses,
    number: data.number,
    state: view.state === 'OPEN' ? 'open' : 'closed',
    locked: false,
    title: data.title,
    user: userOf(scope, data.author),
    body: data.body === '' ? null : data.body,
    labels: view.labels.map((label, index) => ({
      id: repository.databaseId * 100 + index,
      node_id: toNodeId('Label', repository.databaseId, label.name),
      url: `${root}/labels/${encodeURIComponent(label.name)}`,
      name: label.name,
      description: '',
      color: label.color,
      default: false,
    })),
    milestone: null,
    created_at: data.createdAt,
    updated_at: view.updatedAt,
    closed_at: view.closedAt,
    merged_at: view.mergedAt,
    merge_commit_sha: view.mergedAt === null ? null : data.mergeCommitOid,
    assignee: null,
    assignees: [],
    requested_reviewers: view.pendingReviewers.map((login) => userOf(scope, login)),
    requested_teams: [],
    head: end(headOwner, data.headRefName, view.headOid),
    base: end(repository.owner, data.baseRefName, view.headOid),
    _links: {
      self: { href: links.self },
      html: { href: links.html },
      issue: { href: links.issue },
      comments: { href: links.comments },
      review_comments: { href: links.review_comments },
      review_comment: { href: links.review_comment },
      commits: { href: links.commits },
      statuses: { href: links.statuses },
    },
    author_association: data.authorAssociation,
    auto_merge: null,
    draft: view.isDraft,
  };
}

/** A single pull request. Sizes that the source does not know are 0, and its list of files is refused. */
export function toPullRequest(scope: RestScope, shown: ShownPullRequest): PullRequest {
  const { view } = shown;
  const listed = toListedPullRequest(scope, shown);
  return {
    ...listed,
    state: view.state === 'OPEN' ? 'open' : 'closed',
    user: userOf(scope, view.data.author),
    head: { ...listed.head, user: userOf(scope, view.data.headOwner ?? shown.repository.owner) },
    base: { ...listed.base, user: userOf(scope, shown.repository.owner) },
    requested_teams: [],
    merged: view.state === 'MERGED',
    mergeable: null,
    mergeable_state: 'unknown',
    merged_by: view.mergedBy === null ? null : userOf(scope, view.mergedBy),
    comments: view.comments.length,
    review_comments: view.reviewComments.length,
    maintainer_can_modify: false,
    commits: view.commits.length,
    additions: view.additions,
    deletions: view.deletions,
    changed_files: view.changedFiles,
  };
}

/** A review of a shown pull request. */
export function toReview(
  scope: RestScope,
  { repository, view }: ShownPullRequest,
  review: ReviewData,
): Parts<'reviews'> {
  const html = `${repository.url}/pull/${view.data.number}#pullrequestreview-${review.databaseId}`;
  const pull = `${apiUrlOf(scope, repository)}/pulls/${view.data.number}`;
  return {
    id: review.databaseId,
    node_id: toNodeId(
      'PullRequestReview',
      repository.databaseId,
      view.data.number,
      review.databaseId,
    ),
    user: review.author === null ? null : userOf(scope, review.author),
    body: review.body,
    state: review.state,
    html_url: html,
    pull_request_url: pull,
    author_association: review.authorAssociation,
    _links: { html: { href: html }, pull_request: { href: pull } },
    submitted_at: review.submittedAt,
    commit_id: review.commitOid,
  };
}

/** A commit of a shown pull request; parents are not part of the data. */
export function toCommit(
  scope: RestScope,
  { repository }: ShownPullRequest,
  commit: CommitData,
): Parts<'commits'> {
  const root = apiUrlOf(scope, repository);
  const url = `${root}/commits/${commit.oid}`;
  const { author, committer } = commit;
  const account = (login: string | null) => (login === null ? null : userOf(scope, login));
  return {
    url,
    sha: commit.oid,
    node_id: toNodeId('Commit', repository.databaseId, commit.oid),
    html_url: `${repository.url}/commit/${commit.oid}`,
    comments_url: `${url}/comments`,
    commit: {
      url: `${root}/git/commits/${commit.oid}`,
      author: { name: author.name, email: author.email, date: author.date },
      committer: { name: committer.name, email: committer.email, date: committer.date },
      message: commit.message,
      comment_count: 0,
      // Trees are not part of the data; the commit names its own.
      tree: { sha: commit.oid, url: `${root}/git/trees/${commit.oid}` },
    },
    author: account(author.login),
    committer: account(committer.login),
    parents: [],
  };
}

/** A changed file, without its patch. */
export function toFile(
  scope: RestScope,
  { repository, view }: ShownPullRequest,
  file: FileData,
): Parts<'files'> {
  const path = encodeURI(file.path);
  return {
    sha: null,
    filename: file.path,
    status: FILE_STATUS[file.changeType],
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${repository.url}/blob/${view.headOid}/${path}`,
    raw_url: `${repository.url}/raw/${view.headOid}/${path}`,
    contents_url: `${apiUrlOf(scope, repository)}/contents/${path}?ref=${view.headOid}`,
  };
}
