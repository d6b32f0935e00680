import type { PullRequestNode } from '../../../../src/github/pulls/pull-request-query.ts';
import {
  rawActor,
  rawCheck,
  rawChecks,
  rawComment,
  rawCommit,
  rawEvent,
  rawFile,
  rawList,
  rawPullRequest,
  rawReview,
} from './raw-facts.ts';

/** A pull request with something in every list. */
export function fullPullRequest(): PullRequestNode {
  return rawPullRequest({
    state: 'MERGED',
    mergedAt: '2025-12-17T10:00:00Z',
    closedAt: '2025-12-17T10:00:00Z',
    mergeCommit: { oid: 'beef' },
    mergedBy: rawActor(),
    labels: rawList([{ name: 'bug' }]),
    body: 'Why',
    timelineItems: rawList([
      rawReview({ body: 'Fine' }),
      rawComment(),
      rawEvent('ReviewRequestedEvent', {
        requestedReviewer: { __typename: 'User', databaseId: 8, login: 'bo', name: 'Bo' },
      }),
      rawEvent('ReviewRequestRemovedEvent', {
        requestedReviewer: { __typename: 'Team', slug: 'platform' },
      }),
      rawEvent('HeadRefForcePushedEvent', {
        beforeCommit: { oid: 'aaaa' },
        afterCommit: { oid: 'bbbb' },
      }),
      rawEvent('BaseRefChangedEvent', { previousRefName: 'main', currentRefName: 'next' }),
    ]),
    statusCheckRollup: rawChecks([
      rawCheck(),
      {
        __typename: 'StatusContext',
        context: 'ci/legacy',
        state: 'SUCCESS',
        createdAt: '2025-12-16T11:00:00Z',
      },
    ]),
    commits: rawList([rawCommit({ message: 'a\n\nCo-authored-by: Bo <b@x>' })]),
    files: rawList([rawFile()]),
  });
}

export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Paths of all values of a tree that are neither list nor object. */
export function leavesOf(value: Json, path: readonly string[] = []): (readonly string[])[] {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, child]) => leavesOf(child, [...path, key]))
    : [path];
}

/** The same tree with another value in one place. */
export function withLeaf(value: Json, [key, ...rest]: readonly string[], leaf: unknown): unknown {
  if (key === undefined) {
    return leaf;
  }
  const copy = structuredClone(value) as Record<string, Json>;
  copy[key] = withLeaf(copy[key] ?? null, rest, leaf) as Json;
  return copy;
}
