import type { EventData, Instant } from '../github-data.ts';
import { actorNode } from './graphql-nodes.ts';
import type { PartNode, PullRequestNode } from './graphql-nodes.ts';
import { mergeCommitOf, reviewNode } from './graphql-pull-request-parts.ts';
import type { FieldArguments, Fields } from './graphql-scope.ts';
import { paginateInOrder } from './keyset.ts';
import { toNodeId } from './node-ids.ts';

/** Something in the life of a pull request that is neither a commit, a review nor a comment. */
interface Happening {
  readonly at: Instant;
  readonly actor: string | null;
  readonly reviewer: string | null;
}

type EventName =
  | 'ReadyForReviewEvent'
  | 'ConvertToDraftEvent'
  | 'ReviewRequestedEvent'
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
  const happened = (name: EventName, at: Instant, actor: string | null, reviewer: string | null) =>
    ({ __typename: name, pullRequest, data: { at, actor, reviewer } }) satisfies EventNode;
  const entries: TimelineEntry[] = [
    ...view.commits.map((data) => ({
      at: data.pushedAt,
      type: 'PULL_REQUEST_COMMIT',
      node: { __typename: 'PullRequestCommit', pullRequest, data },
    })),
    ...view.events.map((event) => ({
      at: event.at,
      type: `${event.kind}_EVENT`,
      node: happened(
        EVENT_NAMES[event.kind],
        event.at,
        event.actor,
        event.kind === 'REVIEW_REQUESTED' ? event.reviewer : null,
      ),
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
    const node = happened('MergedEvent', view.mergedAt, view.mergedBy, null);
    entries.push({ at: view.mergedAt, type: 'MERGED_EVENT', node });
  }
  if (view.closedAt !== null) {
    const node = happened('ClosedEvent', view.closedAt, view.mergedBy, null);
    entries.push({ at: view.closedAt, type: 'CLOSED_EVENT', node });
  }
  return entries.toSorted((a, b) => (a.at === b.at ? 0 : a.at < b.at ? -1 : 1));
}

const eventFields: Fields<EventNode> = {
  id: ({ __typename, pullRequest: { repository, view }, data }) =>
    toNodeId('TimelineEvent', repository.databaseId, view.data.number, __typename, data.at),
  createdAt: ({ data }) => data.at,
  actor: ({ data }, _args, scope) => actorNode(scope, data.actor),
  pullRequest: ({ pullRequest }) => pullRequest,
};

export const timelineFields = {
  ReadyForReviewEvent: eventFields,
  ConvertToDraftEvent: eventFields,
  ReviewRequestedEvent: {
    ...eventFields,
    requestedReviewer: ({ data }, _args, scope) => actorNode(scope, data.reviewer),
  } satisfies Fields<EventNode>,
  MergedEvent: {
    ...eventFields,
    commit: ({ pullRequest }) => mergeCommitOf(pullRequest),
    mergeRefName: ({ pullRequest }) => pullRequest.view.data.baseRefName,
  } satisfies Fields<EventNode>,
  ClosedEvent: {
    ...eventFields,
    closable: ({ pullRequest }) => pullRequest,
  } satisfies Fields<EventNode>,
};
