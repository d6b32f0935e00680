import {
  newPullRequest,
  toInstant,
  type AccountData,
  type DeploymentData,
  type GitHubData,
  type HistoryCommitData,
  type RepositoryData,
} from '../src/demo/core/github-data.ts';

/** Repositories whose deployments' ranges are measured: `acme/deployed`, by one author. */
export const DEPLOYED = { owner: 'acme', repo: 'deployed' } as const;

const AUTHOR = 'author-1';
const START_MS = Date.UTC(2024, 0, 1);
const MINUTE_MS = 60_000;

const at = (minute: number): string => toInstant(new Date(START_MS + minute * MINUTE_MS));
const oid = (ordinal: number): string => ordinal.toString(16).padStart(40, '0');

/** So many deployments to production, evenly over squashed merges of pull requests. */
export function mergedPullRequests(deployments: number, pullRequests: number): GitHubData {
  const each = pullRequests / deployments;
  const deployed = Array.from({ length: deployments }, (_, index) => {
    const number = Math.max(1, Math.floor((index + 1) * each));
    return deploymentOf(index + 1, 'production', oid(number), number * 10 + 5);
  });
  return sourceOf({
    pullRequests: Array.from({ length: pullRequests }, (_, index) => {
      const number = index + 1;
      return newPullRequest({
        databaseId: number,
        number,
        title: `Change ${number}`,
        author: AUTHOR,
        createdAt: at(number * 10 - 5),
        mergedAt: at(number * 10),
        mergedBy: AUTHOR,
        mergeCommitOid: oid(number),
      });
    }),
    deployments: deployed,
  });
}

/** So many deployments to production, evenly over the commits of one line. */
export function longHistory(deployments: number, commits: number): GitHubData {
  const each = Math.floor(commits / deployments);
  return sourceOf({
    history: Array.from({ length: commits }, (_, index) => commitOf(index + 1, [index])),
    deployments: Array.from({ length: deployments }, (_, index) => {
      const ordinal = (index + 1) * each;
      return deploymentOf(index + 1, 'production', oid(ordinal), ordinal + 1);
    }),
  });
}

/** Environments of branches with five commits, each of which is deployed to it four times. */
export function previews(environments: number): GitHubData {
  const main = 100;
  const branches = Array.from({ length: environments }, (_, branch) =>
    Array.from({ length: 5 }, (__, index) => {
      const ordinal = main + 1 + branch * 5 + index;
      return commitOf(ordinal, [index === 0 ? 1 + (branch % main) : ordinal - 1]);
    }),
  );
  return sourceOf({
    history: [
      ...Array.from({ length: main }, (_, index) => commitOf(index + 1, [index])),
      ...branches.flat(),
    ],
    deployments: branches.flatMap((commits, branch) =>
      Array.from({ length: commits.length * 4 }, (_, index) => {
        const number = branch * commits.length * 4 + index + 1;
        const commit = commits[Math.floor(index / 4)];
        return deploymentOf(number, `preview-${branch}`, commit?.oid ?? '', 10_000 + number);
      }),
    ),
  });
}

function commitOf(ordinal: number, parents: readonly number[]): HistoryCommitData {
  return {
    oid: oid(ordinal),
    parents: parents.filter((parent) => parent > 0).map(oid),
    at: at(ordinal),
  };
}

function deploymentOf(
  databaseId: number,
  environment: string,
  of: string,
  minute: number,
): DeploymentData {
  return {
    databaseId,
    environment,
    ref: 'main',
    oid: of,
    creator: AUTHOR,
    description: null,
    createdAt: at(minute),
    statuses: [{ state: 'SUCCESS', at: at(minute) }],
  };
}

function account(kind: AccountData['kind'], login: string, databaseId: number): AccountData {
  return {
    kind,
    databaseId,
    login,
    name: login,
    url: `https://github.example/${login}`,
    createdAt: at(0),
  };
}

function sourceOf(
  parts: Pick<RepositoryData, 'deployments'> & Partial<RepositoryData>,
): GitHubData {
  const { owner, repo } = DEPLOYED;
  return {
    viewer: AUTHOR,
    accounts: [account('Organization', owner, 1), account('User', AUTHOR, 2)],
    organizations: [{ login: owner, members: [AUTHOR] }],
    repositories: [
      {
        databaseId: 7_100_000,
        owner,
        name: repo,
        url: `https://github.example/${owner}/${repo}`,
        description: null,
        isPrivate: true,
        isArchived: false,
        isFork: false,
        defaultBranch: 'main',
        primaryLanguage: null,
        createdAt: at(0),
        updatedAt: null,
        pushedAt: null,
        pullRequests: [],
        ...parts,
      },
    ],
  };
}
