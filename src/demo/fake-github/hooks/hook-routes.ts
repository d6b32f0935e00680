import type { Endpoints } from '@octokit/types';
import type { RepositoryData } from '../../core/github-data.ts';
import type { Caller } from '../callers.ts';
import type { Delivery, Hook, Hooks } from './hooks.ts';
import { ok } from '../rest/rest-page.ts';
import { restError } from '../rest/rest-scope.ts';
import type { RestAnswer, RestScope } from '../rest/rest-scope.ts';

type HookBody = Endpoints['GET /repos/{owner}/{repo}/hooks']['response']['data'][number];
type DeliveryRow =
  Endpoints['GET /repos/{owner}/{repo}/hooks/{hook_id}/deliveries']['response']['data'][number];

const OF_REPOSITORY =
  /^\/repos\/([^/]+)\/([^/]+)\/hooks(?:\/(\d+))?(\/deliveries(?:\/(\d+))?(\/attempts)?)?$/;
const OF_ORGANIZATION =
  /^\/orgs\/([^/]+)\/hooks(?:\/(\d+))?(\/deliveries(?:\/(\d+))?(\/attempts)?)?$/;
const OF_APP = /^\/app\/hook\/deliveries(?:\/(\d+))?(\/attempts)?$/;
const DEFAULT_PAGE = 30;
const MAX_PAGE = 100;

interface HookRequest {
  readonly method: string;
  readonly url: URL;
}

/** Answers what GitHub says of its webhooks, and sends a delivery again when asked; null for other paths. */
export async function answerHooks(
  { method, url }: HookRequest,
  scope: RestScope,
  { caller, hooks }: { readonly caller: Caller; readonly hooks: Hooks },
): Promise<RestAnswer | null> {
  const ofApp = OF_APP.exec(url.pathname);
  if (ofApp !== null) {
    const [hook] = hooks.ofApp();
    if (caller.kind !== 'APP' || hook === undefined) {
      return caller.kind === 'APP'
        ? restError(404, 'Not Found')
        : restError(401, 'A JSON web token could not be decoded');
    }
    return answerDeliveries(
      { method, url },
      scope,
      { hooks, hook, repository: null },
      ofApp.slice(1),
    );
  }
  const ofOrganization = OF_ORGANIZATION.exec(url.pathname);
  if (ofOrganization !== null) {
    return answerOrganization({ method, url }, scope, hooks, ofOrganization.slice(1));
  }
  const match = OF_REPOSITORY.exec(url.pathname);
  const [, owner = '', name = '', hookId, deliveries, ...rest] = match ?? [];
  const repository = scope.world.repository(owner, name);
  if (match === null || repository === undefined) {
    return null;
  }
  const known = hooks.ofRepository(`${owner}/${name}`);
  if (hookId === undefined) {
    return ok(known.map((hook) => toHook(scope, `/repos/${owner}/${name}`, hook)));
  }
  const hook = known.find(({ id }) => id === Number(hookId));
  if (hook === undefined) {
    return restError(404, 'Not Found');
  }
  return deliveries === undefined
    ? ok(toHook(scope, `/repos/${owner}/${name}`, hook))
    : answerDeliveries({ method, url }, scope, { hooks, hook, repository }, rest);
}

/** A user has no such webhooks. */
async function answerOrganization(
  request: HookRequest,
  scope: RestScope,
  hooks: Hooks,
  [login = '', hookId, deliveries, ...rest]: readonly (string | undefined)[],
): Promise<RestAnswer> {
  const organization = scope.world.organization(login);
  const known = hooks.ofOrganization(login);
  const hook = known.find(({ id }) => id === Number(hookId));
  if (organization === undefined || (hookId !== undefined && hook === undefined)) {
    return restError(404, 'Not Found');
  }
  const root = `/orgs/${organization.login}`;
  if (hook === undefined) {
    return ok(known.map((one) => toHook(scope, root, one)));
  }
  return deliveries === undefined
    ? ok(toHook(scope, root, hook))
    : answerDeliveries(request, scope, { hooks, hook, repository: null }, rest);
}

async function answerDeliveries(
  { method, url }: HookRequest,
  scope: RestScope,
  target: {
    readonly hooks: Hooks;
    readonly hook: Hook;
    readonly repository: RepositoryData | null;
  },
  [id, attempts]: readonly (string | undefined)[],
): Promise<RestAnswer> {
  const known = target.hooks.deliveries(target.hook.id);
  if (id === undefined) {
    return pageOfDeliveries(scope, url, known, target.repository);
  }
  const delivery = known.find((one) => one.id === Number(id));
  if (delivery === undefined) {
    return restError(404, 'Not Found');
  }
  if (attempts === undefined) {
    return ok(toRow(delivery, target.repository));
  }
  if (method !== 'POST') {
    return restError(404, 'Not Found');
  }
  await target.hooks.redeliver(delivery);
  return { status: 202, body: {} };
}

/** Newest first. The cursor is the id after which the page begins. */
function pageOfDeliveries(
  { apiUrl }: RestScope,
  url: URL,
  known: readonly Delivery[],
  repository: RepositoryData | null,
): RestAnswer {
  const cursor = url.searchParams.get('cursor');
  const size = Math.min(MAX_PAGE, Number(url.searchParams.get('per_page') ?? DEFAULT_PAGE));
  const rest = cursor === null ? known : known.filter(({ id }) => id < Number(cursor));
  const shown = rest.slice(0, size);
  const query = new URLSearchParams(url.searchParams);
  query.set('cursor', String(shown.at(-1)?.id ?? 0));
  const next = `<${apiUrl}${url.pathname}?${query.toString()}>; rel="next"`;
  return {
    status: 200,
    body: shown.map((delivery) => toRow(delivery, repository)),
    headers: rest.length > shown.length ? { link: next } : {},
  };
}

function toRow(
  { id, guid, deliveredAt, isRedelivery, statusCode, event, payload }: Delivery,
  repository: RepositoryData | null,
): DeliveryRow {
  const { action, installation } = payload as {
    readonly action?: string;
    readonly installation?: { readonly id: number };
  };
  return {
    id,
    guid,
    delivered_at: deliveredAt,
    redelivery: isRedelivery,
    duration: 0.1,
    status: statusCode < 400 ? 'OK' : 'failed to connect to host',
    status_code: statusCode,
    event,
    action: action ?? null,
    installation_id: installation?.id ?? null,
    repository_id: repository?.databaseId ?? null,
  };
}

/** @param owner path of the repository or the organisation */
function toHook({ apiUrl }: RestScope, owner: string, hook: Hook): HookBody {
  const { id, url, organization, createdAt } = hook;
  const root = `${apiUrl}${owner}/hooks/${id}`;
  return {
    type: organization === undefined ? 'Repository' : 'Organization',
    id,
    name: 'web',
    active: true,
    events: ['*'],
    config: { url, content_type: 'json', insecure_ssl: '0', secret: '********' },
    updated_at: createdAt,
    created_at: createdAt,
    url: root,
    test_url: `${root}/test`,
    ping_url: `${root}/pings`,
    deliveries_url: `${root}/deliveries`,
    last_response: { code: null, status: 'unused', message: null },
  };
}
