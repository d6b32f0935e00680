import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DbTransaction } from '../../../../src/db/core/client.ts';
import {
  blockQuota,
  hasLimitBlock,
  liftQuotaBlocks,
  readPause,
  readQuotaBlock,
  saveQuota,
  type QuotaBlock,
} from '../../../../src/db/connections/github-quota.ts';
import { countSpending } from '../../../../src/db/connections/github-spend.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import type { GitHubResource, QuotaFact } from '../../../../src/domain/pulls/github-facts.ts';
import { addTeam, openScene, type Scene, type SceneTeam } from '../scene.ts';

const HOUR_MS = 3_600_000;

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

function read(resource: GitHubResource = 'graphql'): Promise<QuotaBlock | null> {
  const request = { identity, resource, holder: '1:1', reserve: 0.2, isShared: true };
  return asTeam((tx) => readQuotaBlock(tx, request));
}

function quota(remaining: number, parts: Partial<QuotaFact> = {}): QuotaFact {
  const resetAt = new Date(Date.now() + HOUR_MS);
  const known = { resource: 'graphql', limit: 1_000, cost: 1, resetAt } as const;
  return { ...known, remaining, used: 1_000 - remaining, ...parts };
}

const answer = (fact: QuotaFact) => asTeam((tx) => saveQuota(tx, identity, fact));

/** As if so much time had passed for this identity. */
async function pass(interval: string): Promise<void> {
  await scene.sql.query(
    `UPDATE github_quota SET reset_at = reset_at - $2::interval, blocked_until = blocked_until - $2::interval,
      pause_until = pause_until - $2::interval, updated_at = updated_at - $2::interval
    WHERE identity = $1`,
    [identity, interval],
  );
}

const FAR = new Date('9999-01-01T00:00:00Z');

describe('a reset beyond every window', () => {
  it('is waited for once, for two hours, and not anew each time that somebody looks', async () => {
    await answer(quota(0, { resetAt: FAR }));
    const first = await read();
    const hours = ((first?.until.getTime() ?? 0) - Date.now()) / HOUR_MS;
    expect(hours).toBeGreaterThan(1.5);
    expect(hours).toBeLessThanOrEqual(2);
    expect((await read())?.until).toEqual(first?.until);
  });

  it('is waited for until the end of the first wait, however many more are named', async () => {
    await answer(quota(0, { resetAt: FAR }));
    await pass('1 hour');
    const first = await read();
    expect(first).not.toBeNull();
    for (const year of [9998, 2099, 9999]) {
      await answer(quota(0, { resetAt: new Date(`${year}-06-01T00:00:00Z`) }));
      expect((await read())?.until).toEqual(first?.until);
    }
    await pass('1 hour');
    expect(await read()).toBeNull();
    await answer(quota(0, { resetAt: FAR }));
    expect(await read()).toBeNull();
  });

  it('is waited for again after one that can be', async () => {
    await answer(quota(0, { resetAt: FAR }));
    await pass('2 hours');
    await answer(quota(900));
    expect(await read()).toBeNull();
    await answer(quota(0, { resetAt: FAR }));
    expect(await read()).not.toBeNull();
  });

  it('is no window to count in: what was asked is counted where the wait ends', async () => {
    const absurd = quota(900, { resetAt: FAR });
    const holder = '1:1';
    await asTeam(async (tx) => {
      await saveQuota(tx, identity, absurd);
      await countSpending(tx, { identity, resource: 'graphql', holder, quota: absurd });
      await countSpending(tx, { identity, resource: 'graphql', holder, quota: absurd });
    });
    const { rows } = await scene.sql.query(
      `SELECT spent.requests, spent.window_ends_at = known.reset_at AS "isKnown"
      FROM github_spend spent JOIN github_quota known USING (identity, resource) WHERE identity = $1`,
      [identity],
    );
    expect(rows).toEqual([{ requests: 2, isKnown: true }]);
  });
});

