import { describe, expect, it } from 'vitest';
import {
  compareWithPlan,
  evaluateGrowth,
  projectUsageRows,
  type Installation,
} from '../../../../src/db/report/growth.ts';
import { scalingTierOf, serverTierOf } from '../../../../src/db/report/tiers.ts';

const MIB = 1024 ** 2;

/** The installation of seed 001: 1.3 M rows in 388 MB, 51,465 pull requests. */
const SEED: Installation = {
  teams: 74,
  pullRequests: 51_465,
  pullRequestBytes: 51_465 * 19.5 * 1024,
  pullRequestsLastYear: 37_000,
  usageRows: 1_300_000,
  usageBytes: 388 * MIB,
  usageRowsLast30Days: 150_000,
  usageMembers: 5_000,
  databaseBytes: 955 * MIB,
  sharedBuffersBytes: 8192 * MIB,
};

const evaluate = (change: Partial<Installation>) =>
  evaluateGrowth(compareWithPlan({ ...SEED, ...change }));

describe('growth', () => {
  it('is laid beside the plan: 365 K rows a year of 500 members take 40 MB', () => {
    expect(projectUsageRows({ ...SEED, usageRowsLast30Days: 30_000 })).toBe(365_000);
    const figures = compareWithPlan({ ...SEED, usageRowsLast30Days: 30_000, usageMembers: 500 });
    expect(figures.map(({ what, measured, planned }) => [what, measured, planned])).toEqual([
      ['AI usage, rows a year', '365,000', '365,000'],
      ['AI usage, bytes a row', '313 B', '115 B (plan), 313 B (measured then)'],
      ['AI usage, bytes a year', '109 MB', '40.0 MB'],
      ['pull requests, opened in the last year', '37,000', '37,000'],
      ['pull requests, bytes each with all that belongs to them', '19.5 KB', '19.5 KB'],
    ]);
  });

  it('of the seeds is in order', () => {
    expect(evaluate({}).map(({ severity }) => severity)).toEqual(['OK', 'OK', 'OK', 'OK']);
  });

  it('is worth a look at twice the rows, the bytes a row or the bytes a pull request', () => {
    const looks = (change: Partial<Installation>) =>
      evaluate(change).filter(({ severity }) => severity === 'LOOK');
    expect(looks({ usageRowsLast30Days: 600_100 })).toMatchObject([
      { measured: expect.stringMatching(/5,000 members make 7,301,217 rows/) },
    ]);
    expect(looks({ usageBytes: 777 * MIB })).toMatchObject([
      { measured: expect.stringMatching(/takes 627 B/) },
    ]);
    expect(looks({ pullRequestBytes: SEED.pullRequestBytes * 2.01 })).toMatchObject([
      {
        measured: expect.stringMatching(
          /takes 39\.2 KB with all that belongs to it; the plan is 19\.5 KB/,
        ),
      },
    ]);
  });

  it('says nothing of bytes a row while there are few', () => {
    const few = { usageRows: 9_999, usageBytes: 900 * MIB, pullRequests: 9_999 };
    expect(evaluate({ ...few, teams: 3 }).map(({ severity }) => severity)).toEqual([
      'OK',
      'OK',
      'OK',
    ]);
    expect(compareWithPlan({ ...SEED, ...few })[1]?.measured).toBe('too few to tell (9,999)');
  });

  it('asks for the settings of its tier once the data do not fit into the memory that is there', () => {
    const small = { sharedBuffersBytes: 128 * MIB };
    expect(evaluate(small)[2]).toMatchObject({
      severity: 'LOOK',
      advice: 'Start PostgreSQL with deploy/postgres/tier-3.conf.',
    });
    expect(evaluate({ ...small, databaseBytes: 127 * MIB })[2]).toMatchObject({ severity: 'OK' });
  });
});

describe('the tiers', () => {
  it('of servers are those of seed 000, by teams and by pull requests', () => {
    const tier = (teams: number, pullRequests: number) => serverTierOf(teams, pullRequests).tier;
    expect([tier(10, 100_000), tier(11, 0), tier(1, 100_001), tier(50, 500_000)]).toEqual([
      1, 2, 2, 2,
    ]);
    expect([tier(51, 0), tier(100, 2_000_000), tier(1, 500_001)]).toEqual([3, 3, 3]);
  });

  it('of scaling are those of seed 002', () => {
    const names = [49, 50, 199, 200, 999, 1000].map((teams) => scalingTierOf(teams).name);
    expect(names).toEqual(['MVP', 'Growth', 'Growth', 'Scale', 'Scale', 'Enterprise']);
  });
});
