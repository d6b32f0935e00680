import { skewMs } from '../../domain/core/clock-skew.ts';
import { parseInstant } from '../../domain/core/instants.ts';
import { GitHubFailure, statusOf, suspended, toGitHubFailure } from '../transport/failures.ts';
import { readServerTime } from '../transport/server-time.ts';
import { createAppJwts, type AppCredential } from './app-jwts.ts';
import { createOctokit } from '../transport/octokit.ts';
import type { GitHubTransport } from '../transport/transport.ts';

export type AppTokens = ReturnType<typeof createAppTokens>;

/** A token of an installation, with the key that it was minted with. */
export interface MintedToken {
  readonly token: string;
  /** By the clock of this machine. */
  readonly expiresAt: Date;
  readonly privateKey: string;
}

/** What all clients of one process share. */
export interface SharedTokens {
  readonly minted: Map<string, MintedToken>;
  /** By REST root: how far this machine's clock is ahead of the server's, where that was refused once. */
  readonly aheadSeconds: Map<string, number>;
}

/** A token that runs out while it is on its way would be refused. */
const RENEW_EARLY_MS = 5 * 60 * 1000;

/**
 * Mints installation tokens, and keeps them in this process until they run out. Every method throws GitHubFailure.
 * @octokit/auth-app would mint them too, but shares what is on its way by the installation's number alone, which two
 * servers may have in common.
 */
export function createAppTokens(options: {
  readonly transport: GitHubTransport;
  readonly now: () => Date;
  readonly shared: SharedTokens;
}) {
  const { transport, now, shared } = options;
  const { minted } = shared;
  const jwts = createAppJwts({ now, aheadSeconds: shared.aheadSeconds });

  /** One request as the App. */
  async function ask(route: string, apiUrl: string, app: AppCredential) {
    const what = `installation ${app.installationId} of the GitHub App ${app.appId}`;
    const octokit = createOctokit(apiUrl, transport);
    try {
      return await jwts.send(apiUrl, app, (authorization) =>
        octokit.request(route, {
          installation_id: String(app.installationId),
          headers: { authorization },
        }),
      );
    } catch (error) {
      throw error instanceof GitHubFailure ? error : toAppFailure(error, what, now());
    }
  }

  async function mint(key: string, apiUrl: string, app: AppCredential): Promise<string> {
    const { data, headers } = await ask(
      'POST /app/installations/{installation_id}/access_tokens',
      apiUrl,
      app,
    );
    const { token, expires_at: expiry } = (data ?? {}) as Record<string, unknown>;
    const expires = parseInstant(expiry);
    if (typeof token !== 'string' || token === '' || expires === null) {
      throw new GitHubFailure(
        'UNEXPECTED',
        "The answer for an installation token is not what GitHub's API gives: check the connection's address.",
      );
    }
    // By a clock that is an hour ahead of GitHub's no token would ever be good.
    const aheadMs = skewMs(now(), readServerTime(headers) ?? now());
    const expiresAt = new Date(expires.getTime() + aheadMs);
    minted.set(key, { token, expiresAt, privateKey: app.privateKey });
    return token;
  }

  return {
    /** Sends a request with the App's own token, for routes below `/app`. */
    sendAsApp: jwts.send,
    /** A token that is good for five minutes at least. */
    async get(apiUrl: string, app: AppCredential): Promise<string> {
      const key = keyOf(apiUrl, app);
      const known = minted.get(key);
      const isGood =
        known?.privateKey === app.privateKey &&
        known.expiresAt.getTime() - RENEW_EARLY_MS > now().getTime();
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
      const { data } = await ask('GET /app/installations/{installation_id}', apiUrl, app);
      const answer = (data ?? {}) as {
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
