import { describe, expect, it } from 'vitest';
import { requestDeadLetterRetry } from '../../../../src/db/sync/dead-letter-retries.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { aSource } from '../../../unit/demo/small-world.ts';
import { SINCE, useStageWorlds, type StageWorld } from '../stage-world.ts';
import { passHours } from './contradicting-world.ts';
import { at, expected, INCOMPLETE, pull, readStored, times } from './long-pull-requests.ts';

const open = useStageWorlds();

const FILES = { reviews: 1, comments: 0, commits: 1, files: 150, labels: 0 };
const LONG = pull(9, FILES);
const OTHER = pull(8, FILES);
const SHORT = pull(7, { ...FILES, files: 1 });
const LETTERS = `SELECT natural_key, attempts, resolved_at IS NULL FROM dead_letter
  WHERE entity = 'nested_lists' ORDER BY 1`;

/** One hourly sync; how many requests it made beside that for the pull requests. */
async function sync(of: StageWorld, isReadable = false): Promise<number> {
  const asked = () => of.github.stats().requests.graphql;
  const stages = await of.syncPullRequests((await isFirst(of)) ? SINCE : null);
  const before = asked();
  if (stages.includes('NESTED_LISTS')) {
    if (!isReadable) {
      of.github.failNext({ status: 504 }, 1);
    }
    await of.run('NESTED_LISTS');
  }
  await of.finish();
  return asked() - before;
}

async function isFirst(of: StageWorld): Promise<boolean> {
  return (await of.rows('SELECT FROM repository WHERE watermark IS NOT NULL')).length === 0;
}

const retry = (of: StageWorld) =>
  withTeam(of.scene.db, of.teamId, (tx) =>
    requestDeadLetterRetry(tx, { teamId: of.teamId, repositoryId: of.repositoryId }),
  );

describe('a list that cannot be read', () => {
  it('is asked for ten times in 200 hourly syncs, all in the first week', async () => {
    const of = await open(aSource([LONG, SHORT]));
    const tried: number[] = [];
    let requests = 0;
    for (let hour = 0; hour < 200; hour += 1) {
      const asked = await sync(of);
      requests += asked;
      if (asked > 0) {
        tried.push(hour);
      }
      await passHours(of, 1);
    }
    expect(tried).toEqual([0, 1, 5, 14, 30, 55, 80, 105, 130, 155]);
    // Each time one for the list, and one that finds out whether GitHub answers at all.
    expect(requests).toBe(20);
    expect(await of.rows(LETTERS)).toEqual([['9', 10, true]]);
    expect(await of.rows(INCOMPLETE)).toEqual([[9]]);
  }, 120_000);

  it('does not keep those of other pull requests waiting, which are due at once', async () => {
    const of = await open(aSource([LONG, SHORT]));
    await sync(of);
    of.github.setSource(aSource([LONG, { ...OTHER, updatedAt: at(9_400) }, SHORT]));
    expect(await sync(of, true)).toBe(1);
    expect(await of.rows(INCOMPLETE)).toEqual([[9]]);
    expect(await sync(of, true)).toBe(0);
  });

  it('is asked for at once when an admin wants it, also after the week, and heals', async () => {
    const of = await open(aSource([LONG, SHORT]));
    await sync(of);
    await passHours(of, 24 * 8);
    expect(await sync(of)).toBe(0);
    await retry(of);
    expect(await sync(of)).toBe(2);
    expect(await sync(of)).toBe(0);
    await retry(of);
    expect(await sync(of, true)).toBe(1);
    expect(await of.rows(LETTERS)).toEqual([['9', 2, false]]);
    expect(await readStored(of)).toEqual(expected([LONG, SHORT]));
  });

  it('of another version of its pull request is another list: it is asked for at once', async () => {
    const of = await open(aSource([LONG, SHORT]));
    await sync(of);
    const changes = times(3, (index) => ({ ...LONG, updatedAt: at(9_500 + index) }));
    for (const changed of changes) {
      of.github.setSource(aSource([changed, SHORT]));
      expect(await sync(of)).toBe(2);
      expect(await sync(of)).toBe(0);
    }
    await passHours(of, 24 * 8);
    const last = { ...LONG, updatedAt: at(9_600) };
    of.github.setSource(aSource([last, SHORT]));
    expect(await sync(of, true)).toBe(1);
    expect(await of.rows(LETTERS)).toEqual([['9', 4, false]]);
    expect(await readStored(of)).toEqual(expected([last, SHORT]));
  });
});
