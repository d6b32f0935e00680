import { DomainError } from '../core/errors.ts';

/** Patterns of a team or repository. */
export const MAX_TRACKED_BRANCHES = 50;

/** Git's own bound of a name of a branch. */
const MAX_CHARACTERS = 255;

/** What no branch is called: control characters, blanks and what git refuses; the asterisk stands for any characters. */
const NO_BRANCH = /[\p{Cc}\p{Cf}\p{Cs}\s~^:?[\\]/u;

/**
 * Reads names of branches, or patterns with an asterisk, as an admin gives them.
 * @returns each once, in their order
 * @throws DomainError INVALID_INPUT
 */
export function readTrackedBranches(given: readonly string[]): string[] {
  const branches = [...new Set(given.map((branch) => branch.trim()))];
  if (branches.length > MAX_TRACKED_BRANCHES) {
    throw new DomainError(
      'INVALID_INPUT',
      `Name up to ${MAX_TRACKED_BRANCHES} branches, not ${branches.length}: an asterisk stands for any characters, as in release/*.`,
    );
  }
  const wrong = branches.findIndex(
    (branch) => branch === '' || branch.length > MAX_CHARACTERS || NO_BRANCH.test(branch),
  );
  if (wrong >= 0) {
    throw new DomainError(
      'INVALID_INPUT',
      `Entry ${wrong + 1} of trackedBranches is no name of a branch: write main, or release/* for all that begin so.`,
    );
  }
  return branches;
}
