import type { RepositoryData } from '../../core/github-data.ts';
import { GitHubRefusal } from '../refusal.ts';
import { bareCommitNode, type CommitNode } from './graphql-nodes.ts';
import type { FieldArguments, Fields, GraphQLScope } from './graphql-scope.ts';
import { mapPage, paginateInOrder, type Page } from './keyset.ts';

/** GitHub's cursor into a history: the commit that it begins with, and a position in it. */
const CURSOR = /^([0-9a-f]{40}) (\d+)$/;

/** A commit by its name, as `Repository.object` finds it; null when it is not there. */
export function findCommit(
  repository: RepositoryData,
  oid: unknown,
  { world, at, onCommit }: GraphQLScope,
): CommitNode | null {
  onCommit();
  const graph = world.commits(repository);
  if (typeof oid !== 'string') {
    throw new Error('The fake GitHub finds objects by their oid only.');
  }
  return graph.has(oid, at) ? bareCommitNode(repository, oid, graph.commit(oid).at) : null;
}

/** Which commits a commit follows on, and all that lead to it. */
export const historyFields: Fields<CommitNode> = {
  parents: ({ repository, commit }, args, { world }) => {
    const graph = world.commits(repository);
    const { parents } = graph.commit(commit.oid);
    return mapPage(paginateInOrder(parents, args), (oid) =>
      bareCommitNode(repository, oid, commit.committer.date),
    );
  },
  history: ({ repository, commit }, args, { world }): Page<CommitNode> => {
    const { since, until, path, author } = args;
    if (path != null || author != null) {
      throw new Error('The fake GitHub does not know history by path or author.');
    }
    const listed = world
      .commits(repository)
      .history(commit.oid)
      .filter(({ at }) => isWithin(at, since, until));
    const page = pageOf(listed, commit.oid, args);
    return mapPage(page, ({ oid, at }) => bareCommitNode(repository, oid, at));
  },
};

/** Texts of instants of this form sort by time. */
function isWithin(at: string, since: unknown, until: unknown): boolean {
  return (typeof since !== 'string' || at >= since) && (typeof until !== 'string' || at <= until);
}

/** @throws GitHubRefusal when the cursor is of another history, or none */
function pageOf<Item>(items: readonly Item[], oid: string, args: FieldArguments): Page<Item> {
  const { first, last, after, before } = args;
  if (last != null || before != null) {
    throw new Error('The fake GitHub reads histories forwards only.');
  }
  let start = 0;
  if (typeof after === 'string') {
    const [, head, position] = CURSOR.exec(after) ?? [];
    if (head !== oid) {
      throw new GitHubRefusal(
        'INVALID_CURSOR_ARGUMENTS',
        `\`${after}\` does not appear to be a valid cursor.`,
      );
    }
    start = Number(position) + 1;
  }
  const end = Math.min(items.length, start + Number(first ?? 0));
  const edges = items
    .slice(start, end)
    .map((node, index) => ({ cursor: `${oid} ${start + index}`, node }));
  return {
    totalCount: items.length,
    nodes: edges.map(({ node }) => node),
    edges,
    pageInfo: {
      hasNextPage: end < items.length,
      hasPreviousPage: start > 0,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
