import { describe, expect, it } from 'vitest';
import { textOf } from '../../../../src/domain/core/graphql-document.ts';
import { gql as cliGql } from '../../../../src/cli/core/graphql.ts';
import type { GraphQLClient } from '../../../../src/cli/core/graphql-client.ts';
import type { GitHubApi } from '../../../../src/github/transport/api.ts';
import { gql } from '../../../../src/github/transport/graphql.ts';

/** Answers each question with the text that it was asked with, whatever its type says. */
const api: Pick<GitHubApi, 'graphql'> = {
  graphql: (document) => Promise.resolve({ text: textOf(document) } as never),
};
const gateway: Pick<GraphQLClient, 'query'> = {
  query: (document) => Promise.resolve({ text: textOf(document) } as never),
};

const OWNER = gql('fragment Owner on RepositoryOwner { login }');
const REPOSITORY = gql('fragment Repository on Repository { name pushedAt owner { ...Owner } }', [
  OWNER,
]);
const QUERY = gql(
  'query ($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { ...Repository owner { ...Owner } } }',
  [REPOSITORY, OWNER],
);
const TEAMS = cliGql('query { teams(first: 1) { nodes { id slug } } }');
const NAME = { owner: 'acme', name: 'api' };

describe('a document', () => {
  it('is sent as its text and then each fragment that it spreads, however deep, once', async () => {
    const sent = textOf(QUERY);
    expect(sent.split('\n')).toHaveLength(3);
    expect(sent).toMatch(/^query /);
    expect(sent.match(/fragment \w+ on/g)?.toSorted()).toEqual([
      'fragment Owner on',
      'fragment Repository on',
    ]);
    await expect(api.graphql(QUERY, NAME, '')).resolves.toEqual({ text: sent });
  });
});

// What `npm run typecheck` holds: each line below that is expected to be wrong would be an error if it were right.
describe('the type check refuses', () => {
  it('a field that the schema does not have, in a query or in a fragment', async () => {
    const misspelt = gql('query { viewer { logn } }');
    // @ts-expect-error -- a user has a login
    await api.graphql(misspelt, {}, '');
    const fragment = gql('fragment Titel on PullRequest { number titel }');
    const spread = gql('query { viewer { pullRequests(first: 1) { nodes { ...Titel } } } }', [
      fragment,
    ]);
    // @ts-expect-error -- a pull request has a title
    await api.graphql(spread, {}, '');
    const text: string = 'query { viewer { login } }';
    const answer = await api.graphql(gql(text), {}, '');
    // @ts-expect-error -- a text that is only known at run time says nothing of its answer
    expect(answer.viewer).toBeUndefined();

    const own = cliGql('query { teams(first: 1) { nodes { id slugg } } }');
    // @ts-expect-error -- a team has a slug
    await gateway.query(own, {});
    await expect(gateway.query(TEAMS, {})).resolves.toBeDefined();
  });

  it('a field of the answer that was not asked for', async () => {
    const answer = await api.graphql(QUERY, NAME, '');
    // @ts-expect-error -- only its name, its owner and the time of its last push
    expect(answer.repository?.isPrivate).toBeUndefined();
  });

  it('a variable that is missing, or of another type', async () => {
    // @ts-expect-error -- the name is missing
    await api.graphql(QUERY, { owner: 'acme' }, '');
    // @ts-expect-error -- the name is a text
    await api.graphql(QUERY, { owner: 'acme', name: 7 }, '');
    const start = cliGql(
      'mutation ($input: StartBackfillInput!) { startBackfill(input: $input) { ... on UserError { message } } }',
    );
    // @ts-expect-error -- an input has the fields of the schema
    await expect(gateway.query(start, { input: { team: 'x' } })).resolves.toBeDefined();
  });

  it('what may be null, used as if it were not', async () => {
    const answer = await api.graphql(QUERY, NAME, '');
    // @ts-expect-error -- GitHub may show no such repository
    expect(() => answer.repository.name).toThrow(TypeError);
    const pushed = (): string | undefined =>
      // @ts-expect-error -- nobody may have pushed yet
      answer.repository?.pushedAt;
    expect(pushed()).toBeUndefined();
  });

  it('a value that an enumeration does not have', async () => {
    const states = gql('query { viewer { pullRequests(first: 1) { nodes { state } } } }');
    const answer = await api.graphql(states, {}, '');
    const node = answer.viewer?.pullRequests.nodes?.[0];
    // @ts-expect-error -- it is OPEN, CLOSED or MERGED
    expect(node?.state === 'DRAFT').toBe(false);
  });
});
