import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DbTransaction } from '../../../../src/db/core/client.ts';
import {
  blockQuota,
  liftQuotaBlocks,
  readQuotaBlock,
  saveQuota,
  type QuotaBlock,
} from '../../../../src/db/connections/github-quota.ts';
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

describe('a reset beyond every window', () => {
  it('is waited for once, for two hours, and not anew each time that somebody looks', async () => {
    await answer(quota(0, { resetAt: new Date('9999-01-01T00:00:00Z') }));
    const first = await read();
    const hours = ((first?.until.getTime() ?? 0) - Date.now()) / HOUR_MS;
    expect(hours).toBeGreaterThan(1.5);
    expect(hours).toBeLessThanOrEqual(2);
    expect((await read())?.until).toEqual(first?.until);
  });
});

describe('what GitHub says that is left', () => {
  const core = (remaining: number) => quota(remaining, { resource: 'core' });
  const lifted = (...limits: QuotaFact[]) => asTeam((tx) => liftQuotaBlocks(tx, identity, limits));
  const until = new Date(Date.now() + HOUR_MS);
  const block = (...resources: GitHubResource[]) =>
    asTeam((tx) => blockQuota(tx, identity, { until, reason: 'used up' }, resources));

  it('frees a limit that came by a wrong header or clock', async () => {
    await block('graphql');
    expect(await read()).not.toBeNull();
    expect(await lifted(quota(900), core(900))).toBe(true);
    expect(await read()).toBeNull();
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

  it('leaves a limit that stands, and a pause that GitHub asked for', async () => {
    await block('graphql');
    expect(await lifted(quota(0), core(0))).toBe(false);
    expect(await read()).not.toBeNull();
    await block('core', 'graphql');
    await lifted(quota(900), core(900));
    expect(await read()).not.toBeNull();
    expect(await read('core')).not.toBeNull();
  });
});
