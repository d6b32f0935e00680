import githubAppJwt from 'universal-github-app-jwt';
import { formatSkew } from '../../domain/core/clock-skew.ts';
import { GitHubFailure, headersOf, statusOf } from '../transport/failures.ts';
import { readServerTime } from '../transport/server-time.ts';

/** An installation of a GitHub App, with the App's key. */
export interface AppCredential {
  readonly appId: bigint;
  readonly installationId: bigint;
  /** PEM, PKCS#1 or PKCS#8. */
  readonly privateKey: string;
}

/** How GitHub says that it is not the key that is wrong, but the time. */
const TIME_REFUSED = /'(?:Expiration time|Issued at)' claim \('(?:exp|iat)'\)/;

/**
 * A JWT is issued half a minute ago and runs out in nine and a half: a clock that is further ahead than this makes it
 * one of the future to GitHub.
 */
const TOLERATED_SECONDS = 30;

/**
 * Signs what a GitHub App asks in its own name. Where GitHub refuses the times in a JWT, or its clock is another than
 * ours, the request is signed once more by GitHub's clock, as @octokit/auth-app does; that has no way to pass a clock
 * in, and says nothing when it does not help. The distance is kept, so that later requests are good at once.
 */
export function createAppJwts(options: {
  readonly now: () => Date;
  readonly aheadSeconds: Map<string, number>;
}) {
  const { now, aheadSeconds } = options;
  return {
    /**
     * Sends a request with a JWT of the App.
     * @param send gets the header `authorization`
     * @throws what `send` throws; GitHubFailure UNAUTHORIZED when the key cannot be used, TRANSIENT when GitHub refuses
     * the times of a JWT by its own clock too
     */
    async send<Answer>(
      apiUrl: string,
      app: AppCredential,
      send: (authorization: string) => Promise<Answer>,
    ): Promise<Answer> {
      const known = aheadSeconds.get(apiUrl) ?? 0;
      try {
        return await send(await sign(app, now(), known));
      } catch (error) {
        const serverTime = readServerTime(headersOf(error));
        const ahead =
          serverTime === null ? 0 : Math.round((now().getTime() - serverTime.getTime()) / 1000);
        const isOff = Math.abs(ahead - known) >= TOLERATED_SECONDS;
        if (statusOf(error) !== 401 || !(isOff || isTimeRefused(error))) {
          throw error;
        }
        if (serverTime === null) {
          throw clockDiffers(now(), null, error);
        }
        aheadSeconds.set(apiUrl, ahead);
        return await sendAgain(await sign(app, now(), ahead));
      }

      async function sendAgain(authorization: string): Promise<Answer> {
        try {
          return await send(authorization);
        } catch (error) {
          throw statusOf(error) === 401 && isTimeRefused(error)
            ? clockDiffers(now(), readServerTime(headersOf(error)), error)
            : error;
        }
      }
    },
  };
}

function isTimeRefused(error: unknown): boolean {
  return error instanceof Error && TIME_REFUSED.test(error.message);
}

function clockDiffers(now: Date, serverTime: Date | null, cause: unknown): GitHubFailure {
  const distance =
    serverTime === null ? "another than GitHub's" : formatSkew(now, "GitHub's", serverTime);
  return new GitHubFailure(
    'TRANSIENT',
    `GitHub refuses the time in the token of the GitHub App: the clock of this machine is ${distance}. Set it by NTP; the key is not to blame.`,
    { cause },
  );
}

/** A header with a token of the App itself, good for minutes. */
async function sign(
  { appId, privateKey }: AppCredential,
  now: Date,
  aheadSeconds: number,
): Promise<string> {
  try {
    const seconds = Math.floor(now.getTime() / 1000) - aheadSeconds;
    const { token } = await githubAppJwt({ id: String(appId), privateKey, now: seconds });
    return `bearer ${token}`;
  } catch {
    // What was thrown may quote the key.
    throw new GitHubFailure(
      'UNAUTHORIZED',
      'The private key of the GitHub App cannot be used: give the whole PEM file that GitHub made.',
    );
  }
}
