import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { viewPullRequest } from '../../../src/demo/fake-github/as-of.ts';
import type { PullRequestView } from '../../../src/demo/fake-github/as-of.ts';
import { createWorld } from '../../../src/demo/fake-github/world.ts';
import { toInstant } from '../../../src/demo/core/github-data.ts';
import type { GitHubData, PullRequestData } from '../../../src/demo/core/github-data.ts';
import { generateOrganisation } from '../../../src/demo/organisation/organisation.ts';
import { askForData, serve } from './small-world.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const DAY_MS = 86_400_000;

function pullRequestsOf(data: GitHubData): Map<string, PullRequestData> {
  return new Map(
    data.repositories.flatMap(({ name, pullRequests }) =>
      pullRequests.map((pullRequest) => [`${name}#${pullRequest.number}`, pullRequest] as const),
    ),
  );
}

function viewsAt(data: GitHubData, now: Date): Map<string, PullRequestView> {
  const views = new Map<string, PullRequestView>();
  for (const [key, pullRequest] of pullRequestsOf(data)) {
    const view = viewPullRequest(pullRequest, toInstant(now));
    if (view !== null) views.set(key, view);
  }
  return views;
}

function countBy<Item>(items: Iterable<Item>, keyOf: (item: Item) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) {
    counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  }
  return counts;
}

const LISTS = ['commits', 'reviews', 'reviewComments', 'comments', 'events', 'files'] as const;

