import type { AccountData } from '../github-data.ts';
import type { Caller } from './callers.ts';
import type { GitHubWorld } from './world.ts';

/** An App's account has an id that no account of a source has. */
const APP_ACCOUNT_ID = 2_000_000_000;

/** The world as the caller sees it: the viewer is whoever asks, for an installation its App. */
export function worldOf({ kind, login }: Caller, world: GitHubWorld): GitHubWorld {
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
  return { ...world, viewer };
}
