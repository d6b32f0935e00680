import { Buffer } from 'node:buffer';
import { lookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { Agent, fetch as undiciFetch, type RequestInit, type Response } from 'undici';
import {
  isAddressAllowed,
  refuseUrl,
  type AllowedHosts,
} from '../../domain/connections/github-host.ts';
import { GitHubFailure } from './failures.ts';
import { unreadableAnswer } from './unreadable-answers.ts';

/** An address that a name resolves to. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

export interface TransportOptions {
  readonly allowedHosts: AllowedHosts;
  /** All addresses of a name; the system's resolver unless given. */
  readonly resolve?: (hostname: string) => Promise<readonly ResolvedAddress[]>;
  /** For a request with its redirects and all of its answer. Default 30 s: GitHub gives up on a query after 10 s. */
  readonly timeoutMs?: number;
}

/** The way out of the process to GitHub, shared by all credentials. */
export interface GitHubTransport {
  /** As the global `fetch`, for JSON: Octokit asks with it. */
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
  /** Asks for a file and follows nothing; the caller reads the body and bounds it. */
  readonly download: (url: string, signal: AbortSignal) => Promise<Response>;
  /** Ends the connections that are kept open. */
  close(): Promise<void>;
}

const TIMEOUT_MS = 30_000;
const MAX_REDIRECTS = 3;

/** After decompression: a hundred large pull requests are about 5 MB. */
const MAX_ANSWER_BYTES = 20_000_000;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** After these the same request is sent again, with its body: GitHub answers so for a renamed repository. */
const REPEATS: ReadonlySet<number> = new Set([307, 308]);

/** Answers without a body. */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

const JSON_TYPE = /^\s*application\/(?:[\w.-]+\+)?json\b/i;

/** Headers that say who asks. */
const CREDENTIALS = ['authorization', 'cookie', 'proxy-authorization'];

/**
 * Makes the one way to GitHub. It goes over https to public hosts and to what the operator lists, on the address that
 * was checked (a name server that answers differently the second time gains nothing), follows three redirects within
 * the same rules, sends the token and the body of a request to no other origin, and bounds time and size of an answer.
 * Both functions throw GitHubFailure: HOST_NOT_ALLOWED for an address that this process may not ask, UNEXPECTED for what else
 * must not be asked, such as where a server redirects to, TRANSIENT for what may work another time.
 */
export function createTransport(options: TransportOptions): GitHubTransport {
  const { allowedHosts, timeoutMs = TIMEOUT_MS } = options;
  const resolve = options.resolve ?? ((hostname) => lookup(hostname, { all: true }));
  const agent = new Agent({ connect: { lookup: checkedLookup(resolve, allowedHosts) } });

  /** @param isGiven whether the address is a connection's own; others come from servers, and no worker is to ask them */
  async function ask(url: URL, init: RequestInit, isGiven: boolean): Promise<Response> {
    try {
      const problem = refuseUrl(url, allowedHosts);
      if (problem !== null) {
        throw refused(problem, url.hostname);
      }
      return await undiciFetch(url, { ...init, dispatcher: agent, redirect: 'manual' });
    } catch (error) {
      const failure = toFailure(error);
      throw failure.kind === 'HOST_NOT_ALLOWED' && !isGiven
        ? new GitHubFailure('UNEXPECTED', failure.message)
        : failure;
    }
  }

  async function askJson(text: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
    let url = new URL(text);
    let headers = new Headers(init.headers as Record<string, string>);
    for (let redirects = 0; ; redirects += 1) {
      const sent = { ...init, headers: Object.fromEntries(headers), signal };
      const response = await ask(url, sent, redirects === 0);
      const location = response.headers.get('location');
      if (!REDIRECTS.has(response.status) || location === null) {
        return bounded(response);
      }
      await response.body?.cancel();
      const next = URL.canParse(location, url) ? new URL(location, url) : null;
      // What is sent goes where it was meant to go, and nowhere else.
      const isFollowed =
        init.method === undefined ||
        init.method === 'GET' ||
        (REPEATS.has(response.status) && next?.origin === url.origin);
      if (next === null || !isFollowed || redirects === MAX_REDIRECTS) {
        throw new GitHubFailure(
          'UNEXPECTED',
          'The server at GITHUB_API_URL redirects in a way that is not followed: check that it is the REST root of GitHub.',
        );
      }
      if (next.origin !== url.origin) {
        headers = new Headers(headers);
        CREDENTIALS.forEach((name) => headers.delete(name));
      }
      url = next;
    }
  }

  return {
    async fetch(url, init = {}) {
      const deadline = new AbortController();
      const stop = (): void => deadline.abort(init.signal?.reason);
      const timer = setTimeout(() => deadline.abort(timedOut()), timeoutMs);
      init.signal?.addEventListener('abort', stop, { once: true });
      try {
        return await askJson(url, init, deadline.signal);
      } finally {
        clearTimeout(timer);
        init.signal?.removeEventListener('abort', stop);
      }
    },
    async download(url, signal) {
      if (!URL.canParse(url)) {
        throw new GitHubFailure('UNEXPECTED', 'GitHub names a file by what is no URL.');
      }
      return ask(new URL(url), { signal, headers: { 'user-agent': 'throughline' } }, false);
    },
    close: () => agent.close(),
  };
}

