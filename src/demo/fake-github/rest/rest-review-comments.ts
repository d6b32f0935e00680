import type { Endpoints } from '@octokit/types';
import type { Instant, RepositoryData } from '../../core/github-data.ts';
import { toNodeId } from '../graphql/node-ids.ts';
import type { NumberedReviewComment } from '../graphql/pull-request-listing.ts';
import { userOf } from './rest-accounts.ts';
import { pageOf } from './rest-page.ts';
import type { RestAnswer, RestScope } from './rest-scope.ts';

type ReviewComment =
  Endpoints['GET /repos/{owner}/{repo}/pulls/comments']['response']['data'][number];

/** A page of all comments on code: by number when no order is asked for, as on GitHub; `since` looks at changes. */
export function listReviewComments(
  scope: RestScope,
  url: URL,
  repository: RepositoryData,
): RestAnswer {
  const query = url.searchParams;
  const sort = query.get('sort');
  const since = query.get('since');
  const all = scope.world.listing(repository, scope.at).reviewComments();
  const changed =
    since === null
      ? all
      : all.filter(({ comment }) => Date.parse(updatedAt(comment, scope.at)) >= Date.parse(since));
  const keyOf = ({ comment }: NumberedReviewComment): string =>
    sort === 'updated' ? updatedAt(comment, scope.at) : comment.createdAt;
  const sign = sort !== null && query.get('direction') === 'desc' ? -1 : 1;
  const ordered = changed.toSorted((a, b) => {
    const [first, second] = [keyOf(a), keyOf(b)];
    const byTime = first === second ? 0 : first < second ? -1 : 1;
    return sign * (byTime === 0 ? a.comment.databaseId - b.comment.databaseId : byTime);
  });
  return pageOf(scope, url, ordered, (numbered) => toReviewComment(scope, repository, numbered));
}

function updatedAt(
  { createdAt, editedAt }: NumberedReviewComment['comment'],
  at: Instant,
): Instant {
  return editedAt !== undefined && editedAt <= at ? editedAt : createdAt;
}

/** A comment on code. Lines of the diff are not part of the data. */
export function toReviewComment(
  scope: RestScope,
  repository: RepositoryData,
  { number, comment }: NumberedReviewComment,
): ReviewComment {
  const root = `${scope.apiUrl}/repos/${repository.owner}/${repository.name}`;
  const url = `${root}/pulls/comments/${comment.databaseId}`;
  const pull = `${root}/pulls/${number}`;
  const html = `${repository.url}/pull/${number}#discussion_r${comment.databaseId}`;
  const replyTo = comment.replyTo ?? null;
  return {
    url,
    pull_request_review_id: comment.reviewId,
    id: comment.databaseId,
    node_id: toNodeId('PullRequestReviewComment', comment.databaseId),
    diff_hunk: '',
    path: comment.path,
    commit_id: '0'.repeat(40),
    original_commit_id: '0'.repeat(40),
    ...(replyTo === null ? {} : { in_reply_to_id: replyTo }),
    user: userOf(scope, comment.author),
    body: comment.body,
    created_at: comment.createdAt,
    updated_at: updatedAt(comment, scope.at),
    html_url: html,
    pull_request_url: pull,
    author_association: comment.authorAssociation,
    _links: { self: { href: url }, html: { href: html }, pull_request: { href: pull } },
    subject_type: 'line',
  };
}
