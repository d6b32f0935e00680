import type { Identity } from '../db/reads/authentication.ts';

const BEARER = /^Bearer +([\x21-\x7e]{1,512}) *$/i;

/**
 * The SHA-256 of the request's bearer token, or null when it carries none. The token itself goes nowhere else.
 */
export async function hashBearerToken(request: Request): Promise<Uint8Array | null> {
  const [, token] = BEARER.exec(request.headers.get('authorization') ?? '') ?? [];
  if (token === undefined) {
    return null;
  }
  const bytes = new TextEncoder().encode(token);
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

/** Looks a hashed token up; null when it is unknown, expired or revoked. */
export type Authenticate = (tokenHash: Uint8Array) => Promise<Identity | null>;
