import { Octokit } from '@octokit/rest';
import { unreadableAnswer } from './unreadable-answers.ts';
import type { GitHubTransport } from './transport.ts';

/** Octokit prints deprecations and retries to the console; what matters arrives as a GitHubFailure. */
const SILENT = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/**
 * An Octokit without a credential. Its own retries and throttling stay off: Temporal owns waiting. Answers are read here
 * and not by Octokit, which looks through each for integers beyond 2^53, a tenth of a worker's time: no id of GitHub's
 * comes near, and one that is not exact is refused where it is mapped.
 */
export function createOctokit(apiUrl: string, transport: GitHubTransport): Octokit {
  const octokit = new Octokit({
    baseUrl: apiUrl.replace(/\/+$/, ''),
    userAgent: 'throughline',
    log: SILENT,
    request: { fetch: transport.fetch, parseSuccessResponseBody: false },
  });
  octokit.hook.after('request', async (response) => {
    response.data = await readBody(response.data, response.headers['content-type'] ?? '');
  });
  return octokit;
}

/** What a body says as JSON; an empty text where nothing came. @throws GitHubFailure when it broke off */
async function readBody(body: unknown, contentType: string): Promise<unknown> {
  const text = body instanceof ReadableStream ? await new Response(body).text() : '';
  try {
    return text === '' ? text : (JSON.parse(text) as unknown);
  } catch {
    throw unreadableAnswer(contentType);
  }
}
