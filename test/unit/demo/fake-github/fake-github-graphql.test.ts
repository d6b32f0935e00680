import { describe, expect, test } from 'vitest';
import { REVIEWED } from '../reviewed-pull-request.ts';
import { aPullRequest, aSource, ask, askForData, serve } from '../small-world.ts';

describe('the fake GitHub executes whatever valid query it gets', () => {
  test('aliases, fragments, variables, directives and page sizes of the client', async () => {
    const server = await serve(aSource([1, 2, 3, 4, 5].map((number) => aPullRequest(number))));
    const data = await askForData(
      server,
      `query Mine($owner: String!, $name: String!, $size: Int = 2, $wide: Boolean!) {
        me: viewer { login databaseId }
        mine: repository(owner: $owner, name: $name) {
          newest: pullRequests(first: $size, orderBy: { field: CREATED_AT, direction: DESC }) { ...Page }
          oldest: pullRequests(last: 1, orderBy: { field: CREATED_AT, direction: DESC }) { ...Page }
          all: pullRequests { totalCount }
          wide: pullRequests(first: 100) @include(if: $wide) { ...Page }
        }
      }
      fragment Page on PullRequestConnection {
        nodes { ...Row }
        pageInfo { hasNextPage hasPreviousPage }
      }
      fragment Row on PullRequest { number the: title }`,
      { owner: 'ACME', name: 'Api', wide: false },
    );
    expect(data).toEqual({
      me: { login: 'ada', databaseId: 1 },
      mine: {
        newest: {
          nodes: [
            { number: 5, the: 'Change 5' },
            { number: 4, the: 'Change 4' },
          ],
          pageInfo: { hasNextPage: true, hasPreviousPage: false },
        },
        oldest: {
          nodes: [{ number: 1, the: 'Change 1' }],
          pageInfo: { hasNextPage: false, hasPreviousPage: true },
        },
        all: { totalCount: 5 },
      },
    });
  });

  test('an unknown size is shown by counts of zero together with files null', async () => {
    const server = await serve(aSource([aPullRequest(1, { files: null }), aPullRequest(2)]));
    const data = await askForData(
      server,
      `{ repository(owner: "acme", name: "api") { pullRequests(first: 2) {
        nodes { additions deletions changedFiles files(first: 1) { totalCount } } } } }`,
    );
    const zero = { additions: 0, deletions: 0, changedFiles: 0 };
    expect(data).toEqual({
      repository: {
        pullRequests: {
          nodes: [
            { ...zero, files: null },
            { ...zero, files: { totalCount: 0 } },
          ],
        },
      },
    });
  });

  test('a node is found again by its global id, and a bad id is an error of its own', async () => {
    const server = await serve(aSource([REVIEWED]));
    const { repository } = await askForData<{
      repository: { id: string; pullRequest: { id: string; author: { id: string } } };
    }>(
      server,
      `{ repository(owner: "acme", name: "api") {
        id pullRequest(number: 7) { id author { ... on Bot { id } } } } }`,
    );
    const ids = [
      repository.id,
      repository.pullRequest.id,
      repository.pullRequest.author.id,
      'PR_x',
    ];
    const { body } = await ask(
      server,
      `query ($ids: [ID!]!) { nodes(ids: $ids) {
        __typename ... on PullRequest { number } ... on Repository { nameWithOwner } } }`,
      { ids },
    );
    expect(body.data).toEqual({
      nodes: [
        { __typename: 'Repository', nameWithOwner: 'acme/api' },
        { __typename: 'PullRequest', number: 7 },
        { __typename: 'Bot' },
        null,
      ],
    });
    expect(body.errors).toMatchObject([
      {
        type: 'NOT_FOUND',
        path: ['nodes', 3],
        message: "Could not resolve to a node with the global id of 'PR_x'",
      },
    ]);
  });

  test('the members of an organisation and the filters of pull requests', async () => {
    const server = await serve(
      aSource([
        aPullRequest(1, { closedAt: '2026-03-02T00:00:00Z' }),
        aPullRequest(2, { mergedAt: '2026-03-02T00:00:00Z' }),
        aPullRequest(3, { baseRefName: 'next' }),
      ]),
    );
    const data = await askForData(
      server,
      `{ organization(login: "acme") { membersWithRole(first: 5) { edges { role node { login } } } }
        repository(owner: "acme", name: "api") {
          done: pullRequests(first: 5, states: [CLOSED, MERGED]) { nodes { number } }
          next: pullRequests(first: 5, baseRefName: "next") { nodes { number } } } }`,
    );
    expect(data).toEqual({
      organization: {
        membersWithRole: {
          edges: [
            { role: 'MEMBER', node: { login: 'ada' } },
            { role: 'MEMBER', node: { login: 'bo' } },
          ],
        },
      },
      repository: {
        done: { nodes: [{ number: 1 }, { number: 2 }] },
        next: { nodes: [{ number: 3 }] },
      },
    });
  });

  test('a field that the data has nothing for is null where it may be, else an error that names it', async () => {
    const server = await serve(aSource([aPullRequest(1)]));
    const { status, body } = await ask(
      server,
      `{ repository(owner: "acme", name: "api") {
        homepageUrl codeOfConduct { name } pullRequest(number: 1) { canBeRebased } } }`,
    );
    expect(status).toBe(200);
    expect(body.data).toEqual({
      repository: { homepageUrl: null, codeOfConduct: null, pullRequest: null },
    });
    expect(body.errors?.[0]?.message).toBe(
      'The fake GitHub does not know PullRequest.canBeRebased; leave that field out.',
    );
  });

  test('what leads nowhere is null, with an error of type NOT_FOUND', async () => {
    const server = await serve(aSource([]));
    const { status, body } = await ask(server, '{ repository(owner: "acme", name: "no") { id } }');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      data: { repository: null },
      errors: [
        {
          type: 'NOT_FOUND',
          path: ['repository'],
          message: "Could not resolve to a Repository with the name 'acme/no'.",
        },
      ],
    });
  });
});
