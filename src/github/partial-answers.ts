import { errorsOf, GitHubFailure, type GraphQLErrorEntry } from './failures.ts';

/** An answer of which single things were refused or missing. */
export interface PartialAnswer<Answer> {
  readonly answer: Answer;
  /** Fields of the repository that are not there at all. */
  readonly missing: ReadonlySet<string>;
}

/** Lists that would read as empty, and what is stored would be removed. */
const LISTS = new Set(['labels', 'timelineItems', 'commits']);

/** What reads as "there is none" when it is null, and as "not told" when it is absent. */
const TOLD = new Set(['statusCheckRollup', 'files']);

const REFUSED = new Set(['FORBIDDEN', 'INSUFFICIENT_SCOPES']);

/**
 * Waits for an answer of GraphQL, and takes one in which only things were refused or missing that can be done without:
 * a permission for checks or deployments is optional, and one thing that is gone is its own business.
 * @throws what asking throws, also where the repository, a pull request or one of its lists is refused
 */
export async function withGaps<Answer>(asked: Promise<Answer>): Promise<PartialAnswer<Answer>> {
  try {
    return { answer: await asked, missing: new Set() };
  } catch (error) {
    const { errors, data } = errorsOf(error instanceof GitHubFailure ? error.cause : error);
    const answer: unknown = structuredClone(data);
    if (errors.length === 0 || !errors.every((entry) => isBearable(answer, entry))) {
      throw error;
    }
    const gone = errors.filter(({ type, path }) => type === 'NOT_FOUND' && path?.length === 2);
    return {
      answer: answer as Answer,
      missing: new Set(gone.map(({ path }) => String(path?.[1]))),
    };
  }
}

/** Whether the answer is good without what an error speaks of; what is not told then is taken out of it. */
function isBearable(answer: unknown, { type, path = [] }: GraphQLErrorEntry): boolean {
  const isRefused = REFUSED.has(type ?? '');
  if ((!isRefused && type !== 'NOT_FOUND') || path.length < 2) {
    return false;
  }
  let at = answer;
  for (const [depth, key] of path.entries()) {
    if (typeof at !== 'object' || at === null) {
      return false;
    }
    const next: unknown = Reflect.get(at, key);
    if (next === null || next === undefined) {
      if (isRefused && TOLD.has(String(key))) {
        return Reflect.deleteProperty(at, key);
      }
      return depth === 0
        ? key !== 'repository'
        : !LISTS.has(String(key)) && (!isRefused || depth > 3);
    }
    at = next;
  }
  return true;
}
