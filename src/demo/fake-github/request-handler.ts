import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { toInstant } from '../github-data.ts';
import type { Fault, FaultQueue } from './fault-queue.ts';
import { answerGraphQL } from './graphql-endpoint.ts';
import type { GraphQLScope } from './graphql-scope.ts';
import { loadGitHubSchema } from './github-schema.ts';
import type { QueryCost } from './query-cost.ts';
import type { RateLimits, RateRefusal, Resource } from './rate-limits.ts';
import { answerCopilot, type CopilotSettings } from './copilot-routes.ts';
import type { CopilotFiles } from './copilot-files.ts';
import { readBody } from './request-body.ts';
import { answerRest } from './rest-routes.ts';
import { restError, type RestScope } from './rest-scope.ts';
import type { RuleBook } from './rule-book.ts';
import { entityTag, rateHeaders, readToken, send } from './wire.ts';
import type { Answer } from './wire.ts';
import type { GitHubWorld } from './world.ts';

/** Counted as the requests come. */
export interface Tally {
  rest: number;
  graphql: number;
  pointsUsed: number;
  readonly pages: Map<string, number>;
}

export interface RequestHandlerDeps {
  readonly apiUrl: string;
  /** Null = anybody is let in. */
  readonly token: string | null;
  readonly latencyMs: number;
  readonly closing: AbortSignal;
  readonly world: () => GitHubWorld;
  readonly now: () => Date;
  readonly rules: RuleBook;
  readonly faults: FaultQueue;
  readonly limits: RateLimits;
  readonly copilot: { readonly files: CopilotFiles; readonly settings: () => CopilotSettings };
  readonly tally: Tally;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly isGraphQL: boolean;
  readonly resource: Resource;
  readonly token: string;
}

const ANONYMOUS = 'anonymous';
const NO_USER_AGENT =
  'Request forbidden by administrative rules. Please make sure your request has a User-Agent header (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required).';
const SECONDARY_LIMIT =
  'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';

/** Answers one request after the other, and counts what GitHub would count. */
export function createRequestHandler(
  deps: RequestHandlerDeps,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const url = toUrl(deps.apiUrl, request.url ?? '/');
    const isGraphQL = url.pathname === '/graphql' && request.method === 'POST';
    deps.tally[isGraphQL ? 'graphql' : 'rest'] += 1;
    const token = readToken(request) ?? ANONYMOUS;
    const end = deps.rules.begin(token, isGraphQL);
    response.once('close', end);
    const resource: Resource = isGraphQL ? 'graphql' : 'core';
    const exchange = { request, response, url, isGraphQL, resource, token };
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
  const { request, response, token, resource } = exchange;
  const result = await answer(exchange, deps).catch((error: unknown) => unexpected(error));
  if (result === 'reset' || response.destroyed) {
    request.socket.destroy();
    return;
  }
  // Over before the client can see the answer, so that its next request never looks like a second one.
  end();
  send(response, result, rateHeaders(deps.limits.status(token, resource)));
}

function unexpected(error: unknown): Answer {
  const reason = error instanceof Error ? error.message : String(error);
  return restError(500, `The fake GitHub failed: ${reason}`);
}

async function answer(exchange: Exchange, deps: RequestHandlerDeps): Promise<Answer | 'reset'> {
  const { request, url, isGraphQL } = exchange;
  const body = await readBody(request);
  if (deps.latencyMs > 0) {
    await wait(deps.latencyMs, undefined, { signal: deps.closing });
  }
  if (body === null) {
    return { ...restError(413, 'Payload Too Large'), headers: { connection: 'close' } };
  }
  const stranger = turnAway(exchange, deps);
  if (stranger !== null) {
    return stranger;
  }
  const isFree = url.pathname === '/rate_limit';
  const refusal = isFree ? null : checkLimits(exchange, deps);
  if (refusal !== null) {
    return refusal;
  }
  const fault = deps.faults.take(isGraphQL);
  if (fault !== null) {
    return playFault(fault, exchange, deps);
  }
  return isGraphQL ? answerQuery(exchange, body, deps) : answerPath(exchange, isFree, deps);
}

