import { describe, expect, it } from 'vitest';
import { aSource } from '../../../unit/demo/small-world.ts';
import { passHours } from './contradicting-world.ts';
import { at, expected, INCOMPLETE, pull, readStored, times } from './long-pull-requests.ts';
import { SINCE, useStageWorlds } from '../stage-world.ts';

const open = useStageWorlds();

const TOO_SLOW = {
  graphqlErrors: [
    {
      message:
        'Something went wrong while executing your query. This may be the result of a timeout.',
    },
  ],
};
const DEAD_LETTERS = `SELECT entity, natural_key, reason_code, attempts, resolved_at IS NULL FROM dead_letter`;
const SIZE = 'SELECT page_size, page_streak FROM repository';
const REQUESTS =
  'SELECT pages, requests FROM sync_run WHERE repository_id IS NOT NULL ORDER BY id DESC LIMIT 1';

describe('what is too much for GitHub', () => {
  const SMALL = { reviews: 2, comments: 1, commits: 2, files: 3, labels: 1 };
  const PULLS = times(4, (index) => pull(index + 1, SMALL, { updatedAt: at(9_100 + index) }));

  it.each([[{ status: 502 }], [{ status: 504 }], [TOO_SLOW]])(
    'is asked for again in halves, within the activity: %j',
    async (fault) => {
      const of = await open(aSource(PULLS));
      of.github.failNext(fault, 2);
      await of.syncPullRequests(SINCE);
      expect(await of.rows(SIZE)).toEqual([[6, -9]]);
      expect(await readStored(of)).toEqual(expected(PULLS));
      expect(await of.rows(REQUESTS)).toEqual([[1, 3]]);
    },
  );

  it('grows back after pages that went well, up to a hundred', async () => {
    const of = await open(aSource(times(66, (index) => pull(index + 1, SMALL))));
    await of.rows('UPDATE repository SET page_size = 2, page_streak = -9');
    await of.syncPullRequests(SINCE);
    // Nine pages of 2 and nine of 4 are 54; also what is asked for ahead has the size that they lead to.
    expect(await of.rows(SIZE)).toEqual([[8, -8]]);
    expect(await of.rows(REQUESTS)).toEqual([[20, 20]]);
    await of.rows('UPDATE repository SET page_size = 60, page_streak = -1, watermark = NULL');
    await of.syncPullRequests(SINCE);
    expect(await of.rows(SIZE)).toEqual([[100, -9]]);
  });

  it('until then is unknown: each page is twice as long as the one before', async () => {
    const of = await open(aSource(times(66, (index) => pull(index + 1, SMALL))));
    await of.rows('UPDATE repository SET page_size = 2');
    await of.syncPullRequests(SINCE);
    // 2, 4, 8, 16 and 32 are 62.
    expect(await of.rows(SIZE)).toEqual([[64, 0]]);
    expect(await of.rows(REQUESTS)).toEqual([[6, 6]]);
  });

  it('even alone has its lists read in pages of their own', async () => {
    const of = await open(aSource(PULLS));
    await of.rows('UPDATE repository SET page_size = 1');
    of.github.failNext({ status: 502 }, 1);
    expect(await of.syncPullRequests(SINCE)).toContain('NESTED_LISTS');
    expect(await of.rows(INCOMPLETE)).toEqual([[4]]);
    await of.run('NESTED_LISTS');
    expect(await readStored(of)).toEqual(expected(PULLS));
    expect(await of.rows(INCOMPLETE)).toEqual([]);
    expect(await of.rows(DEAD_LETTERS)).toEqual([]);
  });

  it('even without lists is dead-lettered, and the sync goes on past it; the next one reads it', async () => {
    const of = await open(aSource(PULLS));
    await of.rows('UPDATE repository SET page_size = 1');
    of.github.failNext({ status: 502 }, 2);
    await of.syncPullRequests(SINCE);
    expect(await of.rows(DEAD_LETTERS)).toEqual([['pull_request', '4', 'TOO_HEAVY', 1, true]]);
    expect(await of.rows('SELECT number FROM pull_request ORDER BY 1')).toEqual([[1], [2], [3]]);
    expect(await of.rows('SELECT watermark FROM repository')).toEqual([[new Date(at(9_102))]]);
    await of.syncPullRequests(SINCE);
    expect(await of.rows(DEAD_LETTERS)).toEqual([['pull_request', '4', 'TOO_HEAVY', 1, false]]);
    expect(await readStored(of)).toEqual(expected(PULLS));
  });

  it('is not dead-lettered while GitHub answers nothing at all', async () => {
    const of = await open(aSource(PULLS));
    await of.rows('UPDATE repository SET page_size = 1');
    of.github.failNext({ status: 502 }, 3);
    await expect(of.syncPullRequests(SINCE)).rejects.toMatchObject({ kind: 'TRANSIENT' });
    expect(await of.rows(DEAD_LETTERS)).toEqual([]);
  });

  it('in a list is dead-lettered alone, and read an hour later from its cursor on', async () => {
    const of = await open(aSource([pull(9, { ...SMALL, files: 350 }), ...PULLS]));
    await of.syncPullRequests(SINCE);
    of.github.failNext({ status: 504 }, 1);
    await of.run('NESTED_LISTS');
    expect(await of.rows(DEAD_LETTERS)).toEqual([['nested_lists', '9', 'TOO_HEAVY', 1, true]]);
    expect(await of.rows(INCOMPLETE)).toEqual([[9]]);
    await passHours(of, 1);
    expect(await of.syncPullRequests(SINCE)).toContain('NESTED_LISTS');
    await of.run('NESTED_LISTS');
    expect(await of.rows(DEAD_LETTERS)).toEqual([['nested_lists', '9', 'TOO_HEAVY', 1, false]]);
    expect(await of.rows(INCOMPLETE)).toEqual([]);
  });
});
