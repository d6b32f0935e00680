import { afterEach, describe, expect, it } from 'vitest';
import type { ReleaseData } from '../../../../src/demo/core/github-data.ts';
import { aSource } from '../../../unit/demo/small-world.ts';
import { openStageWorld, type StageWorld } from '../stage-world.ts';

const NOW = new Date('2026-03-10T12:00:00Z');
const SINCE = new Date('2026-02-01T00:00:00Z');

let world: StageWorld | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

function aRelease(
  databaseId: number,
  createdAt: string,
  given: Partial<ReleaseData> = {},
): ReleaseData {
  return {
    databaseId,
    tag: `v${databaseId}`,
    name: null,
    oid: null,
    isDraft: false,
    isPrerelease: false,
    author: 'ada',
    createdAt,
    publishedAt: createdAt,
    ...given,
  };
}

const sourceOf = (releases: readonly ReleaseData[]) => aSource([], { releases });

const open = async (releases: readonly ReleaseData[]): Promise<StageWorld> => {
  world = await openStageWorld(sourceOf(releases), NOW);
  return world;
};

const RELEASES = 'SELECT github_id::int, is_draft, published_at FROM release ORDER BY 1';

describe('releases', () => {
  it('follow drafts that are published and releases that are deleted', async () => {
    const draft = aRelease(1, '2026-02-10T00:00:00Z', { isDraft: true, publishedAt: null });
    const deleted = aRelease(2, '2026-02-20T00:00:00Z');
    const kept = aRelease(3, '2026-03-01T00:00:00Z');
    const { syncPullRequests, run, rows, github } = await open([draft, deleted, kept]);
    expect(await syncPullRequests(SINCE)).toContain('RELEASES');
    await run('RELEASES');
    expect(await rows(RELEASES)).toEqual([
      [1, true, null],
      [2, false, new Date('2026-02-20T00:00:00Z')],
      [3, false, new Date('2026-03-01T00:00:00Z')],
    ]);
    const published = { ...draft, isDraft: false, publishedAt: '2026-03-09T00:00:00Z' };
    github.setSource(sourceOf([published, kept, aRelease(4, '2026-03-10T00:00:00Z')]));
    expect(await syncPullRequests(SINCE)).toContain('RELEASES');
    await run('RELEASES');
    expect(await rows(RELEASES)).toEqual([
      [1, false, new Date('2026-03-09T00:00:00Z')],
      [3, false, new Date('2026-03-01T00:00:00Z')],
      [4, false, new Date('2026-03-10T00:00:00Z')],
    ]);
    expect(await syncPullRequests(SINCE)).toEqual([]);
  });

  it('are read page by page back to `since`, also when it is killed after each commit', async () => {
    const all = Array.from({ length: 250 }, (_, index) =>
      aRelease(1 + index, new Date(Date.UTC(2026, 1, 2, index)).toISOString().replace('.000', '')),
    );
    const { syncPullRequests, step, rows, onFailpoint } = await open([
      aRelease(999, '2026-01-01T00:00:00Z'),
      ...all,
    ]);
    await syncPullRequests(SINCE);
    let commits = 0;
    onFailpoint((failpoint) => {
      if (failpoint === 'after-commit') {
        commits += 1;
        throw new Error('killed');
      }
    });
    while (commits < 3) {
      await step('RELEASES').catch(() => undefined);
    }
    expect(await rows('SELECT github_id::int FROM release ORDER BY 1')).toEqual(
      all.map(({ databaseId }) => [databaseId]),
    );
    expect(
      await rows(
        `SELECT is_due, watermark, complete_from FROM repository_stage WHERE stage = 'RELEASES'`,
      ),
    ).toEqual([[false, new Date(all.at(-1)?.createdAt ?? ''), SINCE]]);
  });

  it('that cannot be read are dead-lettered alone, and met again by the next sync', async () => {
    const odd = aRelease(7, '2026-03-02T00:00:00Z', { publishedAt: '2026-02-31T00:00:00Z' });
    const { syncPullRequests, run, rows, github } = await open([
      aRelease(6, '2026-03-01T00:00:00Z'),
      odd,
    ]);
    await syncPullRequests(SINCE);
    await run('RELEASES');
    expect(await rows('SELECT github_id::int FROM release')).toEqual([[6]]);
    expect(await rows('SELECT entity, natural_key, reason FROM dead_letter')).toEqual([
      ['releases', '7', 'publication is no time of the years 1970 to 2100'],
    ]);
    github.setSource(
      sourceOf([aRelease(6, '2026-03-01T00:00:00Z'), aRelease(7, '2026-03-02T00:00:00Z')]),
    );
    await syncPullRequests(SINCE);
    await run('RELEASES');
    expect(await rows('SELECT count(*)::int FROM release')).toEqual([[2]]);
    expect(await rows('SELECT count(*)::int FROM dead_letter WHERE resolved_at IS NULL')).toEqual([
      [0],
    ]);
  });
});
