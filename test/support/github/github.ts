import {
  parseAllowedHosts,
  type AllowedHosts,
} from '../../../src/domain/connections/github-host.ts';
import { createGitHubConnector, type GitHub } from '../../../src/github/client.ts';
import type { GitHubCredential } from '../../../src/github/connections/credential.ts';
import { createTransport } from '../../../src/github/transport/transport.ts';
import { NEVER_MS } from '../patience.ts';

/** Where the servers of tests listen. */
export function allowLoopback(): AllowedHosts {
  return allow('127.0.0.1');
}

/** @throws when an entry is none */
export function allow(...entries: string[]): AllowedHosts {
  const allowed = parseAllowedHosts(entries);
  if (allowed === null) {
    throw new Error(`${entries.join(', ')} is no list of hosts`);
  }
  return allowed;
}

/**
 * Makes clients that reach the servers of tests.
 * @param timeoutMs of a request; none that a test reaches unless given
 */
export function connectorFor(
  now: () => Date,
  timeoutMs = NEVER_MS,
): (credential: GitHubCredential, deadline?: AbortSignal) => GitHub {
  return createGitHubConnector({
    transport: createTransport({ allowedHosts: allowLoopback(), timeoutMs }),
    now,
  });
}

/** A client with a token; null asks without one. */
export function gitHubWith(apiUrl: string, token: string | null, now: () => Date): GitHub {
  const auth = token === null ? { kind: 'NONE' as const } : { kind: 'PAT' as const, token };
  return connectorFor(now)({ apiUrl, auth });
}
