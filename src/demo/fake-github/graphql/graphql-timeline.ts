import type { EventData, Instant } from '../../core/github-data.ts';
import { actorNode, bareCommitNode, reviewerNode } from './graphql-nodes.ts';
import type { PartNode, PullRequestNode } from './graphql-nodes.ts';
import { mergeCommitOf, reviewNode } from './graphql-pull-request-parts.ts';
import type { FieldArguments, Fields } from './graphql-scope.ts';
import { paginateInOrder } from './keyset.ts';
import { toNodeId } from './node-ids.ts';

/** Something in the life of a pull request that is neither a commit, a review nor a comment. */
interface Happening {
  readonly at: Instant;
  readonly actor: string | null;
  /** Distinguishes two of one kind and second. */
  readonly index: number;
  readonly event: EventData | null;
}

type EventName =
  | 'ReadyForReviewEvent'
  | 'ConvertToDraftEvent'
  | 'ReviewRequestedEvent'
  | 'ReviewRequestRemovedEvent'
  | 'HeadRefForcePushedEvent'
  | 'BaseRefChangedEvent'
  | 'ReopenedEvent'
  | 'MergedEvent'
  | 'ClosedEvent';

type EventNode = PartNode<EventName, Happening>;

interface TimelineEntry {
  readonly at: Instant;
  /** As `itemTypes` names it. */
  readonly type: string;
  readonly node: unknown;
}

const EVENT_NAMES: Readonly<Record<EventData['kind'], EventName>> = {
  READY_FOR_REVIEW: 'ReadyForReviewEvent',
  CONVERT_TO_DRAFT: 'ConvertToDraftEvent',
  REVIEW_REQUESTED: 'ReviewRequestedEvent',
  REVIEW_REQUEST_REMOVED: 'ReviewRequestRemovedEvent',
  HEAD_REF_FORCE_PUSHED: 'HeadRefForcePushedEvent',
  BASE_REF_CHANGED: 'BaseRefChangedEvent',
  CLOSED: 'ClosedEvent',
  REOPENED: 'ReopenedEvent',
};

/** One page of `PullRequest.timelineItems`, oldest first. */
export function pageOfTimeline(pullRequest: PullRequestNode, args: FieldArguments): unknown {
  const { itemTypes, since, skip } = args;
  const wanted = timelineOf(pullRequest)
    .filter(({ type }) => !Array.isArray(itemTypes) || itemTypes.includes(type))
    .filter(({ at }) => typeof since !== 'string' || at >= since)
    .slice(typeof skip === 'number' ? skip : 0);
  const page = paginateInOrder(
    wanted.map((entry) => entry.node),
    args,
  );
  return {
    ...page,
    filteredCount: wanted.length,
    pageCount: page.nodes.length,
    updatedAt: pullRequest.view.updatedAt,
  };
}

function timelineOf(pullRequest: PullRequestNode): TimelineEntry[] {
  const { view } = pullRequest;
  const happened = (
    name: EventName,
    data: Pick<Happening, 'at' | 'actor'> & Partial<Happening>,
  ): EventNode => ({ __typename: name, pullRequest, data: { index: 0, event: null, ...data } });
  const entries: TimelineEntry[] = [
    ...view.commits.map((data) => ({
      at: data.pushedAt,
      type: 'PULL_REQUEST_COMMIT',
      node: { __typename: 'PullRequestCommit', pullRequest, data },
    })),
    ...view.events.map((event, index) => ({
      at: event.at,
      type: `${event.kind}_EVENT`,
      node: happened(EVENT_NAMES[event.kind], {
        at: event.at,
        actor: event.actor,
        index: index + 1,
        event,
      }),
    })),
    ...view.reviews.map((review) => ({
      at: review.submittedAt,
      type: 'PULL_REQUEST_REVIEW',
      node: reviewNode(pullRequest, review),
    })),
    ...view.comments.map((data) => ({
      at: data.createdAt,
      type: 'ISSUE_COMMENT',
      node: { __typename: 'IssueComment', pullRequest, data },
    })),
  ];
  if (view.mergedAt !== null) {
    const node = happened('MergedEvent', { at: view.mergedAt, actor: view.mergedBy });
    entries.push({ at: view.mergedAt, type: 'MERGED_EVENT', node });
  }
  const isListed = view.events.some(({ kind, at }) => kind === 'CLOSED' && at === view.closedAt);
  if (view.closedAt !== null && !isListed) {
    const node = happened('ClosedEvent', { at: view.closedAt, actor: view.mergedBy });
    entries.push({ at: view.closedAt, type: 'CLOSED_EVENT', node });
  }
  return entries.toSorted((a, b) => (a.at === b.at ? 0 : a.at < b.at ? -1 : 1));
}

const eventFields: Fields<EventNode> = {
  id: ({ __typename, pullRequest: { repository, view }, data }) =>
    toNodeId(
      'TimelineEvent',
      repository.databaseId,
      view.data.number,
      __typename,
      data.at,
      data.index,
    ),
  createdAt: ({ data }) => data.at,
  actor: ({ data }, _args, scope) => actorNode(scope, data.actor),
  pullRequest: ({ pullRequest }) => pullRequest,
};

const reviewRequestEventFields: Fields<EventNode> = {
  ...eventFields,
  requestedReviewer: ({ data: { event } }, _args, scope) =>
    event !== null && 'reviewer' in event ? reviewerNode(scope, event.reviewer) : null,
};

export const timelineFields = {
  ReadyForReviewEvent: eventFields,
  ConvertToDraftEvent: eventFields,
  ReopenedEvent: {
    ...eventFields,
    closable: ({ pullRequest }) => pullRequest,
  } satisfies Fields<EventNode>,
  ReviewRequestedEvent: reviewRequestEventFields,
  ReviewRequestRemovedEvent: reviewRequestEventFields,
  HeadRefForcePushedEvent: {
    ...eventFields,
    beforeCommit: ({ pullRequest, data: { event } }) =>
      event !== null && 'before' in event
        ? bareCommitNode(pullRequest.repository, event.before, event.at)
        : null,
    afterCommit: ({ pullRequest, data: { event } }) =>
      event !== null && 'after' in event
        ? bareCommitNode(pullRequest.repository, event.after, event.at)
        : null,
  } satisfies Fields<EventNode>,
  BaseRefChangedEvent: {
    ...eventFields,
    previousRefName: ({ data: { event } }) =>
      event !== null && 'before' in event ? event.before : null,
    currentRefName: ({ data: { event } }) =>
      event !== null && 'after' in event ? event.after : null,
  } satisfies Fields<EventNode>,
  MergedEvent: {
    ...eventFields,
    commit: ({ pullRequest }) => mergeCommitOf(pullRequest),
    mergeRefName: ({ pullRequest }) => pullRequest.view.baseRefName,
  } satisfies Fields<EventNode>,
  ClosedEvent: {
    ...eventFields,
    closable: ({ pullRequest }) => pullRequest,
  } satisfies Fields<EventNode>,
};
