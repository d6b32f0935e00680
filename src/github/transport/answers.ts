import { notFound, notGitHub } from './failures.ts';

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
