import { describe, expect, it } from 'vitest';
import type { DeploymentData, ReleaseData } from '../../../../src/demo/core/github-data.ts';
import { aSource } from '../../../unit/demo/small-world.ts';
import { SINCE, useStageWorlds, type StageWorld } from '../stage-world.ts';

const open = useStageWorlds();

const minute = (number: number): string =>
  new Date(Date.UTC(2026, 1, 20, 0, number)).toISOString().replace('.000', '');

const deployments = (count: number, statuses = 1): DeploymentData[] =>
  Array.from({ length: count }, (_, index) => ({
    databaseId: index + 1,
    environment: 'production',
    ref: 'main',
    oid: 'a'.repeat(40),
    creator: 'ada',
    description: null,
    createdAt: minute(index),
    statuses: Array.from({ length: statuses }, () => ({ state: 'QUEUED', at: minute(index) })),
  }));

const releases = (count: number): ReleaseData[] =>
  Array.from({ length: count }, (_, index) => ({
    databaseId: index + 1,
    tag: `v${index}`,
    name: null,
    oid: null,
    isDraft: false,
    isPrerelease: false,
    author: 'ada',
    createdAt: minute(index),
    publishedAt: minute(index),
  }));

/** A world whose stage is due, with the pull requests synced before GitHub gets slow. */
async function openSlow(
  parts: Parameters<typeof aSource>[1],
  heavy: Parameters<StageWorld['github']['setHeavyQueries']>[0],
): Promise<StageWorld> {
  const of = await open(aSource([], parts));
  await of.syncPullRequests(SINCE);
  of.github.setHeavyQueries(heavy);
  return of;
}

const pageOf = (of: StageWorld, stage: string) =>
  of.rows(`SELECT page_size, page_streak FROM repository_stage WHERE stage = '${stage}'`);
const DEAD_LETTERS = `SELECT entity, natural_key, reason_code FROM dead_letter WHERE resolved_at IS NULL ORDER BY 1, 2`;

