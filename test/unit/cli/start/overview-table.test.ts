import { expect, test } from 'vitest';
import type { Overview } from '../../../../src/cli/start/overview.ts';
import { renderOverview, toJson } from '../../../../src/cli/start/overview-table.ts';
import { formatDuration } from '../../../../src/domain/core/quantities.ts';

const UNREPORTED = { nestedRows: 0, fractionDone: 0, estimatedSecondsLeft: null };

const NOTHING = {
  pages: 0,
  requests: 0,
  points: 0,
  pullRequestsSeen: 0,
  pullRequestsStored: 0,
  pullRequestsTotal: null,
  oldestReachedAt: null,
  waits: [],
  repositories: 0,
  repositoriesEnded: 0,

  ...UNREPORTED,
};

const OVERVIEW: Overview = {
  team: 'Demo team',
  repositories: [
    {
      name: 'acme/api',
      pullRequests: { total: 5, merged: 3, open: 1, closed: 1 },
      reviews: 7,
      commits: 11,
      pullRequestsWithCommits: 4,
      authors: 2,
      unsized: 4,
    },
  ],
  job: {
    id: 'x',
    status: 'PARTIAL',
    stage: 'PULL_REQUESTS',
    temporalUrl: null,
    progress: {
      pages: 2,
      requests: 3,
      points: 3,
      pullRequestsSeen: 5,
      pullRequestsStored: 5,
      pullRequestsTotal: 5,
      oldestReachedAt: null,
      waits: [],
      repositories: 0,
      repositoriesEnded: 0,

      ...UNREPORTED,
    },
    error: { code: 'NOT_FOUND', message: 'GitHub shows no repository acme/none.' },
    running: { totalCount: 0, nodes: [] },
    repositories: [
      {
        status: 'FAILED',
        stage: 'PULL_REQUESTS',
        progress: NOTHING,
        error: { message: 'GitHub refuses the token.' },
        repository: { owner: 'acme', name: 'web' },
      },
    ],
  },
  weeks: [
    {
      weekStart: '2026-11-16',
      excluded: [],
      metrics: {
        pullRequestsMerged: 3,
        cycleTime: { value: 93_600, unit: 'SECONDS', n: 3, excluded: [] },
        pickupTime: { value: null, unit: 'SECONDS', n: 0, excluded: [] },
        additions: null,
        commits: 11,
      },
    },
  ],
};

test.each([
  [0, '0 s'],
  [59, '59 s'],
  [60, '1 m'],
  [3_661, '1 h 1 m'],
  [7_200, '2 h'],
  [93_600, '1 d 2 h'],
  [-3_600, '-1 h'],
])('%i seconds are shown as %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test('the tables show each repository, unknown values as a dash, and each complaint as a sentence', () => {
  const text = renderOverview(OVERVIEW);
  expect(text).toMatch(/acme\/api\s+│\s+5 │\s+3 │\s+1 │\s+1 │\s+7 │\s+11 │\s+2/);
  expect(text).toMatch(/2026-11-16\s+│\s+– │\s+3 │\s+1 d 2 h │\s+– │\s+– /);
  expect(text).toContain('Of 4 pull requests the source does not say the size');
  expect(text).toContain('acme/web: GitHub refuses the token.');
  expect(text).toContain('GitHub shows no repository acme/none.');
});

test('below the weeks stands what they leave out, by reason, and nothing where that is nothing', () => {
  expect(renderOverview(OVERVIEW)).not.toContain('Merged, and in');
  const nothing = { value: null, unit: 'SECONDS', n: 0 };
  const week = {
    weekStart: '2026-11-16',
    excluded: [
      { reason: 'BOT', pullRequestsMerged: 2 },
      { reason: 'AI_AGENT', pullRequestsMerged: 0 },
      { reason: 'MERGED_BY_MACHINE', pullRequestsMerged: 5 },
      { reason: 'OTHER_BRANCH', pullRequestsMerged: 3 },
    ],
    metrics: {
      pullRequestsMerged: 1,
      cycleTime: {
        ...nothing,
        excluded: [
          { reason: 'BOT', n: 2 },
          { reason: 'ANOMALY', n: 1 },
          { reason: 'OTHER_BRANCH', n: 3 },
        ],
      },
    },
  };
  const text = renderOverview({ ...OVERVIEW, weeks: [week, { ...week, weekStart: '2026-11-23' }] });
  expect(text).toContain(
    'Merged, and in none of these numbers: 4 by bots, 10 by AI agents, merged by bots or AI agents, 6 into branches that do not count.\n',
  );
  expect(text).toContain(
    "Merged, and in no mean: 2 reviewed, merged or closed before they were created, by GitHub's times.\n",
  );
});

test('the JSON says what the table says', () => {
  expect(toJson(OVERVIEW)).toEqual({
    repositories: OVERVIEW.repositories,
    pages: 2,
    requests: 3,
    metrics: { weeks: [{ weekStart: '2026-11-16', excluded: [], ...OVERVIEW.weeks[0]?.metrics }] },
  });
});
