import { createAppAuth } from '@octokit/auth-app';
import { GitHubFailure, statusOf, suspended, toGitHubFailure } from '../transport/failures.ts';
import { createOctokit } from '../transport/octokit.ts';
import type { GitHubTransport } from '../transport/transport.ts';

/** An installation of a GitHub App, with the App's key. */
export interface AppCredential {
  readonly appId: bigint;
  readonly installationId: bigint;
  /** PEM, PKCS#1 or PKCS#8. */
  readonly privateKey: string;
}

export type AppTokens = ReturnType<typeof createAppTokens>;

/** A token of an installation, with the key that it was minted with. */
export interface MintedToken {
  readonly token: string;
  readonly expiresAt: Date;
  readonly privateKey: string;
}

/** A token that runs out while it is on its way would be refused. */
const RENEW_EARLY_MS = 5 * 60 * 1000;

/**
 * Mints installation tokens, and keeps them in this process until they run out. Every method throws GitHubFailure. The
 * App's JWT comes from @octokit/auth-app; its own minting is not used, because it shares
 * what is on its way by the installation's number alone, which two servers may have in common.
 */
export function createAppTokens(options: {
  readonly transport: GitHubTransport;
  readonly now: () => Date;
  /** Where tokens are kept: shared by all of one process. */
  readonly minted: Map<string, MintedToken>;
}) {
  const { minted } = options;

  /** One request as the App. */
  async function ask(route: string, apiUrl: string, app: AppCredential): Promise<unknown> {
    const what = `installation ${app.installationId} of the GitHub App ${app.appId}`;
    const jwt = await signJwt(app);
    try {
      const { data } = await createOctokit(apiUrl, options.transport).request(route, {
        installation_id: String(app.installationId),
        headers: { authorization: `bearer ${jwt}` },
      });
      return data;
    } catch (error) {
      throw toAppFailure(error, what, options.now());
    }
  }

  async function mint(key: string, apiUrl: string, app: AppCredential): Promise<string> {
    const answer = await ask(
      'POST /app/installations/{installation_id}/access_tokens',
      apiUrl,
      app,
    );
    const { token, expires_at: expiresAt } = (answer ?? {}) as Record<string, unknown>;
    const expires = new Date(String(expiresAt));
    if (typeof token !== 'string' || token === '' || Number.isNaN(expires.getTime())) {
      throw new GitHubFailure(
        'UNEXPECTED',
        "The answer for an installation token is not what GitHub's API gives: check the connection's address.",
      );
    }
    minted.set(key, { token, expiresAt: expires, privateKey: app.privateKey });
    return token;
  }

  return {
    /** The App's own token, for routes below `/app`. */
    sign: signJwt,
    /** A token that is good for five minutes at least. */
    async get(apiUrl: string, app: AppCredential): Promise<string> {
      const key = keyOf(apiUrl, app);
      const known = minted.get(key);
      const isGood =
        known?.privateKey === app.privateKey &&
        known.expiresAt.getTime() - RENEW_EARLY_MS > options.now().getTime();
      return isGood ? known.token : mint(key, apiUrl, app);
    },
    /** Another token than the one that GitHub refused. */
    async renew(apiUrl: string, app: AppCredential, refused: string): Promise<string> {
      const key = keyOf(apiUrl, app);
      const known = minted.get(key);
      // Another request may have renewed it meanwhile.
      return known !== undefined && known.token !== refused ? known.token : mint(key, apiUrl, app);
    },
    /** On which account the App is installed, with what permissions, and for which webhook events. */
    async describe(apiUrl: string, app: AppCredential) {
      const answer = (await ask('GET /app/installations/{installation_id}', apiUrl, app)) as {
        readonly account?: { readonly login?: string } | null;
        readonly permissions?: Record<string, string>;
        readonly events?: readonly string[];
        readonly suspended_at?: unknown;
      };
      if (typeof answer.suspended_at === 'string') {
        throw suspended();
      }
      return {
        account: answer.account?.login ?? '',
        permissions: answer.permissions ?? {},
        events: answer.events ?? [],
      };
    },
  };
}

function keyOf(apiUrl: string, app: AppCredential): string {
  return [apiUrl, app.appId, app.installationId].join(' ');
}

/** A token of the App itself, good for minutes. @throws GitHubFailure UNAUTHORIZED when the key cannot be used */
export async function signJwt({ appId, privateKey }: AppCredential): Promise<string> {
  try {
    const auth = createAppAuth({ appId: String(appId), privateKey });
    return (await auth({ type: 'app' })).token;
  } catch {
    // What was thrown may quote the key.
    throw new GitHubFailure(
      'UNAUTHORIZED',
      'The private key of the GitHub App cannot be used: give the whole PEM file that GitHub made.',
    );
  }
}

function toAppFailure(error: unknown, what: string, now: Date): GitHubFailure {
  const failure = toGitHubFailure(error, what, now);
  if (failure.kind === 'UNAUTHORIZED') {
    return new GitHubFailure(
      'UNAUTHORIZED',
      "GitHub refuses the private key of the GitHub App (401): make a new one in the App's settings and connect again.",
      { cause: error },
    );
  }
  if (failure.kind === 'NOT_FOUND' || statusOf(error) === 404) {
    return new GitHubFailure(
      'UNAUTHORIZED',
      'The GitHub App is not installed any more: install it again and connect with the new installation.',
      { cause: error },
    );
  }
  return failure;
}
