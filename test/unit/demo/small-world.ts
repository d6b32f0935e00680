import { onTestFinished } from 'vitest';
import { startFakeGitHub } from '../../../src/demo/fake-github/fake-github.ts';
import type { FakeGitHub, FakeGitHubOptions } from '../../../src/demo/fake-github/fake-github.ts';
import { newPullRequest } from '../../../src/demo/core/github-data.ts';
import type {
  AccountData,
  AccountKind,
  GitHubData,
  PullRequestData,
  RepositoryData,
} from '../../../src/demo/core/github-data.ts';

export const TOKEN = 'a-token';

/** When the small world is looked at unless a test says otherwise. */
export const NOON = new Date('2026-03-10T12:00:00Z');

function account(login: string, databaseId: number, kind: AccountKind = 'User'): AccountData {
  return {
    kind,
    databaseId,
    login,
    name: `${login} the ${kind}`,
    url: `https://github.example/${login}`,
    createdAt: '2020-01-01T00:00:00Z',
  };
}

const ACCOUNTS = [
  account('ada', 1),
  account('bo', 2),
  account('helper[bot]', 3, 'Bot'),
  account('acme', 4, 'Organization'),
  account('imported', 5, 'Mannequin'),
];

/** Pull request `number`, opened by ada on that minute of 1 March and not touched since. */
export function aPullRequest(
  number: number,
  parts: Partial<PullRequestData> = {},
): PullRequestData {
  const minute = String(number % 60).padStart(2, '0');
  return newPullRequest({
    databaseId: 1_000 + number,
    number,
    title: `Change ${number}`,
    author: 'ada',
    createdAt: `2026-03-01T10:${minute}:00Z`,
    ...parts,
  });
}

/** `acme/api` with these pull requests, seen by ada. */
export function aSource(
  pullRequests: readonly PullRequestData[],
  parts: Partial<RepositoryData> = {},
): GitHubData {
  return {
    viewer: 'ada',
    accounts: ACCOUNTS,
    organizations: [{ login: 'acme', members: ['ada', 'bo'] }],
    repositories: [
      {
        databaseId: 77,
        owner: 'acme',
        name: 'api',
        url: 'https://github.example/acme/api',
        description: null,
        isPrivate: true,
        isArchived: false,
        isFork: false,
        defaultBranch: 'main',
        primaryLanguage: 'TypeScript',
        createdAt: '2025-01-01T00:00:00Z',
        updatedAt: null,
        pushedAt: null,
        pullRequests,
        ...parts,
      },
    ],
  };
}

/** Starts a server that ends with the test. */
export async function serve(
  source: GitHubData,
  options: Partial<FakeGitHubOptions> = {},
): Promise<FakeGitHub> {
  const server = await startFakeGitHub({ source, token: TOKEN, now: () => NOON, ...options });
  onTestFinished(() => server.close());
  return server;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // The shape is what each test asserts.
  readonly body: GraphQLBody;
}

export interface GraphQLBody {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly {
    readonly type?: string;
    readonly message: string;
    readonly path?: readonly (string | number)[];
  }[];
  readonly message?: string;
}

/** Sends a query as any client would, with the right token unless another is given. */
export async function ask(
  server: FakeGitHub,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as GraphQLBody,
  };
}

/** The answer's data, and a failed test when it came with errors. */
export async function askForData<Data>(
  server: FakeGitHub,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<Data> {
  const { body } = await ask(server, query, variables);
  if (body.errors !== undefined) {
    throw new Error(body.errors.map((error) => error.message).join('; '));
  }
  return body.data as Data;
}
