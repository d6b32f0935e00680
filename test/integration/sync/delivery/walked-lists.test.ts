import { describe, expect, it } from 'vitest';
import { day, sourceOf, UNREADABLE } from './daily-source.ts';
import { SINCE, useStageWorlds, type StageWorld } from '../stage-world.ts';

const LAST = { hasNextPage: false, endCursor: null };
const to = (endCursor: string) => ({ hasNextPage: true, endCursor });
const times = <Made>(count: number, make: (index: number) => Made): Made[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** An entry as both lists give it. */
const entry = (number: number, given: object = {}) => ({
  databaseId: number,
  createdAt: day(number),
  tagName: `v${number}`,
  name: null,
  url: 'https://github.example/v',
  tagCommit: null,
  isDraft: false,
  isPrerelease: false,
  author: null,
  publishedAt: day(number),
  id: `DE_${number}`,
  environment: 'production',
  ref: null,
  commitOid: String(number).padStart(40, '0'),
  state: 'FAILURE',
  description: null,
  creator: null,
  statuses: { nodes: [], pageInfo: LAST },
  ...given,
});

const STAGES = [
  ['RELEASES', 'releases', 'release'],
  ['DEPLOYMENTS', 'deployments', 'deployment'],
] as const;

const open = useStageWorlds();

async function openSynced(days: readonly number[]): Promise<StageWorld> {
  const of = await open(sourceOf(days));
  await of.syncPullRequests(SINCE);
  return of;
}

/** Answers the next requests with these pages of a list, one after another. */
function answer(of: StageWorld, list: string, ...pages: readonly object[]): void {
  for (const page of pages) {
    of.github.failNext({
      status: 200,
      body: { data: { rateLimit: null, repository: { [list]: page } } },
    });
  }
}

const storedIn = async (of: StageWorld, table: string): Promise<unknown[]> =>
  (await of.rows(`SELECT github_id::int FROM ${table} ORDER BY 1`)).flat();
const OPEN = `SELECT natural_key, reason_code FROM dead_letter WHERE resolved_at IS NULL ORDER BY 1`;

async function requestsOf(of: StageWorld, work: () => Promise<unknown>): Promise<number> {
  const before = of.github.stats().requests.graphql;
  await work();
  return of.github.stats().requests.graphql - before;
}

describe.each(STAGES)('the stage %s', (stage, list, table) => {
  it.each([
    ['the one that was asked with', [to('SAME'), to('SAME')]],
    ['no text that can be kept', [to('a\u0000b')]],
    ['empty', [to('')]],
    ['longer than a key', [to('x'.repeat(3_000))]],
    ['one of two in turns', ['A', 'B', 'A', 'B'].map(to)],
    ['one of five that come round', times(13, (page) => to(`page ${page % 5}`))],
  ])('ends where the cursor is %s, keeps what it read, and reads again', async (_what, places) => {
    const of = await openSynced([2, 3]);
    const pages = places.map((pageInfo, index) => ({ nodes: [entry(21 - index)], pageInfo }));
    answer(of, list, ...pages);
    expect(await requestsOf(of, () => of.run(stage))).toBe(places.length);
    expect(await storedIn(of, table)).toEqual(places.map((_, index) => 22 - places.length + index));
    expect(await of.rows(OPEN)).toEqual([['unknown', 'CONTRADICTORY']]);
    expect(await of.finish()).toBe('PARTIAL');

    await of.setDue(stage);
    await of.run(stage);
    expect(await storedIn(of, table)).toEqual(expect.arrayContaining([2, 3]));
    expect(await of.rows(OPEN)).toEqual([]);
  });

  it('goes on behind a page of which nothing can be read', async () => {
    const of = await openSynced([2, 3]);
    const odd = entry(21, { createdAt: UNREADABLE });
    answer(
      of,
      list,
      { nodes: [odd], pageInfo: to('NEXT') },
      { nodes: [entry(20)], pageInfo: LAST },
    );
    await of.run(stage);
    expect(await storedIn(of, table)).toEqual([20]);
    expect(await of.rows(OPEN)).toEqual([['21', 'UNREADABLE']]);
  });

  it('goes on behind a page that is empty and not the last', async () => {
    const of = await openSynced([2, 3]);
    answer(of, list, { nodes: [], pageInfo: to('NEXT') }, { nodes: [entry(20)], pageInfo: LAST });
    await of.run(stage);
    expect(await storedIn(of, table)).toEqual([20]);
    expect(await of.rows(OPEN)).toEqual([]);
  });
});

describe('releases', () => {
  /** Reads these, then the pages, with the oldest release as the last thing of the list. */
  async function readBehind(days: readonly number[], ...pages: readonly object[]) {
    const of = await openSynced(days);
    await of.run('RELEASES');
    await of.scene.sql.query('UPDATE repository_stage SET watermark = NULL, complete_from = NULL');
    answer(of, 'releases', ...pages);
    await of.setDue('RELEASES');
    await of.run('RELEASES');
    return storedIn(of, 'release');
  }

  it('stay where a page cannot be read, whatever the pages beside it show', async () => {
    const odd = entry(10, { publishedAt: UNREADABLE });
    const stored = await readBehind(
      [2, 5, 10, 12],
      { nodes: [entry(12), odd], pageInfo: to('NEXT') },
      { nodes: [entry(2)], pageInfo: LAST },
    );
    // The fifth was deleted between the two pages, and nobody knows what the unreadable one stands for.
    expect(stored).toEqual([2, 5, 10, 12]);
  });

  it('go where readable pages show that they are deleted, also around an empty one', async () => {
    const stored = await readBehind(
      [2, 5, 10, 12],
      { nodes: [entry(12)], pageInfo: to('ONE') },
      { nodes: [], pageInfo: to('TWO') },
      { nodes: [entry(5)], pageInfo: LAST },
    );
    expect(stored).toEqual([5, 12]);
  });

  it('are not all deleted by a first page that is empty and not the last', async () => {
    const stored = await readBehind(
      [2, 5],
      { nodes: [], pageInfo: to('ONE') },
      { nodes: [entry(5)], pageInfo: to('ONE') },
    );
    expect(stored).toEqual([2, 5]);
  });
});

describe('deployments', () => {
  it('are not taken for read by a cursor of GitHub that looks like one of the stage', async () => {
    const of = await openSynced([2, 3]);
    answer(
      of,
      'deployments',
      { nodes: [entry(21)], pageInfo: to('ranges 0:1') },
      { nodes: [entry(20)], pageInfo: LAST },
    );
    await of.run('DEPLOYMENTS');
    expect(await storedIn(of, 'deployment')).toEqual([20, 21]);
  });
});
