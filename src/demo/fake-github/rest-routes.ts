import type { Endpoints } from '@octokit/types';
import type { RepositoryData } from '../github-data.ts';
import type { RateStatus } from './rate-limits.ts';
import { toAuthenticatedUser, toFullRepository, toSimpleUser } from './rest-accounts.ts';
import {
  toCommit,
  toFile,
  toListedPullRequest,
  toPullRequest,
  toReview,
} from './rest-pull-requests.ts';
import type { ShownPullRequest } from './rest-pull-requests.ts';
import { restError } from './rest-scope.ts';
import type { RestAnswer, RestScope } from './rest-scope.ts';
import type { PullRequestEntry } from './world.ts';

type RateLimit = Endpoints['GET /rate_limit']['response']['data'];
type Route = readonly [pattern: RegExp, answer: RouteAnswer];
type RouteAnswer = (scope: RestScope, url: URL, ...parts: string[]) => RestAnswer;

const DEFAULT_PAGE = 30;
const MAX_PAGE = 100;

const ROUTES: readonly Route[] = [
  [/^\/rate_limit$/, (scope) => ok(rateLimitOf(scope))],
  [/^\/user$/, (scope) => ok(toAuthenticatedUser(scope, scope.world.viewer))],
  [/^\/orgs\/([^/]+)$/, showOrganization],
  [/^\/orgs\/([^/]+)\/members$/, listMembers],
  [
    /^\/repos\/([^/]+)\/([^/]+)$/,
    onRepository((scope, _url, repository) => {
      return ok(toFullRepository(scope, repository));
    }),
  ],
  [/^\/repos\/([^/]+)\/([^/]+)\/pulls$/, onRepository(listPullRequests)],
  [
    /^\/repos\/([^/]+)\/([^/]+)\/pulls\/(\d+)$/,
    onPullRequest((scope, _url, shown) => {
      return ok(toPullRequest(scope, shown));
    }),
  ],
  [
    /^\/repos\/([^/]+)\/([^/]+)\/pulls\/(\d+)\/reviews$/,
    onPullRequest((scope, url, shown) => {
      return pageOf(scope, url, shown.view.reviews, (review) => toReview(scope, shown, review));
    }),
  ],
  [
    /^\/repos\/([^/]+)\/([^/]+)\/pulls\/(\d+)\/commits$/,
    onPullRequest((scope, url, shown) => {
      return pageOf(scope, url, shown.view.commits, (commit) => toCommit(scope, shown, commit));
    }),
  ],
  [/^\/repos\/([^/]+)\/([^/]+)\/pulls\/(\d+)\/files$/, onPullRequest(listFiles)],
];

/** Answers a GET of GitHub's REST API; what it does not know is a 404 in GitHub's form. */
export function answerRest(method: string, url: URL, scope: RestScope): RestAnswer {
  for (const [pattern, answer] of ROUTES) {
    const match = pattern.exec(url.pathname);
    if (match !== null && method === 'GET') {
      return answer(scope, url, ...match.slice(1).map(decodePart));
    }
  }
  return restError(404, 'Not Found');
}

/** A part of the path; one with a broken escape is taken as it stands and found nowhere. */
function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function ok(body: unknown): RestAnswer {
  return { status: 200, body };
}

function onRepository(
  answer: (scope: RestScope, url: URL, repository: RepositoryData) => RestAnswer,
): RouteAnswer {
  return (scope, url, owner = '', name = '') => {
    const repository = scope.world.repository(owner, name);
    return repository === undefined ? restError(404, 'Not Found') : answer(scope, url, repository);
  };
}

function onPullRequest(
  answer: (scope: RestScope, url: URL, shown: ShownPullRequest) => RestAnswer,
): RouteAnswer {
  return (scope, url, owner = '', name = '', number = '') => {
    const repository = scope.world.repository(owner, name);
    const view =
      repository === undefined
        ? null
        : scope.world.pullRequest(repository, Number(number), scope.at);
    return repository === undefined || view === null
      ? restError(404, 'Not Found')
      : answer(scope, url, { repository, view });
  };
}

