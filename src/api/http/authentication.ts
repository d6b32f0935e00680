import type { Identity } from '../../db/reads/authentication.ts';
import { hashAccessToken } from '../../domain/core/access-token.ts';

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
