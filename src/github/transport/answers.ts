import { notFound, notGitHub } from './failures.ts';
import { UnreadableError } from './wire-values.ts';

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

/** Where a list goes on; null at its end. */
export function nextCursorOf({
  pageInfo,
}: {
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}): string | null {
  return pageInfo.hasNextPage ? pageInfo.endCursor : null;
}
