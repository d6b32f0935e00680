import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storePullRequests } from '../../../src/db/pulls/pull-requests.ts';
import { withTeam } from '../../../src/db/core/team-transaction.ts';
import { rollUpDirtyWeeks } from '../../../src/db/rollups/weekly-rollup.ts';
import type { PullRequestFact } from '../../../src/domain/pulls/github-facts.ts';
import { aPullRequest, anActor, aReview } from '../../support/rows/facts.ts';
import { createApiWorld, type ApiWorld } from '../api/api-world.ts';
import { seedTeam, type SeededTeam } from '../api/seed-team.ts';

const at = (day: number, hour = 10) => new Date(Date.UTC(2026, 2, day, hour));

let world: ApiWorld;
let team: SeededTeam;

async function store(pullRequests: readonly PullRequestFact[]): Promise<void> {
  const [repository] = await world.sql<{ id: string }>(
    'SELECT id FROM repository WHERE team_id = $1 ORDER BY id LIMIT 1',
    [team.teamId],
  );
  const repositoryId = BigInt(repository?.id ?? 0);
  const teamId = BigInt(team.teamId);
  const input = { teamId, repositoryId, pullRequests, syncedAt: at(9) };
  await withTeam(world.counting.db, teamId, (tx) => storePullRequests(tx, input));
  await rollUpDirtyWeeks(world.counting.db, { teamId, maxWeeks: 10 });
}

const dee = anActor({ login: 'dee' });

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'alpha' });
  const merged = (number: number, createdAt: Date, mergedAt: Date, given = {}) =>
    aPullRequest({ number, author: dee, createdAt, mergedAt, ...given });
  await store([
    merged(901, at(3), at(4)),
    // Three days before it was created, as an import has it.
    merged(902, at(6), at(3)),
    merged(903, at(4), at(5), { reviews: [aReview({ submittedAt: at(3) })] }),
    aPullRequest({ number: 904, author: dee, createdAt: at(4), closedAt: at(3) }),
    aPullRequest({ number: 905, author: dee, createdAt: at(4), isDraft: true }),
    aPullRequest({ number: 906, author: dee, createdAt: at(4), closedAt: at(5), isDraft: true }),
    aPullRequest({ number: 907, author: dee, createdAt: at(4) }),
  ]);
});

afterAll(() => world.close());

describe('a pull request with a negative span', () => {
  it('counts as merged, and is in no sum and no mean of times', async () => {
    const answer = await world.ask<{ team: { members: { edges: { node: object }[] } } }>(
      team.viewerToken,
      `{ team(slug: "alpha") { members(first: 50) { edges { node { login weeklyMetrics(from: "2026-03-02", to: "2026-03-09") {
        pullRequestsMerged pullRequestsClosed anomalyCount additions cycleTime { sum n value reason excluded { reason n } } openToMerge { sum n value }
        pickupTime { sum n } timeToFirstReview { sum n value reason excluded { reason n } } excluded { reason } } } } } } }`,
    );
    const members = answer.data.team.members.edges.map(({ node }) => node);
    expect(members).toContainEqual({
      login: 'dee',
      weeklyMetrics: [
        {
          pullRequestsMerged: 3,
          pullRequestsClosed: 2,
          anomalyCount: 2,
          additions: '3',
          cycleTime: {
            sum: '86400',
            n: 1,
            value: 86_400,
            reason: null,
            excluded: [{ reason: 'ANOMALY', n: 2 }],
          },
          openToMerge: { sum: '86400', n: 1, value: 86_400 },
          pickupTime: { sum: '86400', n: 1 },
          // One of the two had a review, before it was created.
          timeToFirstReview: {
            sum: '0',
            n: 0,
            value: null,
            reason: 'EXCLUDED',
            excluded: [{ reason: 'ANOMALY', n: 1 }],
          },
          excluded: [],
        },
      ],
    });
  });

  it('is kept as it is, marked, and counted', async () => {
    const answer = await world.ask<{
      team: {
        dataQuality: { anomalies: number };
        pullRequests: { edges: { node: { number: number } }[] };
      };
    }>(
      team.viewerToken,
      `{ team(slug: "alpha") { dataQuality { anomalies } pullRequests(first: 100) { edges { node {
        number anomaly readyAt phases { cycleTimeSeconds } } } } } }`,
    );
    const { dataQuality, pullRequests } = answer.data.team;
    expect(dataQuality).toEqual({ anomalies: 3 });
    const nodes = pullRequests.edges.map(({ node }) => node).filter(({ number }) => number > 900);
    const created = at(4).toISOString();
    expect(nodes.toSorted((a, b) => a.number - b.number)).toMatchObject([
      { number: 901, anomaly: null, phases: { cycleTimeSeconds: 86_400 } },
      { number: 902, anomaly: 'MERGED_BEFORE_CREATED', phases: { cycleTimeSeconds: -259_200 } },
      { number: 903, anomaly: 'REVIEWED_BEFORE_CREATED' },
      { number: 904, anomaly: 'CLOSED_BEFORE_CREATED', phases: null },
      { number: 905, anomaly: null, readyAt: null },
      { number: 906, anomaly: null, readyAt: null },
      { number: 907, anomaly: null, readyAt: created },
    ]);
  });
});