function listPullRequests(scope: RestScope, url: URL, repository: RepositoryData): RestAnswer {
  scope.onPullRequestPage(`${repository.owner}/${repository.name}`);
  const state = url.searchParams.get('state') ?? 'open';
  const sort = url.searchParams.get('sort') ?? 'created';
  const direction = url.searchParams.get('direction') ?? (sort === 'created' ? 'desc' : 'asc');
  const base = url.searchParams.get('base');
  const order = sort === 'updated' ? 'UPDATED_AT' : 'CREATED_AT';
  const entries = scope.world
    .pullRequests(repository, scope.at, order)
    .filter((entry) => state === 'all' || (state === 'open') === (entry.state === 'OPEN'))
    .filter((entry) => base === null || entry.data.baseRefName === base);
  const ordered = direction === 'desc' ? entries.toReversed() : entries;
  return pageOf(scope, url, ordered, (entry) =>
    toListedPullRequest(scope, show(scope, repository, entry)),
  );
}

function show(
  { world, at }: RestScope,
  repository: RepositoryData,
  { data }: PullRequestEntry,
): ShownPullRequest {
  const view = world.pullRequest(repository, data.number, at);
  if (view === null) {
    throw new Error(`Pull request ${data.number} was listed before it was opened.`);
  }
  return { repository, view };
}

/** Files of a pull request whose changes the source does not know are refused in GitHub's words for a lost diff. */
function listFiles(scope: RestScope, url: URL, shown: ShownPullRequest): RestAnswer {
  if (shown.view.files === null) {
    return restError(
      422,
      'Sorry, there was a problem generating this diff. The repository may be missing relevant data.',
      { errors: [{ resource: 'PullRequest', field: 'diff', code: 'missing' }] },
    );
  }
  return pageOf(scope, url, shown.view.files, (file) => toFile(scope, shown, file));
}

function showOrganization(scope: RestScope, _url: URL, login = ''): RestAnswer {
  const organization = scope.world.organization(login);
  const account = organization === undefined ? undefined : scope.world.account(organization.login);
  return account === undefined ? restError(404, 'Not Found') : ok(toSimpleUser(scope, account));
}

function listMembers(scope: RestScope, url: URL, login = ''): RestAnswer {
  const organization = scope.world.organization(login);
  if (organization === undefined) {
    return restError(404, 'Not Found');
  }
  const members = organization.members
    .map((member) => scope.world.account(member))
    .filter((member) => member !== undefined);
  return pageOf(scope, url, members, (member) => toSimpleUser(scope, member));
}

function rateLimitOf({ rate }: RestScope): RateLimit {
  const core = toRateLimit(rate('core'));
  const search = { limit: 30, remaining: 30, used: 0, reset: core.reset };
  return { resources: { core, graphql: toRateLimit(rate('graphql')), search }, rate: core };
}

function toRateLimit({ limit, remaining, used, resetEpochSeconds }: RateStatus) {
  return { limit, remaining, used, reset: resetEpochSeconds };
}

function positive(text: string | null, fallback: number): number {
  const value = Number(text ?? fallback);
  return Number.isInteger(value) && value > 0 ? value : fallback;
}

/** A page by number, with GitHub's Link header. Unlike cursors, page numbers shift when rows move. */
function pageOf<Item>(
  { apiUrl }: RestScope,
  url: URL,
  items: readonly Item[],
  toBody: (item: Item) => unknown,
): RestAnswer {
  const size = Math.min(MAX_PAGE, positive(url.searchParams.get('per_page'), DEFAULT_PAGE));
  const page = positive(url.searchParams.get('page'), 1);
  const lastPage = Math.max(1, Math.ceil(items.length / size));
  const linkTo = (target: number, relation: string): string => {
    const query = new URLSearchParams(url.searchParams);
    query.set('page', String(target));
    return `<${apiUrl}${url.pathname}?${query.toString()}>; rel="${relation}"`;
  };
  const links = [
    ...(page > 1 ? [linkTo(Math.min(page - 1, lastPage), 'prev')] : []),
    ...(page < lastPage ? [linkTo(page + 1, 'next'), linkTo(lastPage, 'last')] : []),
    ...(page > 1 ? [linkTo(1, 'first')] : []),
  ];
  const body = items.slice((page - 1) * size, page * size).map(toBody);
  return links.length === 0 ? ok(body) : { status: 200, body, headers: { link: links.join(', ') } };
}
