import type { RepositoryData } from '../../core/github-data.ts';
import { nameWithOwner, pullRequestNode } from './graphql-nodes.ts';
import type { FieldArguments, GraphQLScope } from './graphql-scope.ts';
import { mapPage, paginate, sortByKey } from './keyset.ts';
import type { Direction, Key } from './keyset.ts';
import { notFound } from '../refusal.ts';
import { PULL_REQUEST_KEYS } from './pull-request-listing.ts';
import type { PullRequestEntry } from './pull-request-listing.ts';

type Order = 'CREATED_AT' | 'UPDATED_AT' | 'COMMENTS';

interface OrderBy {
  readonly field: Order;
  readonly direction: Direction;
}

/** GitHub lists the oldest first unless it is asked otherwise. */
const DEFAULT_ORDER: OrderBy = { field: 'CREATED_AT', direction: 'ASC' };

/** One page of a repository's pull requests, for the arguments of `Repository.pullRequests`. */
export function pageOfPullRequests(
  repository: RepositoryData,
  args: FieldArguments,
  scope: GraphQLScope,
): unknown {
  scope.onPullRequestPage(nameWithOwner(repository));
  const { field, direction } = (args['orderBy'] as OrderBy | null | undefined) ?? DEFAULT_ORDER;
  const keyOf = field === 'COMMENTS' ? commentsKey(scope) : PULL_REQUEST_KEYS[field];
  const listing = scope.world.listing(repository, scope.at);
  const ordered =
    field === 'COMMENTS'
      ? inDirection(sortByKey(listing.sorted('CREATED_AT', 'ASC'), keyOf), direction)
      : listing.sorted(field, direction);
  const matching = isFiltered(args)
    ? ordered.filter((entry) => matches(entry, args, scope))
    : ordered;
  return mapPage(paginate(matching, keyOf, args, direction), (entry) =>
    pullRequestNode(scope, repository, entry.data),
  );
}

/** The pull request of `Repository.pullRequest(number:)`, or GitHub's refusal. */
export function findPullRequest(
  repository: RepositoryData,
  args: FieldArguments,
  { world, at }: GraphQLScope,
): unknown {
  const number = Number(args['number']);
  const view = world.pullRequest(repository, number, at);
  if (view === null) {
    throw notFound(`Could not resolve to a PullRequest with the number of ${number}.`);
  }
  return { __typename: 'PullRequest', repository, view };
}

function inDirection<Row>(ascending: readonly Row[], direction: Direction): readonly Row[] {
  return direction === 'DESC' ? ascending.toReversed() : ascending;
}

function isFiltered(args: FieldArguments): boolean {
  return ['states', 'labels', 'baseRefName', 'headRefName'].some((name) => args[name] != null);
}

function commentsKey({ at }: GraphQLScope): (entry: PullRequestEntry) => Key {
  return ({ data }) => [
    data.comments.filter((comment) => comment.createdAt <= at).length,
    data.databaseId,
  ];
}

function matches(entry: PullRequestEntry, args: FieldArguments, { at }: GraphQLScope): boolean {
  if (!isAmong(args['states'], [entry.state])) {
    return false;
  }
  const labels = entry.data.labels.filter((label) => label.addedAt <= at);
  return (
    isAmong(
      args['labels'],
      labels.map((label) => label.name),
    ) &&
    isAmong(args['baseRefName'], [entry.data.baseRefName]) &&
    isAmong(args['headRefName'], [entry.data.headRefName])
  );
}

/** A filter that is not given, or an empty list, lets everything through. */
function isAmong(wanted: unknown, values: readonly string[]): boolean {
  if (wanted == null || (Array.isArray(wanted) && wanted.length === 0)) {
    return true;
  }
  return values.some((value) =>
    Array.isArray(wanted) ? wanted.includes(value) : wanted === value,
  );
}