/** Who gives no name or no right token is not let in. */
function turnAway({ request, isGraphQL }: Exchange, deps: RequestHandlerDeps): Answer | null {
  if ((request.headers['user-agent'] ?? '') === '') {
    deps.rules.broken('A request had no User-Agent header.');
    return { status: 403, body: NO_USER_AGENT };
  }
  if (deps.token === null) {
    return null;
  }
  const token = readToken(request);
  if (token === null) {
    deps.rules.broken('A request had no Authorization header.');
    return restError(
      401,
      isGraphQL ? 'This endpoint requires you to be authenticated.' : 'Requires authentication',
    );
  }
  return token === deps.token ? null : restError(401, 'Bad credentials');
}

function checkLimits({ token, resource, url, request }: Exchange, deps: RequestHandlerDeps) {
  const endpoint = `${request.method ?? 'GET'} ${url.pathname}`;
  const refusal = deps.limits.check(token, resource, endpoint);
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

function secondaryLimit(status: number, seconds: number): Answer {
  return { ...restError(status, SECONDARY_LIMIT), headers: { 'retry-after': String(seconds) } };
}

function playFault(
  fault: Fault,
  { token }: Exchange,
  { limits }: RequestHandlerDeps,
): Answer | 'reset' {
  if (fault === 'reset') {
    return 'reset';
  }
  if ('graphqlErrors' in fault) {
    return { status: 200, body: { data: fault.data ?? null, errors: fault.graphqlErrors } };
  }
  if ('retryAfter' in fault) {
    limits.pause(token, fault.retryAfter);
    return secondaryLimit(fault.status ?? 403, fault.retryAfter);
  }
  const retryAfter = Number(fault.headers?.['retry-after']);
  if (retryAfter > 0) {
    limits.pause(token, retryAfter);
  }
  return { status: fault.status, body: fault.body ?? {}, headers: fault.headers ?? {} };
}

async function answerQuery(
  { token }: Exchange,
  text: string,
  deps: RequestHandlerDeps,
): Promise<Answer> {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return restError(400, 'Problems parsing JSON');
  }
  const schema = await loadGitHubSchema();
  const result = answerGraphQL(body, { schema, admit: (cost) => admit(cost, token, deps) });
  for (const refusal of result.refusals) {
    deps.rules.broken(`A query was refused: ${refusal.message}`);
  }
  return result;
}

function admit(cost: QueryCost, token: string, deps: RequestHandlerDeps): GraphQLScope {
  deps.limits.charge(token, 'graphql', cost.cost);
  deps.tally.pointsUsed += cost.cost;
  const { limit, remaining, used, resetEpochSeconds } = deps.limits.status(token, 'graphql');
  return {
    world: deps.world(),
    at: toInstant(deps.now()),
    rateLimit: {
      cost: cost.cost,
      nodeCount: cost.nodeCount,
      limit,
      remaining,
      used,
      resetAt: toInstant(new Date(resetEpochSeconds * 1000)),
    },
    onPullRequestPage: (repository) => countPage(deps.tally, repository),
  };
}

function countPage({ pages }: Tally, repository: string): void {
  pages.set(repository, (pages.get(repository) ?? 0) + 1);
}

function answerPath(
  { request, url, token }: Exchange,
  isFree: boolean,
  deps: RequestHandlerDeps,
): Answer {
  const method = request.method ?? 'GET';
  const scope: RestScope = {
    world: deps.world(),
    at: toInstant(deps.now()),
    apiUrl: deps.apiUrl,
    rate: (resource) => deps.limits.status(token, resource),
    onPullRequestPage: (repository) => countPage(deps.tally, repository),
  };
  const apiVersion = request.headers['x-github-api-version']?.toString();
  const { files, settings } = deps.copilot;
  const ofCopilot = { rules: deps.rules, files, settings: settings() };
  const result =
    answerCopilot({ method, url, apiVersion }, scope, ofCopilot) ?? answerRest(method, url, scope);
  const etag = result.status === 200 && !isFree ? entityTag(result.body) : null;
  const isKnown = etag !== null && request.headers['if-none-match'] === etag;
  // What has not changed costs nothing, but only for those who say who they are.
  if (!isFree && !(isKnown && token !== ANONYMOUS)) {
    deps.limits.charge(token, 'core', 1);
    deps.tally.pointsUsed += 1;
  }
  const headers = { ...result.headers, ...(etag === null ? {} : { etag }) };
  return { status: isKnown ? 304 : result.status, body: result.body, headers };
}
