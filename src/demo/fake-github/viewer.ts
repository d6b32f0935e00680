import type { AccountData, RepositoryData } from '../core/github-data.ts';
import type { Caller } from './callers.ts';
import type { GitHubWorld } from './world.ts';

/** An App's account has an id that no account of a source has. */
const APP_ACCOUNT_ID = 2_000_000_000;

/**
 * The world as the caller sees it: the viewer is whoever asks, for an installation its App; an installation of one
 * account sees the repositories of that account.
 */
export function worldOf({ kind, login, account }: Caller, world: GitHubWorld): GitHubWorld {
  if (login === null) {
    return world;
  }
  const app: AccountData = {
    kind: 'User',
    databaseId: APP_ACCOUNT_ID,
    login,
    name: null,
    url: `https://github.example/apps/${login.replace('[bot]', '')}`,
    createdAt: '2024-01-01T00:00:00Z',
  };
  const viewer = kind === 'INSTALLATION' ? app : (world.account(login) ?? world.viewer);
  return account === null ? { ...world, viewer } : { ...ownedBy(account, world), viewer };
}

function ownedBy(account: string, world: GitHubWorld): GitHubWorld {
  const isOwned = ({ owner }: RepositoryData): boolean =>
    owner.toLowerCase() === account.toLowerCase();
  const shown = (found: RepositoryData | undefined): RepositoryData | undefined =>
    found !== undefined && isOwned(found) ? found : undefined;
  return {
    ...world,
    repositories: world.repositories.filter(isOwned),
    repository: (owner, name) => shown(world.repository(owner, name)),
    renamed: (owner, name) => shown(world.renamed(owner, name)),
    repositoryById: (databaseId) => shown(world.repositoryById(databaseId)),
  };
}
