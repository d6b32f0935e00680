import { toInstant } from '../core/github-data.ts';
import { answerApp } from './app-routes.ts';
import type { Caller } from './callers.ts';
import { answerCopilot } from './copilot/copilot-routes.ts';
import { answerHooks } from './hooks/hook-routes.ts';
import { refusePath } from './permissions.ts';
import type { RequestHandlerDeps } from './request-handler-deps.ts';
import { answerRest } from './rest/rest-routes.ts';
import type { RestAnswer, RestScope } from './rest/rest-scope.ts';
import { countPage } from './rules/tally.ts';
import { worldOf } from './viewer.ts';
import { entityTag } from './wire.ts';
import type { Answer } from './wire.ts';

export interface PathRequest {
  readonly method: string;
  readonly url: URL;
  readonly apiVersion: string | undefined;
  /** The entity tag that the client knows. */
  readonly knownTag: string | undefined;
  /** Whether it takes no points whatever comes. */
  readonly isFree: boolean;
}

/** Answers a request of the REST API and takes its point, unless nothing changed since the tag that is known. */
export async function answerPath(
  request: PathRequest,
  caller: Caller,
  deps: RequestHandlerDeps,
): Promise<Answer> {
  const { method, isFree, knownTag } = request;
  const scope: RestScope = {
    world: worldOf(caller, deps.world()),
    at: toInstant(deps.now()),
    apiUrl: deps.apiUrl,
    rate: (resource) => deps.limits.status(caller.identity, resource),
    onPullRequestPage: (repository) => countPage(deps.tally, repository),
  };
  const result = await route(request, scope, caller, deps);
  const isTagged = method === 'GET' && result.status === 200 && !isFree;
  const etag = isTagged ? entityTag(result.body) : null;
  const isKnown = etag !== null && knownTag === etag;
  // What has not changed costs nothing, but only for those who say who they are.
  if (!isFree && !(isKnown && caller.kind !== 'ANYONE')) {
    deps.limits.charge(caller.identity, 'core', 1);
    deps.tally.pointsUsed += 1;
  }
  const headers = {
    ...(caller.scopes === null ? {} : { 'x-oauth-scopes': caller.scopes }),
    ...result.headers,
    ...(etag === null ? {} : { etag }),
  };
  return { status: isKnown ? 304 : result.status, body: result.body, headers };
}

async function route(
  request: PathRequest,
  scope: RestScope,
  caller: Caller,
  { callers, hooks, copilot, rules }: RequestHandlerDeps,
): Promise<RestAnswer> {
  const { method, url } = request;
  const ofCopilot = { rules, files: copilot.files, settings: copilot.settings() };
  return (
    refusePath(url.pathname, method, caller) ??
    (await answerHooks(request, scope, { caller, hooks })) ??
    answerApp(request, scope, { caller, callers }) ??
    answerCopilot(request, scope, ofCopilot) ??
    answerRest(method, url, scope)
  );
}
