import DataLoader from 'dataloader';
import type { Identity } from '../../db/reads/authentication.ts';
import { hashAccessToken } from '../../domain/core/access-token.ts';
import { createNotifier } from '../core/notifier.ts';

const BEARER = /^Bearer +([\x21-\x7e]{1,512}) *$/i;

/**
 * The SHA-256 of the request's bearer token, or null when it carries none. The token itself goes nowhere else.
 */
export async function hashBearerToken(request: Request): Promise<Uint8Array | null> {
  const [, token] = BEARER.exec(request.headers.get('authorization') ?? '') ?? [];
  return token === undefined ? null : hashAccessToken(token);
}

/** Looks a hashed token up; null when it is unknown, expired or revoked. */
export type Authenticate = (tokenHash: Uint8Array) => Promise<Identity | null>;

/** Tokens in one statement at the most. */
const MAX_TOKENS = 1_000;

/** Many times what a look-up takes. */
const PATIENCE_MS = 200;

/**
 * Looks tokens up together: those that are asked for while a look-up is under way wait for its end and then share the
 * next one. So nobody gets an answer from before the question, however many ask at once. A look-up that hangs holds up
 * nobody else for long.
 * @param findIdentities answers in the order of the tokens
 * @param patienceMs how long a look-up is waited for; then what is asked meanwhile has a statement of its own
 */
export function createTokenLookup(
  findIdentities: (tokenHashes: readonly Uint8Array[]) => Promise<readonly (Identity | null)[]>,
  patienceMs = PATIENCE_MS,
): Authenticate {
  let underWay = Promise.resolve();
  const loader = new DataLoader<Uint8Array, Identity | null>(
    (tokenHashes) => {
      const answer = findIdentities(tokenHashes);
      underWay = whenEnded(answer, patienceMs);
      return answer;
    },
    {
      cache: false,
      maxBatchSize: MAX_TOKENS,
      batchScheduleFn: (send) => void underWay.then(send),
    },
  );
  return (tokenHash) => loader.load(tokenHash);
}

/** Resolves when the answer is there or has failed, or after `patienceMs`. */
async function whenEnded(answer: Promise<unknown>, patienceMs: number): Promise<void> {
  const ended = new AbortController();
  const end = (): void => ended.abort();
  answer.then(end, end);
  await createNotifier().wait(patienceMs, ended.signal);
}
