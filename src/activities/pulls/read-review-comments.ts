import { storeReviewComments } from '../../db/pulls/comments.ts';
import type { DbTransaction } from '../../db/core/client.ts';
import { storeStageDeadLetters } from '../../db/sync/stage-dead-letters.ts';
import type { OpenStage } from '../../db/sync/repository-stages.ts';
import { DomainError } from '../../domain/core/errors.ts';
import { endOf, type ReviewCommentPage } from '../../github/pulls/review-comments.ts';
import {
  isOwnComments,
  MAX_COMMENT_PAGES,
  OWN_COMMENTS,
  planOwnComments,
  TOO_MANY_PAGES,
} from './read-own-comments.ts';
import { takeSteps, type StageStep } from '../stages/stage-steps.ts';
import type { StageReader, StageRun } from '../stages/sync-stage.ts';

const STAGE = 'REVIEW_COMMENTS';
const SECOND_MS = 1000;

/** Since when comments are asked for, and which page of them. */
interface Position {
  readonly since: Date;
  readonly page: number;
}

/**
 * Reads comments on lines of diffs, oldest change first, by keyset: it asks for the first page of what changed since the
 * last change that it saw. Page numbers alone would skip a comment whenever an earlier one is changed meanwhile. Then
 * the comments of pull requests are read that have fewer than GitHub counts: they were stored after their comments.
 */
export const readReviewComments: StageReader = (context, run) =>
  takeSteps(context, run, STAGE, async (planning, stage) =>
    stage.cursor !== null && isOwnComments(stage.cursor)
      ? planOwnComments(planning, run, stage.cursor, storePage)
      : planPage(run, stage),
  );

function planPage(run: StageRun, stage: OpenStage): StageStep {
  const position = stage.cursor === null ? { since: stage.from, page: 1 } : parse(stage.cursor);
  return async (ask) => {
    const { answer } = await ask('core', (github) =>
      github.reviewComments.fetchPage({ repository: run.repository, ...position }),
    );
    const newestSeenAt = answer.lastUpdatedAt;
    const next = positionAfter(position, newestSeenAt);
    const page =
      answer.hasNextPage && next.page > MAX_COMMENT_PAGES ? endOf(answer, TOO_MANY_PAGES) : answer;
    return {
      to: page.hasNextPage ? format(next) : OWN_COMMENTS,
      newestSeenAt,
      store: (tx) => storePage(tx, run, page),
    };
  };
}

async function storePage(tx: DbTransaction, run: StageRun, page: ReviewCommentPage): Promise<void> {
  await storeReviewComments(tx, { ...run, comments: page.comments });
  await storeStageDeadLetters(tx, {
    ...run,
    stage: STAGE,
    rejected: page.rejected,
    readable: page.comments.map(({ comment }) => comment.githubId),
  });
}

/**
 * Where a full page leads: to the first page since the second before its last change, so that none of that second is
 * missed; within one second that fills whole pages, to the next page.
 */
export function positionAfter(position: Position, lastUpdatedAt: Date | null): Position {
  const since = new Date((lastUpdatedAt ?? position.since).getTime() - SECOND_MS);
  return since > position.since
    ? { since, page: 1 }
    : { since: position.since, page: position.page + 1 };
}

function format({ since, page }: Position): string {
  return `${since.toISOString()} ${page}`;
}

function parse(cursor: string): Position {
  const [since = '', page = ''] = cursor.split(' ');
  const position = { since: new Date(since), page: Number(page) };
  if (Number.isNaN(position.since.getTime()) || !Number.isSafeInteger(position.page)) {
    throw new DomainError(
      'INVALID_INPUT',
      'The cursor of the review comments stage cannot be read.',
    );
  }
  return position;
}
