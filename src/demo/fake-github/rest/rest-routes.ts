import type { Endpoints } from '@octokit/types';
import type { RepositoryData } from '../../core/github-data.ts';
import type { RateStatus } from '../rules/rate-limits.ts';
import { toAuthenticatedUser, toFullRepository, toSimpleUser } from './rest-accounts.ts';
import {
  toCommit,
  toFile,
  toListedPullRequest,
  toPullRequest,
  toReview,
} from './rest-pull-requests.ts';
import type { ShownPullRequest } from './rest-pull-requests.ts';
import { compareCommits } from './rest-compare.ts';
import { ok, pageOf } from './rest-page.ts';
import { listReviewComments, toReviewComment } from './rest-review-comments.ts';
import { restError } from './rest-scope.ts';
import type { RestAnswer, RestScope } from './rest-scope.ts';
import type { PullRequestEntry } from '../graphql/pull-request-listing.ts';

type RateLimit = Endpoints['GET /rate_limit']['response']['data'];
type Route = readonly [pattern: RegExp, answer: RouteAnswer];
type RouteAnswer = (scope: RestScope, url: URL, ...parts: string[]) => RestAnswer;

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
  [/^\/repos\/([^/]+)\/([^/]+)\/collaborators$/, onRepository(listCollaborators)],
  [/^\/repos\/([^/]+)\/([^/]+)\/pulls$/, onRepository(listPullRequests)],
  [/^\/repos\/([^/]+)\/([^/]+)\/pulls\/comments$/, onRepository(listReviewComments)],
  [/^\/repos\/([^/]+)\/([^/]+)\/compare\/(.+)$/, onRepository(compareCommits)],
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
  [
    /^\/repos\/([^/]+)\/([^/]+)\/pulls\/(\d+)\/comments$/,
    onPullRequest((scope, url, shown) => {
      return pageOf(scope, url, shown.view.reviewComments, (comment) =>
        toReviewComment(scope, shown.repository, { number: shown.view.data.number, comment }),
      );
    }),
  ],
];

/** Answers a GET of GitHub's REST API; what it does not know is a 404 in GitHub's form. */
export function answerRest(method: string, url: URL, scope: RestScope): RestAnswer {
  const path = pathByName(url.pathname, scope);
  for (const [pattern, answer] of ROUTES) {
    const match = pattern.exec(path);
    if (match !== null && method === 'GET') {
      return answer(scope, url, ...match.slice(1).map(decodePart));
    }
  }
  return restError(404, 'Not Found');
}

/** `/repositories/<id>` leads to a repository whatever its name is. */
function pathByName(path: string, { world }: RestScope): string {
  const [, id, rest = ''] = /^\/repositories\/(\d+)(\/.*)?$/.exec(path) ?? [];
  const repository = id === undefined ? undefined : world.repositoryById(Number(id));
  return repository === undefined ? path : `/repos/${repository.owner}/${repository.name}${rest}`;
}

/** A part of the path; one with a broken escape is taken as it stands and found nowhere. */
function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function onRepository(
  answer: (scope: RestScope, url: URL, repository: RepositoryData, rest: string) => RestAnswer,
): RouteAnswer {
  return (scope, url, owner = '', name = '', rest = '') => {
    const found = findRepository(scope, url, owner, name);
    return 'status' in found ? found : answer(scope, url, found, rest);
  };
}

/** The repository of a path; when it has another name now, where it is; when it may not be shown, that. */
function findRepository(
  { world, apiUrl }: RestScope,
  url: URL,
  owner: string,
  name: string,
): RepositoryData | RestAnswer {
  const repository = world.repository(owner, name);
  const renamed = world.renamed(owner, name);
  if (repository === undefined && renamed !== undefined) {
    const rest = url.pathname.split('/').slice(4).join('/');
    const path = `/repositories/${renamed.databaseId}${rest === '' ? '' : `/${rest}`}`;
    const location = `${apiUrl}${path}${url.search}`;
    const answer = restError(301, 'Moved Permanently', { url: location });
    return { ...answer, headers: { location } };
  }
  if (repository?.isBlocked === true) {
    const block = { reason: 'dmca', created_at: repository.createdAt, html_url: repository.url };
    return restError(451, 'Repository access blocked', { block });
  }
  return repository ?? restError(404, 'Not Found');
}

function onPullRequest(
  answer: (scope: RestScope, url: URL, shown: ShownPullRequest) => RestAnswer,
): RouteAnswer {
  return (scope, url, owner = '', name = '', number = '') => {
    const repository = findRepository(scope, url, owner, name);
    if ('status' in repository) {
      return repository;
    }
    const view = scope.world.pullRequest(repository, Number(number), scope.at);
    return view === null ? restError(404, 'Not Found') : answer(scope, url, { repository, view });
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
    .listing(repository, scope.at)
    .sorted(order, direction === 'desc' ? 'DESC' : 'ASC')
    .filter((entry) => state === 'all' || (state === 'open') === (entry.state === 'OPEN'))
    .filter((entry) => base === null || entry.data.baseRefName === base);
  return pageOf(scope, url, entries, (entry) =>
    toListedPullRequest(scope, show(scope, repository, entry)),
  );
}

function show(
  { world, at }: RestScope,
  repository: RepositoryData,
  { number }: PullRequestEntry,
): ShownPullRequest {
  const view = world.pullRequest(repository, number, at);
  if (view === null) {
    throw new Error(`Pull request ${number} was listed before it was opened.`);
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

function listCollaborators(scope: RestScope, url: URL, repository: RepositoryData): RestAnswer {
  const { owner, collaborators } = repository;
  if (collaborators === null) {
    return restError(403, 'Must have push access to view repository collaborators.');
  }
  const logins = collaborators ?? scope.world.organization(owner)?.members ?? [owner];
  const accounts = logins
    .map((login) => scope.world.account(login))
    .filter((account) => account !== undefined);
  return pageOf(scope, url, accounts, (account) => toSimpleUser(scope, account));
}

function rateLimitOf({ rate }: RestScope): RateLimit {
  const core = toRateLimit(rate('core'));
  const search = { limit: 30, remaining: 30, used: 0, reset: core.reset };
  return { resources: { core, graphql: toRateLimit(rate('graphql')), search }, rate: core };
}

function toRateLimit({ limit, remaining, used, resetEpochSeconds }: RateStatus) {
  return { limit, remaining, used, reset: resetEpochSeconds };
}
