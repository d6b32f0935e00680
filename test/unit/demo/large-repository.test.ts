import { expect, test } from 'vitest';
import { largeRepository } from '../../../src/demo/core/large-repository.ts';
import type { PullRequestPage } from '../../../src/domain/pulls/github-facts.ts';
import { gitHubWith } from '../../support/github/github.ts';
import { NOON, TOKEN, askForData, serve } from './small-world.ts';

const REPOSITORY = { owner: 'acme', name: 'large' };

test('a sync of a large repository meets each pull request once, with all that is in it', async () => {
  const server = await serve(largeRepository({ pullRequests: 250, now: NOON }));
  const github = gitHubWith(server.url, TOKEN, () => NOON);
  const seen = new Set<number>();
  let after: string | null = null;
  do {
    const page: PullRequestPage = await github.fetchPullRequestPage({
      repository: REPOSITORY,
      first: 100,
      after,
    });
    for (const fact of page.pullRequests) {
      seen.add(fact.number);
      expect(fact).toMatchObject({ unread: [], checkState: 'SUCCESS' });
      expect([fact.reviews.length, fact.commits.length, fact.files?.length]).toEqual([2, 3, 5]);
    }
    after = page.nextCursor;
  } while (after !== null);
  expect(seen.size).toBe(250);
  expect(server.stats().brokenRules).toEqual([]);
});

test('a hundred thousand pull requests are there at once', async () => {
  const server = await serve(largeRepository({ pullRequests: 100_000, now: NOON }));
  const data = await askForData(
    server,
    `{ repository(owner: "acme", name: "large") {
      pullRequest(number: 70000) { number state }
      pullRequests(first: 1, orderBy: { field: UPDATED_AT, direction: DESC }) { totalCount } } }`,
  );
  expect(data).toEqual({
    repository: {
      pullRequest: { number: 70_000, state: 'CLOSED' },
      pullRequests: { totalCount: 100_000 },
    },
  });
});
