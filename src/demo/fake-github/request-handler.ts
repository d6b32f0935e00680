import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { answerPath } from './answer-path.ts';
import { answerQuery } from './graphql/answer-query.ts';
import type { Caller } from './callers.ts';
import type { Corruption } from './rules/fault-queue.ts';
import { playFault, secondaryLimit } from './rules/play-fault.ts';
import type { RateRefusal, Resource } from './rules/rate-limits.ts';
import { readBody } from './request-body.ts';
import type { RequestHandlerDeps } from './request-handler-deps.ts';
import { restError } from './rest/rest-scope.ts';
import { rateHeaders, readToken, send } from './wire.ts';
import type { Answer } from './wire.ts';
import type { GitHubWorld } from './world.ts';

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly isGraphQL: boolean;
  readonly resource: Resource;
  readonly identity: string;
}

/** An answer, and how it is spoilt on its way if it is. */
type Result = { readonly answer: Answer; readonly corruption: Corruption | null } | 'reset';

const NO_USER_AGENT =
  'Request forbidden by administrative rules. Please make sure your request has a User-Agent header (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required).';

/** Answers one request after the other, and counts what GitHub would count. */
export function createRequestHandler(
  deps: RequestHandlerDeps,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const url = toUrl(deps.apiUrl, request.url ?? '/');
    const isGraphQL = url.pathname === '/graphql' && request.method === 'POST';
    deps.tally[isGraphQL ? 'graphql' : 'rest'] += 1;
    const identity = deps.callers.identityOf(readToken(request));
    const end = deps.rules.begin(identity);
    response.once('close', end);
    const resource: Resource = isGraphQL ? 'graphql' : 'core';
    const exchange = { request, response, url, isGraphQL, resource, identity };
    respond(exchange, deps, end).catch(() => request.socket.destroy());
  };
}

/** Where the request goes; a target that is no path goes to the root, where nothing is. */
function toUrl(apiUrl: string, target: string): URL {
  const address = `${apiUrl}${target}`;
  return new URL(URL.canParse(address) ? address : apiUrl);
}

async function respond(
  exchange: Exchange,
  deps: RequestHandlerDeps,
  end: () => void,
): Promise<void> {
  const { request, response, identity, resource } = exchange;
  const result = await resolveInTime(exchange, deps).catch((error: unknown) => unexpected(error));
  if (result === 'reset' || response.destroyed) {
    request.socket.destroy();
    return;
  }
  // Over before the client can see the answer, so that its next request never looks like a second one.
  end();
  const { version } = deps.release();
  const headers = {
    date: deps.now().toUTCString(),
    ...(version === null ? {} : { 'x-github-enterprise-version': version }),
    ...rateHeaders(deps.limits.status(identity, resource)),
  };
  send(response, result.answer, headers, result.corruption);
}

function whole(answer: Answer): Result {
  return { answer, corruption: null };
}

function unexpected(error: unknown): Result {
  const reason = error instanceof Error ? error.message : String(error);
  return whole(restError(500, `The fake GitHub failed: ${reason}`));
}

/** The answer, when its time has come: what it takes us to make it is not GitHub's and counts in. */
async function resolveInTime(exchange: Exchange, deps: RequestHandlerDeps): Promise<Result> {
  const startedAt = performance.now();
  const result = await resolve(exchange, deps);
  const left = deps.latencyMs - (performance.now() - startedAt);
  if (left > 0) {
    await wait(left, undefined, { signal: deps.closing });
  }
  return result;
}

async function resolve(exchange: Exchange, deps: RequestHandlerDeps): Promise<Result> {
  const { request, url, isGraphQL, identity } = exchange;
  const body = await readBody(request);
  if (body === null) {
    return whole({ ...restError(413, 'Payload Too Large'), headers: { connection: 'close' } });
  }
  const caller = admit(exchange, deps);
  if ('status' in caller) {
    return whole(caller);
  }
  const isFree = url.pathname === '/rate_limit' || caller.kind === 'APP';
  const refusal = isFree ? null : checkLimits(exchange, deps);
  if (refusal !== null) {
    return whole(refusal);
  }
  const fault = deps.faults.take(isGraphQL);
  if (fault !== null && (fault === 'reset' || !('corruption' in fault))) {
    const played = playFault(fault, identity, deps.limits);
    return played === 'reset' ? played : whole(played);
  }
  const answer = isGraphQL
    ? await answerQuery(caller, body, deps)
    : await answerPath(toPathRequest(exchange, isFree), caller, deps);
  return { answer, corruption: fault?.corruption ?? null };
}

function toPathRequest({ request, url }: Exchange, isFree: boolean) {
  return {
    method: request.method ?? 'GET',
    url,
    apiVersion: request.headers['x-github-api-version']?.toString(),
    knownTag: request.headers['if-none-match'],
    isFree,
  };
}

/** Who gives no name or no right token is not let in. */
function admit({ request, isGraphQL }: Exchange, deps: RequestHandlerDeps): Caller | Answer {
  if ((request.headers['user-agent'] ?? '') === '') {
    deps.rules.recordViolation('A request had no User-Agent header.');
    return { status: 403, body: NO_USER_AGENT };
  }
  const admission = deps.callers.admit(readToken(request), isGraphQL);
  if ('identity' in admission) {
    return admission;
  }
  if (admission.rule !== null) {
    deps.rules.recordViolation(admission.rule);
  }
  return admission.refusal;
}

function checkLimits(exchange: Exchange, deps: RequestHandlerDeps): Answer | null {
  const { identity, resource, url, request } = exchange;
  const endpoint = `${request.method ?? 'GET'} ${url.pathname}`;
  const refusal = deps.limits.check(identity, resource, endpoint);
  return refusal === null ? null : limitAnswer(refusal, resource, deps.world());
}

function limitAnswer(refusal: RateRefusal, resource: Resource, { viewer }: GitHubWorld): Answer {
  if (refusal.kind === 'SECONDARY') {
    return secondaryLimit(403, refusal.retryAfterSeconds);
  }
  const message = `API rate limit exceeded for user ID ${viewer.databaseId}.`;
  return resource === 'graphql'
    ? { status: 200, body: { errors: [{ type: 'RATE_LIMITED', message }] } }
    : restError(403, message);
}
