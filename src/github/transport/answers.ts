import { GitHubFailure, notFound, notGitHub } from './failures.ts';
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

/** A list that contradicts itself: GitHub's, and one of which nobody knows what it lacks. */
export class ContradictoryListError extends UnreadableError {}

/**
 * An answer that lacks what the schema promises comes from something that is not GitHub's API; one whose list contradicts
 * itself comes from GitHub all the same.
 */
export function readAnswer<T>(what: string, map: () => T): T {
  try {
    return map();
  } catch (error) {
    throw error instanceof ContradictoryListError
      ? new GitHubFailure(
          'UNEXPECTED',
          `GitHub's answer for ${what} contradicts itself: ${error.message}.`,
          { cause: error },
        )
      : notGitHub(what, error);
  }
}

/** A page of a list of nodes. GitHub leaves holes for what may not be seen. */
interface NodePage<Node> {
  readonly nodes: readonly (Node | null)[] | null;
}

export type NodeOf<Page> = Page extends NodePage<infer Node> ? Node & {} : never;

/**
 * What a page holds, without the holes; nothing where no page came.
 * @throws ContradictoryListError when a page came without its list: that is no empty one
 */
export function nodesOf<Node>(page: NodePage<Node> | null | undefined): Node[] {
  if (page == null) {
    return [];
  }
  if (!Array.isArray(page.nodes)) {
    throw new ContradictoryListError('a page came without its list, and without an error');
  }
  return page.nodes.filter((node): node is Node & {} => node !== null);
}
