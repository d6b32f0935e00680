import { DomainError } from '../../domain/core/errors.ts';
import type { AccountData, GitHubData } from './github-data.ts';

/**
 * One GitHub out of several: all their repositories, each account once (the first one wins), the first one's viewer.
 * @throws DomainError INVALID_INPUT when two sources hold a repository of the same name
 */
export function combineSources(...sources: readonly GitHubData[]): GitHubData {
  const [first] = sources;
  if (first === undefined) {
    throw new Error('Give at least one source to combine.');
  }
  const accounts = new Map<string, AccountData>();
  for (const account of sources.flatMap((source) => source.accounts)) {
    const key = account.login.toLowerCase();
    if (!accounts.has(key)) {
      accounts.set(key, account);
    }
  }
  const repositories = sources.flatMap((source) => source.repositories);
  const names = new Set<string>();
  for (const repository of repositories) {
    const name = `${repository.owner}/${repository.name}`;
    if (names.has(name.toLowerCase())) {
      throw new DomainError('INVALID_INPUT', `Two sources hold the repository ${name}.`);
    }
    names.add(name.toLowerCase());
  }
  return {
    viewer: first.viewer,
    accounts: [...accounts.values()],
    organizations: sources.flatMap((source) => source.organizations),
    repositories,
  };
}
