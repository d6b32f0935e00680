import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DbTransaction } from '../../../../src/db/core/client.ts';
import {
  blockQuota,
  resetConsecutiveLimits,
  readQuotaBlock,
  saveQuota,
  type QuotaBlock,
  type SlotRequest,
} from '../../../../src/db/connections/github-quota.ts';
import { countSpending } from '../../../../src/db/connections/github-spend.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import type { GitHubResource, QuotaFact } from '../../../../src/domain/pulls/github-facts.ts';
import { addTeam, openScene, type Scene, type SceneTeam } from '../scene.ts';

const HOUR_MS = 3_600_000;
const RESET_AT = new Date(Math.ceil((Date.now() + HOUR_MS) / 1000) * 1000);

let scene: Scene;
let team: SceneTeam;
let identities = 0;
let identity: string;

beforeAll(async () => {
  scene = await openScene();
  team = await addTeam(scene.sql, 'quota');
});

afterAll(() => scene.close());

beforeEach(() => {
  identities += 1;
  identity = `github.test/user:${identities}`;
});

function asTeam<T>(work: (tx: DbTransaction) => Promise<T>): Promise<T> {
  return withTeam(scene.db, team.teamId, work);
}

function read(request: Partial<SlotRequest> = {}): Promise<QuotaBlock | null> {
  const whole = {
    identity,
    resource: 'graphql',
    holder: '1:1',
    reserve: 0.2,
    isShared: true,
  } as const;
  return asTeam((tx) => readQuotaBlock(tx, { ...whole, ...request }));
}

function quota(remaining: number, parts: Partial<QuotaFact> = {}): QuotaFact {
  const limit = parts.limit ?? 1_000;
  const known = { resource: 'graphql', limit, cost: 1, resetAt: RESET_AT } as const;
  return { ...known, remaining, used: limit - remaining, ...parts };
}

/** GitHub answers a request of this holder. */
function answer(holder: string, fact: QuotaFact): Promise<void> {
  const { resource } = fact;
  return asTeam(async (tx) => {
    await countSpending(tx, { identity, resource, holder, quota: fact });
    await resetConsecutiveLimits(tx, identity, resource);
    await saveQuota(tx, identity, fact);
  });
}

/** The block is over, as if its time had passed. */
async function lift(): Promise<void> {
  await scene.sql.query('UPDATE github_quota SET blocked_until = now() WHERE identity = $1', [
    identity,
  ]);
}

/** Seconds from now; PostgreSQL's clock and ours are the same here. */
function secondsUntil(block: QuotaBlock | null): number {
  return Math.round(((block?.until.getTime() ?? 0) - Date.now()) / 1000);
}

