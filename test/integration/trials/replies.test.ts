import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rollUpTeam } from '../../../src/db/rollups/roll-up-team.ts';
import type { GitHubData, PullRequestData } from '../../../src/demo/core/github-data.ts';
import { openTrialWorld, readTrial, type TrialWorld } from './trial-world.ts';

interface Week {
  readonly weekStart: string;
  readonly reviewsSubmitted: number;
  readonly reviewedPullRequests: number;
}

interface Answer {
  readonly team: {
    readonly weeklyMetrics: readonly Week[];
    readonly members: {
      readonly nodes: readonly {
        readonly login: string;
        readonly weeklyMetrics: readonly Week[];
      }[];
    };
  };
}

const FIELDS = 'weekStart reviewsSubmitted reviewedPullRequests';
const query = (args = ''): string => `{ team(slug: "world") {
  weeklyMetrics(from: "2026-11-16", to: "2026-11-30"${args}) { ${FIELDS} }
  members(first: 10) { nodes { login weeklyMetrics(from: "2026-11-16", to: "2026-11-30") { ${FIELDS} } } }
} }`;

const week = (weekStart: string, reviewsSubmitted: number, reviewedPullRequests: number): Week => ({
  weekStart,
  reviewsSubmitted,
  reviewedPullRequests,
});

let world: TrialWorld | undefined;

async function open(source: GitHubData): Promise<TrialWorld> {
  await world?.close();
  world = await openTrialWorld(source);
  return world;
}

let replies: GitHubData;

beforeAll(async () => {
  replies = await readTrial('replies');
});

afterAll(() => world?.close());

/** The recorded pull request, changed. */
function withPullRequest(change: (pull: PullRequestData) => PullRequestData): GitHubData {
  return {
    ...replies,
    repositories: replies.repositories.map((repository) => ({
      ...repository,
      pullRequests: repository.pullRequests.map(change),
    })),
  };
}

describe('eight replies and an approval', () => {
  it('are nine reviews of one pull request', async () => {
    const { ask } = await open(replies);
    const { team } = await ask<Answer>(query());
    const weeks = [week('2026-11-16', 9, 1), week('2026-11-23', 0, 0)];
    expect(team.weeklyMetrics).toEqual(weeks);
    expect(team.members.nodes.find(({ login }) => login === 'ben-k')?.weeklyMetrics).toEqual(weeks);
  });

  it('of two people in two weeks are one pull request in each week, of the author none', async () => {
    const { ask } = await open(
      withPullRequest((pull) => ({
        ...pull,
        reviews: pull.reviews.map((review, index) => ({
          ...review,
          author: ['ann-k', 'ben-k', 'cy-k'][index % 3] ?? null,
          ...(index > 5 && { submittedAt: '2026-11-24T10:00:00Z' }),
        })),
      })),
    );
    const { team } = await ask<Answer>(query());
    expect(team.weeklyMetrics).toEqual([week('2026-11-16', 4, 1), week('2026-11-23', 2, 1)]);
    const of = (name: string) => team.members.nodes.find(({ login }) => login === name);
    expect(of('ben-k')?.weeklyMetrics).toEqual([
      week('2026-11-16', 2, 1),
      week('2026-11-23', 1, 1),
    ]);
    expect(of('ann-k')?.weeklyMetrics).toEqual([
      week('2026-11-16', 0, 0),
      week('2026-11-23', 0, 0),
    ]);
  });

  it('change in a week together with the number of reviews, when it is rolled up', async () => {
    const byCy = { author: 'cy-k' };
    const of = await open(
      withPullRequest(({ reviews: [first, ...others], ...pull }) => ({
        ...pull,
        reviews: first === undefined ? [] : [{ ...first, ...byCy }, ...others],
      })),
    );
    const read = async () => (await of.ask<Answer>(query())).team.weeklyMetrics;
    const before = await read();
    // Another one reviews another pull request of the week, the first is reviewed once more.
    await of.rows(`INSERT INTO pull_request SELECT (jsonb_populate_record(NULL::pull_request, to_jsonb(p) ||
      jsonb_build_object('id', p.id + 1, 'number', p.number + 1, 'github_id', p.github_id + 1))).* FROM pull_request p`);
    await of.rows(`INSERT INTO review SELECT (jsonb_populate_record(NULL::review, to_jsonb(r) ||
      jsonb_build_object('github_id', r.github_id + n, 'pull_request_id', r.pull_request_id + n % 2,
        'reviewer_id', (SELECT id FROM member WHERE login = 'cy-k')))).*
      FROM (SELECT * FROM review ORDER BY github_id LIMIT 1) AS r, generate_series(1000, 1002) AS n`);
    expect(await read()).toEqual(before);
    await of.rows(`INSERT INTO rollup_dirty (team_id, week_start, member_id, generation)
      SELECT team_id, '2026-11-16', id, 1 FROM member`);
    await rollUpTeam(of.scene.db, of.teamId);
    expect(await read()).toEqual([week('2026-11-16', 12, 2), week('2026-11-23', 0, 0)]);
  });

  it('are the sums of members as long as the rows of a week are of an older definition', async () => {
    const of = await open(withPullRequest((pull) => pull));
    const read = async () => (await of.ask<Answer>(query())).team.weeklyMetrics;
    const before = await read();
    await of.rows(
      `UPDATE weekly_metrics SET reviewed_pull_request_ids = '{}', definition_version = 'v2'`,
    );
    expect(await read()).toEqual(before);
  });

  it('count for whom the numbers count', async () => {
    const { ask } = await open(
      withPullRequest((pull) => ({
        ...pull,
        reviews: pull.reviews.map((review) => ({
          ...review,
          authorAssociation: 'CONTRIBUTOR' as const,
        })),
      })),
    );
    const first = async (args: string) => (await ask<Answer>(query(args))).team.weeklyMetrics[0];
    expect(await first('')).toEqual(week('2026-11-16', 9, 1));
    expect(await first(', includeExternal: false')).toEqual(week('2026-11-16', 0, 0));
  });
});