describe('a page of a stage that is too much for GitHub', () => {
  it.each(['TIMEOUT', 502, 504] as const)(
    'is asked for in halves until GitHub answers, and all 310 deployments are stored: %s',
    async (answer) => {
      const of = await openSlow({ deployments: deployments(310) }, { aboveNodes: 2_000, answer });
      await of.run('DEPLOYMENTS');
      expect(await of.rows('SELECT count(*)::int FROM deployment')).toEqual([[310]]);
      expect(await of.rows(DEAD_LETTERS)).toEqual([]);
      // Twelve at a time from the third question on; twenty-five came twice in vain, when it had grown back.
      expect(await pageOf(of, 'DEPLOYMENTS')).toEqual([[12, expect.any(Number)]]);
    },
  );

  it('grows back once GitHub answers, and later syncs begin with what it answered last', async () => {
    const of = await openSlow(
      { deployments: deployments(310) },
      { aboveNodes: 2_000, answer: 502 },
    );
    await of.step('DEPLOYMENTS');
    of.github.setHeavyQueries(null);
    await of.rows('UPDATE repository_stage SET page_streak = -1');
    await of.run('DEPLOYMENTS');
    expect(await of.rows('SELECT count(*)::int FROM deployment')).toEqual([[310]]);
    expect((await pageOf(of, 'DEPLOYMENTS'))[0]?.[0]).toBeGreaterThan(12);
  });

  it('counts each question of the run', async () => {
    const of = await openSlow({ deployments: deployments(3) }, { aboveNodes: 2_000, answer: 502 });
    const requests = `SELECT requests FROM sync_run WHERE repository_id IS NOT NULL`;
    const [[before]] = (await of.rows(requests)) as [[number]];
    await of.step('DEPLOYMENTS');
    expect(await of.rows(requests)).toEqual([[before + 3]]);
  });

  it('asks again later where not even a small one comes, and goes on from the size that it came to', async () => {
    const of = await openSlow({ deployments: deployments(20) }, { aboveNodes: 150, answer: 502 });
    await expect(of.step('DEPLOYMENTS')).rejects.toMatchObject({ kind: 'TRANSIENT' });
    expect(await pageOf(of, 'DEPLOYMENTS')).toEqual([[3, -9]]);
    await of.run('DEPLOYMENTS');
    expect(await of.rows('SELECT count(*)::int FROM deployment')).toEqual([[20]]);
  });

  it('reads a single deployment with few statuses at a time', async () => {
    const success = { state: 'SUCCESS', at: minute(9) };
    const long = deployments(1, 150).map((deployment) => ({
      ...deployment,
      statuses: [...deployment.statuses, success],
    }));
    const of = await openSlow({ deployments: long }, { aboveNodes: 60, answer: 502 });
    await of.rows('UPDATE repository_stage SET page_size = 1');
    await of.run('DEPLOYMENTS');
    expect(await of.rows('SELECT state, succeeded_at FROM deployment')).toEqual([
      ['SUCCESS', new Date(minute(9))],
    ]);
  });

  it('goes on past a deployment that GitHub does not answer for even alone; the next sync reads it', async () => {
    const of = await openSlow({ deployments: deployments(3) }, null);
    await of.rows('UPDATE repository_stage SET page_size = 1');
    of.github.failNext({ status: 502 }, 2);
    await of.run('DEPLOYMENTS');
    expect(await of.rows('SELECT github_id::int FROM deployment ORDER BY 1')).toEqual([[1], [2]]);
    expect(await of.rows(DEAD_LETTERS)).toEqual([['deployments', '3', 'TOO_HEAVY']]);
    expect(await of.syncPullRequests(SINCE)).toContain('DEPLOYMENTS');
    await of.run('DEPLOYMENTS');
    expect(await of.rows('SELECT count(*)::int FROM deployment')).toEqual([[3]]);
    expect(await of.rows(DEAD_LETTERS)).toEqual([]);
  });

  it('dead-letters a deployment whose further statuses are too many for GitHub, and nothing while it answers nothing', async () => {
    const of = await openSlow({ deployments: deployments(2, 150) }, null);
    let requests = 0;
    of.onFailpoint((failpoint) => {
      requests += failpoint === 'before-fetch' ? 1 : 0;
      // Behind the page: a hundred statuses of the first deployment, then ten.
      if (failpoint === 'before-fetch' && (requests === 2 || requests === 3)) {
        of.github.failNext({ status: 502 });
      }
    });
    await of.run('DEPLOYMENTS');
    expect(await of.rows('SELECT github_id::int FROM deployment')).toEqual([[1]]);
    expect(await of.rows(DEAD_LETTERS)).toEqual([['deployments', '2', 'TOO_HEAVY']]);
  });

  it('is not dead-lettered while GitHub answers nothing at all', async () => {
    const of = await openSlow({ deployments: deployments(3) }, null);
    await of.rows('UPDATE repository_stage SET page_size = 1');
    of.github.failNext({ status: 502 }, 3);
    await expect(of.step('DEPLOYMENTS')).rejects.toMatchObject({ kind: 'TRANSIENT' });
    expect(await of.rows(DEAD_LETTERS)).toEqual([]);
  });

  it('is asked for in halves of releases too', async () => {
    const of = await openSlow({ releases: releases(130) }, { aboveNodes: 30, answer: 'TIMEOUT' });
    await of.run('RELEASES');
    expect(await of.rows('SELECT count(*)::int FROM release')).toEqual([[130]]);
    expect(await of.rows(DEAD_LETTERS)).toEqual([]);
  });

  it('goes on past a release that GitHub does not answer for even alone', async () => {
    const of = await openSlow({ releases: releases(3) }, null);
    await of.rows('UPDATE repository_stage SET page_size = 1');
    of.github.failNext({ status: 502 }, 1);
    await of.run('RELEASES');
    expect(await of.rows('SELECT github_id::int FROM release ORDER BY 1')).toEqual([[1], [2]]);
    expect(await of.rows(DEAD_LETTERS)).toEqual([['releases', '3', 'TOO_HEAVY']]);
  });
});
