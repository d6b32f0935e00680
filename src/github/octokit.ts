import { Octokit } from '@octokit/rest';
import type { GitHubTransport } from './transport.ts';

/** Octokit prints deprecations and retries to the console; what matters arrives as a GitHubFailure. */
const SILENT = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** An Octokit without a credential. Its own retries and throttling stay off: Temporal owns waiting. */
export function createOctokit(apiUrl: string, transport: GitHubTransport): Octokit {
  return new Octokit({
    baseUrl: apiUrl.replace(/\/+$/, ''),
    userAgent: 'throughline',
    log: SILENT,
    request: { fetch: transport.fetch },
  });
}