describe('a limit that GitHub answered with', () => {
  const until = new Date(Date.now() + 600_000);

  it('stands for its resource alone when it is a primary one, and for both when it is not', async () => {
    await asTeam((tx) => blockQuota(tx, identity, { until, reason: 'used up' }, 'graphql'));
    expect(await read()).toEqual({ until, reason: 'used up' });
    expect(await read({ resource: 'core' })).toBeNull();
    await asTeam((tx) => blockQuota(tx, identity, { until, reason: 'a pause' }));
    expect(await read({ resource: 'core' })).toEqual({ until, reason: 'a pause' });
    expect(await read({ reserve: 0, isShared: false })).toEqual({ until, reason: 'a pause' });
  });

  it('that names no time stands for a minute, twice as long each time in a row, an hour at most', async () => {
    const meetLimit = () =>
      asTeam((tx) => blockQuota(tx, identity, { until: null, reason: 'no time' }));
    const waits: number[] = [];
    for (let limits = 0; limits < 9; limits += 1) {
      waits.push(secondsUntil(await meetLimit()));
    }
    expect(waits).toEqual([60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
  });

  it('begins at a minute again after an answer to either resource', async () => {
    const meetLimit = () =>
      asTeam((tx) => blockQuota(tx, identity, { until: null, reason: 'no time' }));
    await meetLimit();
    await meetLimit();
    await answer('1:1', quota(900));
    await lift();
    expect(secondsUntil(await meetLimit())).toBe(60);
  });

  it('that struck one resource alone is not ended by answers to the other', async () => {
    const meetLimit = () =>
      asTeam((tx) => blockQuota(tx, identity, { until: null, reason: 'no time' }, 'graphql'));
    await meetLimit();
    await answer('1:1', quota(900, { resource: 'core' }));
    await lift();
    expect(secondsUntil(await meetLimit())).toBe(120);
  });
});

describe('the budget of a window', () => {
  it.each<[string, QuotaFact, GitHubResource, number, boolean]>([
    ['is left', quota(1_000), 'graphql', 0.2, false],
    ['is left down to the reserve', quota(200), 'graphql', 0.2, false],
    ['is left less than the reserve', quota(199), 'graphql', 0.2, true],
    ['is left less than the reserve, for interactive use', quota(199), 'graphql', 0, false],
    ['is used up, also for interactive use', quota(0), 'graphql', 0, true],
    ['of the other resource is used up', quota(0, { resource: 'core' }), 'graphql', 0.2, false],
    [
      'was used up in a window that is over',
      quota(0, { resetAt: new Date(0) }),
      'graphql',
      0.2,
      false,
    ],
    [
      'is not limited (Enterprise)',
      quota(0, { limit: 0, used: 0, resetAt: new Date('0001-01-01T00:00:00Z') }),
      'graphql',
      0.2,
      false,
    ],
    ['is not limited, and a reset is named', quota(0, { limit: 0, used: 0 }), 'graphql', 0, false],
  ])('that %s', async (_, fact, resource, reserve, isBlocked) => {
    await answer('1:9', fact);
    const block = await read({ resource, reserve });
    expect(block?.until ?? null).toEqual(isBlocked ? RESET_AT : null);
  });

  it('is not waited for longer than two hours, whatever an older release has stored', async () => {
    await answer('1:1', quota(0));
    await scene.sql.query(
      `UPDATE github_quota SET reset_at = '2100-01-01T00:00:00Z' WHERE identity = $1`,
      [identity],
    );
    expect(secondsUntil(await read())).toBe(7_200);
  });
});

describe('what was asked', () => {
  it('is counted by holder and window, and forgotten a day after the window', async () => {
    await scene.sql.query(
      `INSERT INTO github_spend (identity, resource, window_ends_at, holder) VALUES
        ($1, 'graphql', now() - interval '25 hours', '1:1'), ($1, 'graphql', now() - interval '23 hours', '1:1')`,
      [identity],
    );
    await answer('1:1', quota(990, { cost: 3 }));
    await answer('1:1', quota(985, { cost: 5 }));
    await answer('2:7', quota(984));
    const failed = { identity, resource: 'graphql', holder: '2:7', quota: null } as const;
    await asTeam((tx) => countSpending(tx, failed));
    const { rows } = await scene.sql.query(
      `SELECT holder, requests, points, window_ends_at AS "end" FROM github_spend
      WHERE identity = $1 AND window_ends_at > now() ORDER BY holder`,
      [identity],
    );
    expect(rows).toEqual([
      { holder: '1:1', requests: 2, points: 8, end: RESET_AT },
      { holder: '2:7', requests: 2, points: 1, end: RESET_AT },
    ]);
    const old = await scene.sql.query(
      'SELECT 1 FROM github_spend WHERE identity = $1 AND window_ends_at < now()',
      [identity],
    );
    expect(old.rowCount).toBe(1);
  });
});

describe('shares', () => {
  /** A window of 1,000 points, 200 of them kept back, of which the holders have had so much. */
  async function spend(points: Readonly<Record<string, number>>): Promise<void> {
    const used = Object.values(points).reduce((sum, cost) => sum + cost, 0);
    for (const [holder, cost] of Object.entries(points)) {
      await answer(holder, quota(1_000 - used, { cost }));
    }
  }

  it.each<[string, Readonly<Record<string, number>>, string, boolean]>([
    ['may all ask while much is left', { a: 300, b: 0 }, 'a', false],
    ['let the one that has had more step back once half is used', { a: 450, b: 10 }, 'a', true],
    ['do not hold up the one that has had less', { a: 450, b: 10 }, 'b', false],
    ['are of as many as have asked', { a: 260, b: 260, c: 10 }, 'a', false],
    ['are of as many as have asked, and spent', { a: 300, b: 300, c: 10 }, 'b', true],
    ['are all had: whoever comes may ask', { a: 400, b: 400 }, 'a', false],
    ['alone are the whole', { a: 790 }, 'a', false],
  ])('%s', async (_, points, holder, stepsBack) => {
    await spend(points);
    const block = await read({ holder });
    const shown = block === null ? null : `${secondsUntil(block)} s: ${block.reason}`;
    expect(shown).toBe(
      stepsBack
        ? "15 s: GitHub's hourly limit gets scarce: repositories that have had less of it go first"
        : null,
    );
  });

  it('do not leave the budget unused: who has had its share goes on once the others have no work', async () => {
    await spend({ a: 450, b: 10 });
    expect(await read({ holder: 'a' })).not.toBeNull();
    await scene.sql.query(
      `UPDATE github_spend SET updated_at = now() - interval '61 seconds' WHERE identity = $1 AND holder = 'b'`,
      [identity],
    );
    expect(await read({ holder: 'a' })).toBeNull();
    // Interactive requests know no shares.
    await spend({ b: 0 });
    expect(await read({ holder: 'a', reserve: 0, isShared: false })).toBeNull();
  });

  it.each([1, 2, 3, 4, 5])(
    'starve nobody and use the budget up, whatever is wanted (%s)',
    async (seed) => {
      let state = seed * 7_919;
      const random = (below: number): number => {
        state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
        return Math.floor((state / 2_147_483_648) * below);
      };
      const holders = Array.from({ length: 2 + random(3) }, (_, index) => `h${index}`);
      const wanted = new Map(holders.map((holder) => [holder, 5 + random(60)]));
      const had = new Map(holders.map((holder) => [holder, 0]));
      let remaining = 100;
      await answer('h0', quota(remaining, { limit: 100, cost: 0 }));
      for (let requests = 0; requests < 400 && remaining > 20; requests += 1) {
        const hungry = holders.filter(
          (holder) => (had.get(holder) ?? 0) < (wanted.get(holder) ?? 0),
        );
        const holder = hungry[random(hungry.length)];
        if (holder === undefined) {
          break;
        }
        // Those that have no work any more have not asked for a while.
        await scene.sql.query(
          `UPDATE github_spend SET updated_at = now() - interval '61 seconds'
        WHERE identity = $1 AND NOT holder = ANY ($2)`,
          [identity, hungry],
        );
        if ((await read({ holder })) === null) {
          remaining -= 1;
          had.set(holder, (had.get(holder) ?? 0) + 1);
          await answer(holder, quota(remaining, { limit: 100 }));
        }
      }
      const total = [...wanted.values()].reduce((sum, count) => sum + count, 0);
      expect(100 - remaining).toBe(Math.min(80, total));
      const share = Math.floor(80 / holders.length);
      for (const holder of holders) {
        // What was taken before half of the budget was used is not taken back.
        const least = Math.min(wanted.get(holder) ?? 0, share) / 2;
        expect(had.get(holder)).toBeGreaterThanOrEqual(Math.floor(least));
      }
    },
  );
});
