import { NoDeprecatedCustomRule, parse, validate } from 'graphql';
import { expect, it } from 'vitest';
import { loadGitHubSchema } from '../../../../src/demo/fake-github/graphql/github-schema.ts';
import { textOf } from '../../../../src/domain/core/graphql-document.ts';
import { createDeployments } from '../../../../src/github/delivery/deployments.ts';
import { createReleases } from '../../../../src/github/delivery/releases.ts';
import { createMembers } from '../../../../src/github/members/members.ts';
import { createNestedPages } from '../../../../src/github/pulls/nested-lists.ts';
import { createPullRequestPages } from '../../../../src/github/pulls/pull-request-pages.ts';
import { createPullRequestsByNumber } from '../../../../src/github/pulls/pull-requests-by-number.ts';
import type { GitHubApi } from '../../../../src/github/transport/api.ts';

const LISTS = ['LABELS', 'TIMELINE', 'COMMITS', 'FILES', 'CHECKS'] as const;

/** The texts of all that a sync asks the GraphQL API for. */
async function askedTexts(): Promise<string[]> {
  const texts: string[] = [];
  const api = {
    graphql: (document: Parameters<typeof textOf>[0]) => {
      texts.push(textOf(document));
      return Promise.reject(new Error('asked'));
    },
  } as unknown as GitHubApi;
  const repository = { owner: 'acme', name: 'api' };
  const lists = LISTS.map((list) => ({ list, cursor: '', number: 1, githubId: 1n }));
  const page = { repository, first: 1, after: null };
  const asking = [
    createPullRequestPages(api)({ repository, first: 1, after: null }),
    createPullRequestPages(api)({ repository, first: 1, after: null, detail: 'SCALARS' }),
    createPullRequestsByNumber(api)({ repository, numbers: [1] }),
    createNestedPages(api)(repository, lists),
    createDeployments(api).fetchPage({ ...page, detail: 'WHOLE' }),
    createDeployments(api).fetchPage({ ...page, detail: 'NUMBERS' }),
    createDeployments(api).fetchStatuses('DE_1', 'next', 10),
    createReleases(api).fetchPage({ ...page, detail: 'WHOLE' }),
    createReleases(api).fetchPage({ ...page, detail: 'NUMBERS' }),
    createMembers(api).fetchPage('acme', null),
  ];
  await Promise.allSettled(asking);
  expect(texts).toHaveLength(asking.length);
  return texts;
}

it("no query asks for a field that is past its removal date, or soon will be, by GitHub's schema", async () => {
  const schema = await loadGitHubSchema();
  for (const text of await askedTexts()) {
    const deprecated = validate(schema, parse(text), [NoDeprecatedCustomRule]);
    expect(deprecated.map(({ message }) => message)).toEqual([]);
  }
});
