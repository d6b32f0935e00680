import { errorsOf, excerpt, GitHubFailure } from './failures.ts';
import type { GraphQLErrorEntry } from './graphql-errors.ts';

/** An answer of which single things were refused or missing. */
export interface PartialAnswer<Answer> {
  readonly answer: Answer;
  /** Fields of the repository that are not there at all. */
  readonly missing: ReadonlySet<string>;
  /**
   * Why GitHub does not show a pull request whole, by its index in a page or by the name of its field: what is there of
   * it must not be stored.
   */
  readonly withheld: ReadonlyMap<string, string>;
  /** What asking threw, where the answer has gaps: for an answer that is nothing but gaps. */
  readonly failure: GitHubFailure | null;
}

/** Lists that would read as empty, and what is stored would be removed. */
const LISTS = new Set(['labels', 'timelineItems', 'commits']);

/** Fields that mean "there is none" when they are null, and "not reported" when they are absent. */
const REMOVABLE = new Set(['statusCheckRollup', 'files']);

const REFUSED = new Set(['FORBIDDEN', 'INSUFFICIENT_SCOPES']);

/** Where an answer has one pull request, or some lists of one: the node of a page, or a field of its own. */
const ENTRY_PATH =
  /^repository\.(?:pullRequests\.nodes\.(?<index>\d+)|(?<field>(?:pull|l)\d+))(?:\.|$)/;

/**
 * Waits for an answer of GraphQL, and takes one in which only things were refused or missing that can be done without:
 * a permission for checks or deployments is optional, and one pull request that is gone or withheld is its own business.
 * @throws what asking throws, also where the repository or all of a list of pull requests is refused
 */
export async function acceptPartialAnswer<Answer>(
  asked: Promise<Answer>,
): Promise<PartialAnswer<Answer>> {
  const withheld = new Map<string, string>();
  try {
    return { answer: await asked, missing: new Set(), withheld, failure: null };
  } catch (error) {
    if (!(error instanceof GitHubFailure)) {
      throw error;
    }
    const { errors, data } = errorsOf(error.cause);
    const answer: unknown = structuredClone(data);
    if (errors.length === 0 || !errors.every((entry) => isTolerable(answer, entry, withheld))) {
      throw error;
    }
    const gone = errors.filter(({ type, path }) => type === 'NOT_FOUND' && path?.length === 2);
    return {
      answer: answer as Answer,
      missing: new Set(gone.map(({ path }) => String(path?.[1]))),
      withheld,
      failure: error,
    };
  }
}

/**
 * Whether the answer is good without what an error is about; that part is then taken out of it, and a pull request of
 * which too little is left is added to `withheld`.
 */
function isTolerable(
  answer: unknown,
  { type, message, path = [] }: GraphQLErrorEntry,
  withheld: Map<string, string>,
): boolean {
  const isRefused = REFUSED.has(type ?? '');
  if ((!isRefused && type !== 'NOT_FOUND') || path.length < 2) {
    return false;
  }
  const { index, field } = ENTRY_PATH.exec(path.join('.'))?.groups ?? {};
  const entry = index ?? field;
  const depthOfEntry = index === undefined ? 1 : 3;
  let at = answer;
  for (const [depth, key] of path.entries()) {
    if (typeof at !== 'object' || at === null) {
      return false;
    }
    const next: unknown = Reflect.get(at, key);
    if (next === null || next === undefined) {
      if (isRefused && REMOVABLE.has(String(key))) {
        return Reflect.deleteProperty(at, key);
      }
      if (depth === 0) {
        return key !== 'repository';
      }
      if (entry === undefined || depth < depthOfEntry) {
        return !isRefused;
      }
      const isGone = field !== undefined && depth === depthOfEntry && !isRefused;
      const isLost = depth === depthOfEntry || LISTS.has(String(key));
      if (isLost && !isGone && !withheld.has(entry)) {
        withheld.set(entry, `GitHub does not show all of it: ${excerpt(message ?? 'no reason')}`);
      }
      return true;
    }
    at = next;
  }
  return true;
}
