import type { Octokit } from '@octokit/rest';
import type { AppCredential } from './app-jwts.ts';
import type { AppTokens } from './app-tokens.ts';
import { statusOf } from '../transport/failures.ts';

/** With what GitHub is asked. */
export type GitHubAuth =
  /** Nothing: GitHub's GraphQL then refuses. */
  | { readonly kind: 'NONE' }
  | { readonly kind: 'PAT'; readonly token: string }
  | ({ readonly kind: 'APP' } & AppCredential);

export interface GitHubCredential {
  /** The REST root; GraphQL is at `<root>/graphql`. */
  readonly apiUrl: string;
  readonly auth: GitHubAuth;
}

/**
 * Puts the credential into every request of an Octokit. A token of an installation that GitHub refuses is minted again
 * once: it may have been taken back before its time.
 */
export function authenticate(
  octokit: Octokit,
  { apiUrl, auth }: GitHubCredential,
  appTokens: AppTokens,
): void {
  octokit.hook.wrap('request', async (request, options) => {
    const authorized = async (authorization: string) => {
      // Hooks below see these options whatever they are handed: a copy would get lost.
      options.headers.authorization = authorization;
      return request(options);
    };
    const withToken = (token: string) => authorized(`token ${token}`);
    if (auth.kind === 'NONE') {
      return request(options);
    }
    if (auth.kind === 'PAT') {
      return withToken(auth.token);
    }
    if (options.url.startsWith('/app/')) {
      return appTokens.sendAsApp(apiUrl, auth, authorized);
    }
    const token = await appTokens.get(apiUrl, auth);
    try {
      return await withToken(token);
    } catch (error) {
      if (statusOf(error) !== 401) {
        throw error;
      }
      return withToken(await appTokens.renew(apiUrl, auth, token));
    }
  });
}

/** Puts a token of the App itself into every request of an Octokit, for what no installation may see. */
export function authenticateAsApp(
  octokit: Octokit,
  apiUrl: string,
  app: AppCredential,
  appTokens: AppTokens,
): void {
  octokit.hook.wrap('request', (request, options) =>
    appTokens.sendAsApp(apiUrl, app, async (authorization) => {
      options.headers.authorization = authorization;
      return request(options);
    }),
  );
}
