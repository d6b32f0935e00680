import { notFound, notGitHub } from './failures.ts';
import { toFlag, UnreadableError } from './wire-values.ts';

/** A repository that is null is not there; an answer without the field is no answer to our question. */
export function foundIn<Repository>(
  answer: { readonly repository?: Repository | null } | null | undefined,
  what: string,
): Repository {
  if (answer?.repository) {
    return answer.repository;
  }
  throw answer?.repository === null ? notFound(what) : notGitHub(what);
}

/** An answer that lacks what the schema promises comes from something that is not GitHub's API. */
export function readAnswer<T>(what: string, map: () => T): T {
  try {
    return map();
  } catch (error) {
    throw notGitHub(what, error);
  }
}

/** A page of a list of nodes. GitHub leaves holes for what may not be seen. */
interface NodePage<Node> {
  readonly nodes: readonly (Node | null)[] | null;
}

export type NodeOf<Page> = Page extends NodePage<infer Node> ? Node & {} : never;

/**
 * What a page holds, without the holes; nothing where no page came.
 * @throws UnreadableError when a page came without its list: that is no empty one
 */
export function nodesOf<Node>(page: NodePage<Node> | null | undefined): Node[] {
  if (page == null) {
    return [];
  }
  if (!Array.isArray(page.nodes)) {
    throw new UnreadableError('a page came without its list, and without an error');
  }
  return page.nodes.filter((node): node is Node & {} => node !== null);
}

/**
 * Where a list goes on; null at its end.
 * @throws UnreadableError when there is more and no cursor to it: that is not the end
 */
export function nextCursorOf({
  pageInfo,
}: {
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}): string | null {
  if (!toFlag(pageInfo.hasNextPage, 'hasNextPage')) {
    return null;
  }
  if (typeof pageInfo.endCursor !== 'string') {
    throw new UnreadableError('a page says that there is more, and not where it goes on');
  }
  return pageInfo.endCursor;
}