describe('the history follows the seed and the calendar', () => {
  test('the same seed gives the same data, another seed another', () => {
    const first = generateOrganisation({ seed: 7, now: NOW });
    expect(generateOrganisation({ seed: 7, now: NOW })).toEqual(first);
    expect(generateOrganisation({ seed: 8, now: NOW })).not.toEqual(first);
  });

  test('a later start writes the same days in the same way', () => {
    const since = new Date('2026-09-01T00:00:00Z');
    const earlier = pullRequestsOf(generateOrganisation({ seed: 7, now: NOW, since }));
    const later = pullRequestsOf(
      generateOrganisation({ seed: 7, now: new Date(NOW.getTime() + 9 * DAY_MS), since }),
    );
    expect(later.size).toBeGreaterThan(earlier.size);
    for (const [key, pullRequest] of earlier) {
      expect(later.get(key)).toEqual(pullRequest);
    }
  });

  test('an earlier beginning adds older days and changes no other', () => {
    const short = pullRequestsOf(
      generateOrganisation({ seed: 3, now: NOW, since: new Date('2026-10-15T00:00:00Z') }),
    );
    const long = pullRequestsOf(generateOrganisation({ seed: 3, now: NOW }));
    expect(long.size).toBeGreaterThan(short.size);
    for (const [key, pullRequest] of short) {
      expect(long.get(key)).toEqual(pullRequest);
    }
  });

  test('what is seen at one moment is the beginning of what is seen at any later one', () => {
    const data = generateOrganisation({
      seed: 5,
      now: NOW,
      since: new Date('2026-09-20T00:00:00Z'),
    });
    const start = Date.parse('2026-09-20T00:00:00Z');
    const minute = fc.integer({ min: 0, max: 80 * 24 * 60 });
    fc.assert(
      fc.property(minute, minute, (a, b) => {
        const [sooner, later] = [Math.min(a, b), Math.max(a, b)].map(
          (at) => new Date(start + at * 60_000),
        );
        const before = viewsAt(data, sooner ?? NOW);
        const after = viewsAt(data, later ?? NOW);
        for (const [key, old] of before) {
          const now = after.get(key);
          expect(now?.data).toBe(old.data);
          for (const list of LISTS) {
            // A push by force takes commits away.
            const isRewritten = list === 'commits' && old.data.commits.some((one) => one.goneAt);
            const [was, is] = [isRewritten ? [] : (old[list] ?? []), now?.[list] ?? []];
            expect(is.slice(0, was.length)).toEqual(was);
          }
          expect((now?.updatedAt ?? '') >= old.updatedAt).toBe(true);
          // Nothing is reopened: an end stays as it was.
          const isOver = old.state !== 'OPEN';
          expect(!isOver || (now?.state === old.state && now.closedAt === old.closedAt)).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('the history looks like one', () => {
  const data = generateOrganisation({ seed: 1, now: NOW });
  const views = [...viewsAt(data, NOW).values()];

  test('its size is that of a small organisation of two hundred days', () => {
    const recent = toInstant(new Date(NOW.getTime() - 90 * DAY_MS));
    expect(data.repositories).toHaveLength(4);
    expect(views.length).toBeGreaterThan(600);
    expect(views.length).toBeLessThan(900);
    const touched = views.filter((view) => view.updatedAt >= recent).length;
    expect(touched).toBeGreaterThan(240);
    expect(touched).toBeLessThan(420);
  });

  test('it contradicts itself nowhere', () => {
    expect(() => createWorld(data)).not.toThrow();
    for (const { pullRequests } of data.repositories) {
      const numbers = pullRequests.map((pullRequest) => pullRequest.number);
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      const created = pullRequests.map((pullRequest) => pullRequest.createdAt);
      expect(created).toEqual(created.toSorted());
    }
    const all = [...pullRequestsOf(data).values()];
    for (const part of ['reviews', 'comments', 'reviewComments'] as const) {
      const ids = all.flatMap((pullRequest) => pullRequest[part].map((row) => row.databaseId));
      expect(new Set(ids).size).toBe(ids.length);
    }
    for (const pullRequest of all) {
      const { createdAt, mergedAt, closedAt } = pullRequest;
      const paths = (pullRequest.files ?? []).map((file) => file.path);
      expect(new Set(paths).size).toBe(paths.length);
      expect(pullRequest.reviews.every((review) => review.submittedAt >= createdAt)).toBe(true);
      expect(pullRequest.commits.every((commit) => commit.author.date <= commit.pushedAt)).toBe(
        true,
      );
      expect(closedAt === null || closedAt >= createdAt).toBe(true);
      expect(mergedAt === null || (mergedAt === closedAt && pullRequest.mergedBy !== null)).toBe(
        true,
      );
    }
  });

  test('people of several time zones, bots, agents, a stranger and a deleted account write it', () => {
    const authors = countBy(views, (view) => view.data.author ?? 'nobody');
    for (const login of [
      'dependabot[bot]',
      'copilot-swe-agent[bot]',
      'devin-ai-integration[bot]',
    ]) {
      expect(authors.get(login)).toBeGreaterThan(5);
    }
    for (const login of ['gepetto-labs', 'nobody', 'yukit', 'abby-chen', 'lena-hart']) {
      expect(authors.get(login)).toBeGreaterThan(0);
    }
    // Nine in the morning in Tokyo is midnight in London; in Los Angeles it is late in the afternoon there.
    const shareWithin = (login: string, isUsual: (hour: number) => boolean) => {
      const mine = views.filter((view) => view.data.author === login);
      const usual = mine.filter((view) => isUsual(Number(view.data.createdAt.slice(11, 13))));
      return usual.length / mine.length;
    };
    expect(shareWithin('yukit', (hour) => hour < 13)).toBeGreaterThan(0.9);
    expect(shareWithin('abby-chen', (hour) => hour >= 16 || hour < 6)).toBeGreaterThan(0.9);
    expect(shareWithin('lena-hart', (hour) => hour >= 13 || hour < 3)).toBeGreaterThan(0.9);
  });

  test('it has what histories have: drafts, reverts, hotfixes, rounds of review, rebases, trailers', () => {
    const count = (has: (view: PullRequestView) => boolean) => views.filter(has).length;
    expect(count((view) => view.state === 'OPEN')).toBeGreaterThan(10);
    expect(count((view) => view.state === 'CLOSED')).toBeGreaterThan(30);
    expect(count((view) => view.isDraft)).toBeGreaterThan(0);
    expect(count((view) => view.data.openedAsDraft && view.events.length > 0)).toBeGreaterThan(20);
    expect(
      count((view) => view.events.some((event) => event.kind === 'CONVERT_TO_DRAFT')),
    ).toBeGreaterThan(2);
    expect(count((view) => /^Revert ".+"$/.test(view.data.title))).toBeGreaterThan(5);
    expect(
      count((view) => view.data.labels.some((label) => label.name === 'hotfix')),
    ).toBeGreaterThan(3);
    expect(count((view) => view.data.title.length > 256)).toBeGreaterThan(2);
    expect(count((view) => view.pendingReviewers.length > 0)).toBeGreaterThan(3);
    expect(
      count((view) => view.reviews.some((one) => one.state === 'CHANGES_REQUESTED')),
    ).toBeGreaterThan(40);
    expect(
      count((view) =>
        view.reviews.some((one) => one.author === view.data.author && one.state === 'COMMENTED'),
      ),
    ).toBeGreaterThan(20);
    expect(
      count((view) => view.mergedBy !== null && view.mergedBy !== view.data.author),
    ).toBeGreaterThan(100);
    const commits = views.flatMap((view) => view.commits);
    expect(commits.some((commit) => commit.committer.date > commit.author.date)).toBe(true);
    for (const helper of ['Claude', 'Copilot', 'Cursor']) {
      expect(commits.some((one) => one.message.includes(`Co-authored-by: ${helper} <`))).toBe(true);
    }
  });

  test('it has what surrounds histories: checks, pushes by force, deployments, releases, notes for assistants', () => {
    const has = (kind: string) =>
      views.filter((view) => view.events.some((event) => event.kind === kind)).length;
    expect(has('HEAD_REF_FORCE_PUSHED')).toBeGreaterThan(5);
    expect(has('BASE_REF_CHANGED')).toBeGreaterThan(5);
    expect(has('REVIEW_REQUEST_REMOVED')).toBeGreaterThan(5);
    expect(
      views.filter((view) => view.data.checks?.some((one) => one.headOid === view.headOid)).length,
    ).toBeGreaterThan(600);
    const checks = views.flatMap((view) => view.data.checks ?? []);
    expect(new Set(checks.map((check) => check.databaseId)).size).toBe(checks.length);
    expect(checks.some((check) => check.conclusion === 'FAILURE')).toBe(true);
    const paths = views.flatMap((view) => (view.files ?? []).map((file) => file.path));
    expect(paths.filter((path) => path === 'CLAUDE.md').length).toBeGreaterThan(0);

    const merges = new Set(views.map((view) => view.data.mergeCommitOid));
    const delivered = data.repositories.flatMap((one) => [
      ...(one.deployments ?? []),
      ...(one.releases ?? []),
    ]);
    expect(new Set(delivered.map((one) => one.databaseId)).size).toBe(delivered.length);
    const past = delivered.filter((one) => one.createdAt <= toInstant(NOW));
    expect(past.every((one) => merges.has(one.oid))).toBe(true);
    const environments = data.repositories.flatMap(({ deployments }) => deployments ?? []);
    expect(countBy(environments, (one) => one.environment).get('production')).toBeGreaterThan(50);
    expect(past.filter((one) => 'tag' in one).length).toBeGreaterThan(10);
    for (const view of views.filter((one) => one.events.length > 0)) {
      const pushed = view.events.findLast((event) => event.kind === 'HEAD_REF_FORCE_PUSHED');
      const before = pushed !== undefined && 'before' in pushed ? pushed.before : '';
      expect(view.commits.map((commit) => commit.oid)).not.toContain(before);
    }
  });

  test('a revert names a pull request that was merged before it', () => {
    const byNumber = pullRequestsOf(data);
    const reverts = views.filter((view) => view.data.title.startsWith('Revert "'));
    const known = reverts.flatMap((view) => {
      const match = /^Reverts acme-robotics\/(.+)$/.exec(view.data.body);
      const original = byNumber.get(match?.[1] ?? '');
      return original === undefined ? [] : [{ revert: view.data, original }];
    });
    expect(known.length).toBeGreaterThan(5);
    for (const { revert, original } of known) {
      expect(revert.title).toBe(`Revert "${original.title}"`);
      expect((original.mergedAt ?? '9') < revert.createdAt).toBe(true);
    }
  });
});

test('a running server shows what has happened since it was started, and nothing from the future', async () => {
  let now = NOW;
  const server = await serve(generateOrganisation({ seed: 1, now: NOW }), { now: () => now });
  const count = async () => {
    const query = `{ repository(owner: "acme-robotics", name: "fleet-api") { updatedAt
      pullRequests(first: 1, orderBy: { field: UPDATED_AT, direction: DESC }) { totalCount nodes { updatedAt } } } }`;
    const { repository } = await askForData<{
      repository: {
        updatedAt: string;
        pullRequests: { totalCount: number; nodes: { updatedAt: string }[] };
      };
    }>(server, query);
    return repository;
  };
  const today = await count();
  expect(today.pullRequests.nodes[0]?.updatedAt).toBe(today.updatedAt);
  expect(today.updatedAt <= toInstant(NOW)).toBe(true);
  now = new Date(NOW.getTime() + 5 * DAY_MS);
  const later = await count();
  expect(later.pullRequests.totalCount).toBeGreaterThan(today.pullRequests.totalCount);
  expect(later.updatedAt > toInstant(NOW) && later.updatedAt <= toInstant(now)).toBe(true);
});
