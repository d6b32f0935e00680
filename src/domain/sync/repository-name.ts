import { DomainError } from '../core/errors.ts';
import { excerpt } from '../core/excerpt.ts';

export interface RepositoryName {
  readonly owner: string;
  readonly name: string;
}

/**
 * GitHub's own rules: an owner is letters, digits and hyphens, and an underscore before the short code of a managed
 * user's enterprise; a repository takes dots too.
 */
const REPOSITORY_NAME = /^([A-Za-z0-9](?:[A-Za-z0-9_-]{0,38}))\/([A-Za-z0-9._-]{1,100})$/;

/** Characters of a wrong name that are shown. */
const MAX_SHOWN = 80;

/**
 * Reads `owner/name`.
 * @throws DomainError INVALID_INPUT when the text is not of that form
 */
export function parseRepositoryName(text: string): RepositoryName {
  const [, owner, name] = REPOSITORY_NAME.exec(text.trim()) ?? [];
  if (owner === undefined || name === undefined || name === '.' || name === '..') {
    throw new DomainError(
      'INVALID_INPUT',
      `"${excerpt(text, MAX_SHOWN)}" is not a repository: write it as owner/name, for example octocat/hello-world.`,
    );
  }
  return { owner, name };
}

/** The name in one string, as GitHub shows it. */
export function formatRepositoryName(repository: RepositoryName): string {
  return `${repository.owner}/${repository.name}`;
}
