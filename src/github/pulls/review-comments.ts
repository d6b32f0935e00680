import { GHOST, type ActorFact } from '../../domain/members/actor.ts';
import type { CommentFact, RejectedFact } from '../../domain/pulls/github-facts.ts';
import { formatRepositoryName, type RepositoryName } from '../../domain/sync/repository-name.ts';
import { parametersOf, type Answered, type GitHubApi, type RestData } from '../transport/api.ts';
import { GitHubFailure, notGitHub } from '../transport/failures.ts';
import { mapEach, toContradiction } from './map-each.ts';
import { isInside } from './association.ts';
import { toActorOrNull } from './map-account.ts';
import { TextCleaner, toId, toInstant, UnreadableError } from '../transport/wire-values.ts';

/** As many as GitHub gives at most. */
const PER_PAGE = 100;

/** A comment with the number of the pull request that it was made on. */
export interface NumberedComment {
  readonly number: number;
  readonly comment: CommentFact;
}

/** A page of a repository's review comments, oldest change first. */
export interface ReviewCommentPage {
  readonly comments: readonly NumberedComment[];
  readonly rejected: readonly RejectedFact[];
  /** Change of the last that could be read; null when there is none. */
  readonly lastUpdatedAt: Date | null;
  readonly hasNextPage: boolean;
}

/** As Octokit's endpoint types promise it; each value is read with care. */
export type RawReviewComment = RestData<'GET /repos/{owner}/{repo}/pulls/comments'>[number];

/**
 * The review comments of repositories, which only the REST API lists by their change. Every method throws GitHubFailure
 * and nothing else.
 */
export function createReviewComments(api: GitHubApi) {
  return {
    /** A page of those of one pull request, from 1, oldest first; empty when GitHub does not show it any more. */
    async fetchOwnPage({
      repository,
      number,
      page,
    }: {
      readonly repository: RepositoryName;
      readonly number: number;
      readonly page: number;
    }): Promise<Answered<ReviewCommentPage>> {
      const name = formatRepositoryName(repository);
      const what = `review comments of pull request ${number} of ${name}`;
      try {
        const { data, hasNextPage, quota } = await api.rest(
          'GET /repos/{owner}/{repo}/pulls/{pull_number}/comments',
          {
            ...parametersOf(repository),
            pull_number: number,
            per_page: PER_PAGE,
            page,
          },
          what,
        );
        return { answer: toPage(data, hasNextPage, what), quota };
      } catch (error) {
        // The repository itself was just read: what is missing is the pull request.
        if (error instanceof GitHubFailure && error.kind === 'NOT_FOUND') {
          return { answer: toPage([], false, what), quota: null };
        }
        throw error;
      }
    },

    /** A page of those that changed since a time, in whole seconds; from 1. */
    async fetchPage({
      repository,
      since,
      page,
    }: {
      readonly repository: RepositoryName;
      readonly since: Date;
      readonly page: number;
    }): Promise<Answered<ReviewCommentPage>> {
      const what = `review comments of ${formatRepositoryName(repository)}`;
      const { data, hasNextPage, quota } = await api.rest(
        'GET /repos/{owner}/{repo}/pulls/comments',
        {
          ...parametersOf(repository),
          sort: 'updated',
          direction: 'asc',
          since: `${since.toISOString().slice(0, 19)}Z`,
          per_page: PER_PAGE,
          page,
        },
        what,
      );
      return { answer: toPage(data, hasNextPage, what), quota };
    },
  };
}

function toPage(data: unknown, hasNextPage: boolean, what: string): ReviewCommentPage {
  if (!Array.isArray(data)) {
    throw notGitHub(what);
  }
  const { facts, rejected } = mapEach(
    data as (RawReviewComment | null)[],
    'review comments',
    toReviewComment,
    ({ id }) => id,
  );
  const lastUpdatedAt = facts.at(-1)?.comment.updatedAt ?? null;
  const page = { comments: facts, rejected, lastUpdatedAt, hasNextPage };
  return hasNextPage && data.length === 0
    ? endOf(page, 'GitHub lists no review comments, and says that there are more.')
    : page;
}

/** A page as the last one, because what GitHub says of the list behind it cannot be. */
export function endOf(page: ReviewCommentPage, reason: string): ReviewCommentPage {
  const rejected = [...page.rejected, toContradiction(null, reason)];
  return { ...page, rejected, hasNextPage: false };
}

/** @throws UnreadableError when the comment is not as GitHub's schema promises */
export function toReviewComment(raw: RawReviewComment): NumberedComment {
  const cleaner = new TextCleaner();
  const number = /\/pulls\/(\d{1,9})$/.exec(raw.pull_request_url)?.[1];
  if (number === undefined) {
    throw new UnreadableError('the address of the pull request has no number');
  }
  return {
    number: Number(number),
    comment: {
      kind: 'REVIEW',
      githubId: toId(raw.id, 'id of a review comment'),
      author: toRestActor(raw.user, cleaner),
      authorIsInternal: isInside(raw.author_association),
      body: cleaner.clean(raw.body, 'review comment'),
      path: cleaner.clean(raw.path, 'path of a review comment'),
      reviewId:
        raw.pull_request_review_id === null ? null : toId(raw.pull_request_review_id, 'review'),
      replyToId: raw.in_reply_to_id == null ? null : toId(raw.in_reply_to_id, 'answered comment'),
      createdAt: toInstant(raw.created_at, 'time of a review comment'),
      updatedAt: toInstant(raw.updated_at, 'time of a review comment'),
    },
  };
}

/** An account as the REST API names it: bots with a suffix that GraphQL leaves off. */
export function toRestActor(raw: RawReviewComment['user'] | null, cleaner: TextCleaner): ActorFact {
  if (raw === null) {
    return GHOST;
  }
  const { login, type, id } = raw;
  const bare = type === 'Bot' && typeof login === 'string' ? login.replace(/\[bot\]$/i, '') : login;
  return toActorOrNull({ __typename: type, login: bare, databaseId: id }, cleaner) ?? GHOST;
}
