import { readNature } from '../../domain/pulls/change-nature.ts';
import type { PullRequestFact } from '../../domain/pulls/github-facts.ts';
import type { PullRequestPhases } from '../../domain/pulls/pull-request-phases.ts';
import { describeTable, type RowOf } from '../bulk/describe-table.ts';

/** What a pull request's row needs beside the fact: ids of other rows and computed phases. */
export interface PullRequestContext extends Pick<
  RowOf<typeof PULL_REQUEST>,
  'repositoryId' | 'authorId' | 'mergedById' | 'syncedAt'
> {
  readonly phases: PullRequestPhases;
}

export const PULL_REQUEST = describeTable('PullRequest', {
  unwritten: ['id', 'deletedAt', 'reviewCommentsAt', 'baseKind'],
  key: ['repositoryId', 'number'],
  newest: 'updatedAt',
  returning: ['id', 'number'],
});

/** The row of a pull request. */
export function toPullRequestRow(
  fact: PullRequestFact,
  { phases: { seconds, ...phases }, ...context }: PullRequestContext,
): RowOf<typeof PULL_REQUEST> {
  return {
    ...fact,
    ...phases,
    ...context,
    ...readNature(fact),
    isCrossRepository: fact.isCrossRepository ?? null,
    codingSeconds: seconds?.coding ?? null,
    pickupSeconds: seconds?.pickup ?? null,
    reviewSeconds: seconds?.review ?? null,
    mergeWaitSeconds: seconds?.mergeWait ?? null,
    cycleTimeSeconds: seconds?.cycleTime ?? null,
    complete: fact.unread.length === 0,
  };
}

export const LABEL = describeTable('PullRequestLabel', {
  key: ['label', 'pullRequestId'],
  references: { pullRequestId: 'PullRequest' },
  returning: ['pullRequestId'],
});

export const REVIEW = describeTable('Review', {
  key: ['githubId'],
  references: { pullRequestId: 'PullRequest', reviewerId: 'Member' },
  returning: ['pullRequestId'],
});

export const COMMIT = describeTable('Commit', {
  key: ['pullRequestId', 'sha'],
  references: { pullRequestId: 'PullRequest', authorId: 'Member' },
  returning: ['pullRequestId'],
});

export const FILE = describeTable('PullRequestFile', {
  key: ['pullRequestId', 'path'],
  references: { pullRequestId: 'PullRequest' },
  returning: ['pullRequestId'],
});

export const COMMENT = describeTable('Comment', {
  key: ['kind', 'githubId'],
  references: { pullRequestId: 'PullRequest', authorId: 'Member' },
  newest: 'updatedAt',
  returning: ['pullRequestId'],
});

export const EVENT = describeTable('PullRequestEvent', {
  key: ['pullRequestId', 'eventId'],
  references: { pullRequestId: 'PullRequest', actorId: 'Member', subjectId: 'Member' },
  returning: ['pullRequestId'],
});

export const CHECK_RUN = describeTable('CheckRun', {
  key: ['pullRequestId', 'checkId'],
  references: { pullRequestId: 'PullRequest' },
  returning: ['pullRequestId'],
});

export const AI_SIGNAL = describeTable('AiSignal', {
  key: ['pullRequestId', 'tool', 'kind', 'location'],
  references: { pullRequestId: 'PullRequest' },
  returning: ['pullRequestId'],
});

export const GAP = describeTable('PullRequestGap', {
  key: ['pullRequestId', 'list', 'item', 'field'],
});
