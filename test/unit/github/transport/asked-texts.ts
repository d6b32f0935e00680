import { expect } from 'vitest';
import { textOf } from '../../../../src/domain/core/graphql-document.ts';
import { createPermissions } from '../../../../src/github/connections/permissions.ts';
import { createDeployments } from '../../../../src/github/delivery/deployments.ts';
import { createHistory } from '../../../../src/github/delivery/history.ts';
import { createReleases } from '../../../../src/github/delivery/releases.ts';
import { createMembers } from '../../../../src/github/members/members.ts';
import { createNestedPages } from '../../../../src/github/pulls/nested-lists.ts';
import { createPullRequestSearch } from '../../../../src/github/pulls/pull-request-counts.ts';
import { createPullRequestPages } from '../../../../src/github/pulls/pull-request-pages.ts';
import { REPOSITORY_QUERY } from '../../../../src/github/pulls/pull-request-query.ts';
import { createPullRequestsByNumber } from '../../../../src/github/pulls/pull-requests-by-number.ts';
import type { GitHubApi } from '../../../../src/github/transport/api.ts';

const LISTS = ['LABELS', 'TIMELINE', 'COMMITS', 'FILES', 'CHECKS'] as const;

/** The texts of all that the GraphQL API is asked for. */
export async function askedTexts(): Promise<string[]> {
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
  const range = { from: new Date(0), to: new Date(1_000) };
  const sha = 'a'.repeat(40);
  const { probe } = createPermissions({ api, credential: { auth: {} } } as unknown as Parameters<
    typeof createPermissions
  >[0]);
  const target = { repository, organization: 'acme', isOwn: true };
  const asking = [
    createPullRequestPages(api)({ repository, first: 1, after: null }),
    createPullRequestPages(api)({ repository, first: 1, after: null, detail: 'SCALARS' }),
    createPullRequestPages(api)({ repository, first: 1, after: null, detail: 'NUMBERS' }),
    createPullRequestsByNumber(api)({ repository, numbers: [1] }),
    createNestedPages(api)(repository, lists),
    createPullRequestSearch(api).countPullRequests(repository, [range]),
    createPullRequestSearch(api).listPullRequestNumbers(repository, range, null),
    createDeployments(api).fetchPage({ ...page, detail: 'WHOLE' }),
    createDeployments(api).fetchPage({ ...page, detail: 'NUMBERS' }),
    createDeployments(api).fetchStatuses('DE_1', 'next', 10),
    createHistory(api).fetch({
      repository,
      page: { root: sha, after: null, first: 1 },
      counted: [sha],
      tip: 10,
    }),
    createReleases(api).fetchPage({ ...page, detail: 'WHOLE' }),
    createReleases(api).fetchPage({ ...page, detail: 'NUMBERS' }),
    createMembers(api).fetchPage('acme', null),
    probe('PULL_REQUESTS', target),
    probe('CONTENTS', target),
    probe('CHECKS', target),
    probe('DEPLOYMENTS', target),
    probe('MEMBERS', target),
    api.graphql(REPOSITORY_QUERY, { ...repository }, 'repository'),
  ];
  await Promise.allSettled(asking);
  expect(texts).toHaveLength(asking.length);
  return texts;
}
