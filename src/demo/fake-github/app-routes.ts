import type { Endpoints } from '@octokit/types';
import type { Caller, Callers, Installation } from './callers.ts';
import { SUSPENDED } from './callers.ts';
import { toNodeId } from './graphql/node-ids.ts';
import { toSimpleUser } from './rest/rest-accounts.ts';
import { restError } from './rest/rest-scope.ts';
import type { RestAnswer, RestScope } from './rest/rest-scope.ts';

type AppBody = NonNullable<Endpoints['GET /app']['response']['data']>;
type InstallationBody = Endpoints['GET /app/installations/{installation_id}']['response']['data'];
type TokenBody =
  Endpoints['POST /app/installations/{installation_id}/access_tokens']['response']['data'];

const INSTALLATION = /^\/app\/installations\/(\d+)(\/access_tokens)?$/;
const SITE = 'https://github.example';

/** Answers what only the App itself may ask, with its own token; null for other paths. */
export function answerApp(
  { method, url }: { readonly method: string; readonly url: URL },
  scope: RestScope,
  { caller, callers }: { readonly caller: Caller; readonly callers: Callers },
): RestAnswer | null {
  const path = url.pathname;
  if (path !== '/app' && !path.startsWith('/app/')) {
    return null;
  }
  if (caller.kind !== 'APP') {
    return restError(401, 'A JSON web token could not be decoded');
  }
  if (path === '/app' && method === 'GET') {
    return { status: 200, body: toApp(callers) };
  }
  const [, id, tokens] = INSTALLATION.exec(path) ?? [];
  const installation = id === undefined ? undefined : callers.installation(Number(id));
  if (installation === undefined) {
    return restError(404, 'Not Found');
  }
  if (tokens === undefined) {
    return method === 'GET'
      ? { status: 200, body: toInstallation(scope, callers, installation) }
      : restError(404, 'Not Found');
  }
  if (method !== 'POST') {
    return restError(404, 'Not Found');
  }
  if (installation.suspendedAt !== null) {
    return restError(403, SUSPENDED);
  }
  const { token, expiresAt } = callers.mint(installation);
  const body: TokenBody = {
    token,
    expires_at: expiresAt,
    permissions: toPermissions(installation),
    repository_selection: 'all',
  };
  return { status: 201, body };
}

function toPermissions({ permissions }: Installation): InstallationBody['permissions'] {
  return permissions;
}

function toApp({ app }: Callers): AppBody {
  return {
    id: app.id,
    slug: app.slug,
    node_id: toNodeId('App', app.slug),
    name: app.slug,
    owner: { id: app.id, login: app.slug } as AppBody['owner'],
    description: null,
    external_url: SITE,
    html_url: `${SITE}/apps/${app.slug}`,
    created_at: '2024-01-01T00:00:00Z',
    updated_at: '2024-01-01T00:00:00Z',
    permissions: {},
    events: EVENTS,
  };
}

/** What the App is subscribed to. */
const EVENTS = [
  'check_suite',
  'deployment_status',
  'pull_request',
  'pull_request_review',
  'pull_request_review_comment',
  'push',
  'repository',
];

function toInstallation(
  scope: RestScope,
  { app }: Callers,
  installation: Installation,
): InstallationBody {
  const { id, suspendedAt } = installation;
  const login = installation.account ?? scope.world.organizations[0]?.login ?? '';
  const account = scope.world.account(login);
  return {
    id,
    account: account === undefined ? null : toSimpleUser(scope, account),
    repository_selection: 'all',
    access_tokens_url: `${scope.apiUrl}/app/installations/${id}/access_tokens`,
    repositories_url: `${scope.apiUrl}/installation/repositories`,
    html_url: `${SITE}/organizations/${login}/settings/installations/${id}`,
    app_id: app.id,
    app_slug: app.slug,
    target_id: account?.databaseId ?? 0,
    target_type: account?.kind ?? 'Organization',
    permissions: toPermissions(installation),
    events: EVENTS,
    created_at: '2024-01-01T00:00:00Z',
    updated_at: suspendedAt ?? '2024-01-01T00:00:00Z',
    single_file_name: null,
    suspended_by: null,
    suspended_at: suspendedAt,
  };
}