/**
 * The same way until a deadline: what is under way then ends, and nothing is sent after it. Files are no requests of an
 * identity, and have a bound of their own.
 */
export function withDeadline(transport: GitHubTransport, deadline: AbortSignal): GitHubTransport {
  return {
    ...transport,
    async fetch(url, init = {}) {
      const cut = new AbortController();
      const stop = (): void => cut.abort(slotExpired());
      if (deadline.aborted) {
        throw slotExpired();
      }
      deadline.addEventListener('abort', stop, { once: true });
      try {
        const given = init.signal ?? null;
        const signal = given === null ? cut.signal : AbortSignal.any([cut.signal, given]);
        return await transport.fetch(url, { ...init, signal });
      } finally {
        deadline.removeEventListener('abort', stop);
      }
    },
  };
}

/** Gives a connection only addresses that it may go to; one that it may not makes the name as a whole suspect. */
function checkedLookup(
  resolve: NonNullable<TransportOptions['resolve']>,
  allowedHosts: AllowedHosts,
): LookupFunction {
  return (hostname, { all }, answer) => {
    resolve(hostname).then(
      (addresses) => {
        const [first] = addresses;
        const isAllowed = addresses.every(({ address }) =>
          isAddressAllowed(address, hostname, allowedHosts),
        );
        if (first === undefined || !isAllowed) {
          answer(refused('it does not lead to a public host', hostname), '', 0);
        } else if (all === true) {
          answer(null, [...addresses]);
        } else {
          answer(null, first.address, first.family);
        }
      },
      (error: unknown) => answer(toFailure(error), '', 0),
    );
  };
}

/** The answer with its whole body in memory. */
async function bounded(response: Response): Promise<Response> {
  const { status, headers, body } = response;
  const type = headers.get('content-type') ?? '';
  if (body === null || BODILESS.has(status)) {
    return response;
  }
  const isEmpty = headers.get('content-length') === '0';
  if (response.ok && !isEmpty && !JSON_TYPE.test(type)) {
    await body.cancel();
    throw unreadableAnswer(type);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    // Leaving the loop early, by a throw too, ends the connection: a small answer that unpacks to a huge one stops here.
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) {
        throw new GitHubFailure(
          'TRANSIENT',
          `GitHub's answer is larger than ${MAX_ANSWER_BYTES / 1_000_000} MB: less is asked for at a time.`,
          { isTooHeavy: true },
        );
      }
      chunks.push(chunk);
    }
  } catch (error) {
    throw toFailure(error, true);
  }
  // `url` of an answer that is made anew is empty; Octokit reads it.
  return Object.defineProperty(
    new globalThis.Response(Buffer.concat(chunks), {
      status,
      headers: Object.fromEntries(headers),
    }),
    'url',
    { value: response.url },
  ) as unknown as Response;
}

function refused(problem: string, host: string): GitHubFailure {
  return new GitHubFailure(
    'HOST_NOT_ALLOWED',
    `The address of GitHub cannot be used, its host ${host} is not allowed: ${problem}. Check the connection's address; an operator can allow hosts of a private network with GITHUB_ALLOWED_HOSTS, which must be the same for every worker.`,
  );
}

/** Not too heavy: the time went to what came before. */
function slotExpired(): GitHubFailure {
  return new GitHubFailure(
    'TRANSIENT',
    'GitHub did not answer before its request slot ended; the request is repeated later.',
  );
}

function timedOut(): GitHubFailure {
  return new GitHubFailure('TRANSIENT', 'GitHub did not answer in time; it is asked again later.', {
    isTooHeavy: true,
  });
}

/** What fetch throws may name the address, which may hold a signature: only that it failed goes on. */
function toFailure(error: unknown, isTooHeavy = false): GitHubFailure {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof GitHubFailure) {
      return cause;
    }
  }
  const code = codeOf(error) ?? (error instanceof Error ? codeOf(error.cause) : undefined);
  return new GitHubFailure(
    'TRANSIENT',
    `GitHub does not answer (${code ?? 'the connection broke'}); it is asked again later.`,
    { isTooHeavy },
  );
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
