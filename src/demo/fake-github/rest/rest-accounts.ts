import type { Endpoints } from '@octokit/types';
import type { AccountData, RepositoryData } from '../../core/github-data.ts';
import { GHOST } from '../graphql/graphql-nodes.ts';
import { lastActivity } from '../graphql/graphql-repository.ts';
import { toNodeId } from '../graphql/node-ids.ts';
import type { RestScope } from './rest-scope.ts';

type SimpleUser = Endpoints['GET /orgs/{org}/members']['response']['data'][number];
type AuthenticatedUser = Endpoints['GET /user']['response']['data'];
type FullRepository = Endpoints['GET /repos/{owner}/{repo}']['response']['data'];

/** The account behind a login, `ghost` when there is none. */
export function userOf(scope: RestScope, login: string | null): SimpleUser {
  const account = login === null ? undefined : scope.world.account(login);
  return toSimpleUser(scope, account ?? GHOST);
}

/** An account as it appears inside other answers. */
export function toSimpleUser({ apiUrl }: RestScope, account: AccountData): SimpleUser {
  const url = `${apiUrl}/users/${encodeURIComponent(account.login)}`;
  return {
    login: account.login,
    id: account.databaseId,
    node_id: toNodeId('Account', account.login),
    avatar_url: `https://avatars.githubusercontent.com/u/${account.databaseId}?v=4`,
    gravatar_id: '',
    url,
    html_url: account.url,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: account.kind,
    site_admin: false,
  };
}

/** The account that the token belongs to. */
export function toAuthenticatedUser(scope: RestScope, account: AccountData): AuthenticatedUser {
  return {
    ...toSimpleUser(scope, account),
    name: account.name,
    company: null,
    blog: null,
    location: null,
    email: null,
    hireable: null,
    bio: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: account.createdAt,
    updated_at: account.createdAt,
  };
}

/** A repository as its own endpoint shows it; fits the shorter form inside pull requests too. */
export function toFullRepository(scope: RestScope, repository: RepositoryData) {
  const open = scope.world.listing(repository, scope.at).openCount;
  return {
    ...linksOf(scope, repository),
    id: repository.databaseId,
    node_id: toNodeId('Repository', repository.databaseId),
    name: repository.name,
    full_name: `${repository.owner}/${repository.name}`,
    owner: userOf(scope, repository.owner),
    private: repository.isPrivate,
    description: repository.description,
    fork: repository.isFork,
    homepage: null,
    language: repository.primaryLanguage,
    forks_count: 0,
    forks: 0,
    stargazers_count: 0,
    watchers_count: 0,
    watchers: 0,
    subscribers_count: 0,
    network_count: 0,
    size: repository.defaultBranch === null ? 0 : 1,
    default_branch: repository.defaultBranch ?? 'main',
    open_issues_count: open,
    open_issues: open,
    has_issues: true,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_downloads: false,
    has_discussions: false,
    archived: repository.isArchived,
    disabled: false,
    visibility: repository.isPrivate ? 'private' : 'public',
    pushed_at: lastActivity(repository, repository.pushedAt, scope),
    created_at: repository.createdAt,
    updated_at: lastActivity(repository, repository.updatedAt, scope),
    license: null,
  } satisfies FullRepository;
}

function linksOf({ apiUrl }: RestScope, repository: RepositoryData) {
  const url = `${apiUrl}/repos/${repository.owner}/${repository.name}`;
  const { host } = new URL(repository.url);
  return {
    url,
    html_url: repository.url,
    svn_url: repository.url,
    clone_url: `${repository.url}.git`,
    git_url: `git://${host}/${repository.owner}/${repository.name}.git`,
    ssh_url: `git@${host}:${repository.owner}/${repository.name}.git`,
    mirror_url: null,
    archive_url: `${url}/{archive_format}{/ref}`,
    assignees_url: `${url}/assignees{/user}`,
    blobs_url: `${url}/git/blobs{/sha}`,
    branches_url: `${url}/branches{/branch}`,
    collaborators_url: `${url}/collaborators{/collaborator}`,
    comments_url: `${url}/comments{/number}`,
    commits_url: `${url}/commits{/sha}`,
    compare_url: `${url}/compare/{base}...{head}`,
    contents_url: `${url}/contents/{+path}`,
    contributors_url: `${url}/contributors`,
    deployments_url: `${url}/deployments`,
    downloads_url: `${url}/downloads`,
    events_url: `${url}/events`,
    forks_url: `${url}/forks`,
    git_commits_url: `${url}/git/commits{/sha}`,
    git_refs_url: `${url}/git/refs{/sha}`,
    git_tags_url: `${url}/git/tags{/sha}`,
    hooks_url: `${url}/hooks`,
    issue_comment_url: `${url}/issues/comments{/number}`,
    issue_events_url: `${url}/issues/events{/number}`,
    issues_url: `${url}/issues{/number}`,
    keys_url: `${url}/keys{/key_id}`,
    labels_url: `${url}/labels{/name}`,
    languages_url: `${url}/languages`,
    merges_url: `${url}/merges`,
    milestones_url: `${url}/milestones{/number}`,
    notifications_url: `${url}/notifications{?since,all,participating}`,
    pulls_url: `${url}/pulls{/number}`,
    releases_url: `${url}/releases{/id}`,
    stargazers_url: `${url}/stargazers`,
    statuses_url: `${url}/statuses/{sha}`,
    subscribers_url: `${url}/subscribers`,
    subscription_url: `${url}/subscription`,
    tags_url: `${url}/tags`,
    teams_url: `${url}/teams`,
    trees_url: `${url}/git/trees{/sha}`,
  };
}