describe('what GitHub says that is left', () => {
  const core = (remaining: number) => quota(remaining, { resource: 'core' });
  const lifted = (...limits: QuotaFact[]) => asTeam((tx) => liftQuotaBlocks(tx, identity, limits));
  const until = new Date(Date.now() + HOUR_MS);
  const block = (struck: GitHubResource) =>
    asTeam((tx) => blockQuota(tx, identity, { until, reason: 'used up' }, struck));
  const pause = (end: Date | null = until) =>
    asTeam((tx) => blockQuota(tx, identity, { until: end, reason: 'a pause' }));

  it('frees a limit that came by a wrong header or clock', async () => {
    await block('graphql');
    expect(await read()).not.toBeNull();
    expect(await lifted(quota(900), core(900))).toBe(true);
    expect(await read()).toBeNull();
  });

  it('frees limits of both resources that end together', async () => {
    await block('graphql');
    await block('core');
    await lifted(quota(900), core(900));
    expect([await read(), await read('core')]).toEqual([null, null]);
  });

  it('frees a reset beyond every window', async () => {
    await answer(quota(0, { resetAt: FAR }));
    expect(await asTeam((tx) => hasLimitBlock(tx, identity))).toBe(true);
    expect(await lifted(quota(900), core(900))).toBe(true);
    expect(await read()).toBeNull();
    expect(await asTeam((tx) => hasLimitBlock(tx, identity))).toBe(false);
  });

  it('frees what an older release has stored of a far year', async () => {
    await answer(quota(0));
    await scene.sql.query(
      `UPDATE github_quota SET reset_at = '9999-01-01T00:00:00Z' WHERE identity = $1`,
      [identity],
    );
    expect(await read()).not.toBeNull();
    expect(await lifted(quota(900), core(900))).toBe(true);
    expect(await read()).toBeNull();
  });

  it('frees everything where the server has no limits', async () => {
    await answer(quota(0));
    await block('core');
    expect(await lifted()).toBe(true);
    expect(await read()).toBeNull();
    expect(await read('core')).toBeNull();
  });

  it('leaves a limit that stands', async () => {
    await block('graphql');
    expect(await lifted(quota(0), core(0))).toBe(false);
    expect(await read()).not.toBeNull();
  });

  it.each<[what: string, end: Date | null, limits: QuotaFact[]]>([
    ['a time', until, [quota(900), core(900)]],
    ['no time', null, [quota(900), core(900)]],
    ['a time, also where the server has no limits', until, []],
  ])('leaves a pause that GitHub asked for with %s', async (_what, end, limits) => {
    const { until: pauseEnd } = await pause(end);
    const expected = { until: pauseEnd, reason: 'a pause' };
    await lifted(...limits);
    expect([await read(), await read('core')]).toEqual([expected, expected]);
    expect(await asTeam((tx) => readPause(tx, identity))).toEqual(expected);
  });

  it.each<[order: string, acts: (() => Promise<unknown>)[]]>([
    ['the pause first', [pause, () => block('graphql')]],
    ['the limit first', [() => block('graphql'), pause]],
    ['the limit for both', [() => block('core'), pause, () => block('graphql')]],
  ])('frees a limit beyond a pause, and leaves the pause: %s', async (_order, acts) => {
    const pauseEnd = new Date(Date.now() + HOUR_MS / 2);
    for (const act of acts) {
      await (act === pause ? pause(pauseEnd) : act());
    }
    expect((await read())?.until).toEqual(until);
    await lifted(quota(900), core(900));
    const left = { until: pauseEnd, reason: 'a pause' };
    expect([await read(), await read('core')]).toEqual([left, left]);
    await pass('30 minutes');
    expect([await read(), await read('core')]).toEqual([null, null]);
    expect(await asTeam((tx) => readPause(tx, identity))).toBeNull();
  });

  it('leaves the row of pauses without a time as long as it is', async () => {
    const wait = async () =>
      Math.round(((await pause(null)).until.getTime() - Date.now()) / 60_000);
    expect([await wait(), await wait()]).toEqual([1, 2]);
    await lifted(quota(900), core(900));
    expect(await wait()).toBe(4);
  });
});
