import { afterEach, describe, expect, it } from 'vitest';
import type { GitHubData, PullRequestData } from '../../../src/demo/github-data.ts';
import { aSource } from '../../unit/demo/small-world.ts';
import { at, pull, times } from './long-pull-requests.ts';
import { openStageWorld, type StageWorld } from './stage-world.ts';

const NOW = new Date('2026-03-10T12:00:00Z');
const SINCE = new Date('2026-02-01T00:00:00Z');

const SMALL = { reviews: 1, comments: 1, commits: 1, files: 1, labels: 1 };
const PULLS = times(60, (index) => pull(index + 1, SMALL, { updatedAt: at(index * 1_000) }));

let world: StageWorld | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

async function open(source: GitHubData): Promise<StageWorld> {
  world = await openStageWorld(source, NOW);
  return world;
}

/** The same pull requests, these with an id that no database can hold. */
function poisoned(...numbers: readonly number[]): GitHubData {
  return aSource(
    PULLS.map((one): PullRequestData =>
      numbers.includes(one.number) ? { ...one, databaseId: 0 } : one,
    ),
  );
}

const PARKED = `SELECT natural_key, attempts, resolved_at IS NULL FROM dead_letter ORDER BY natural_key::int`;
const RUNS = `SELECT kind, status, pages FROM sync_run WHERE repository_id IS NOT NULL ORDER BY id`;

describe('a parked pull request', () => {
  it('does not hold the watermark, and is tried again by its number until it can be stored', async () => {
    const of = await open(poisoned(3));
    await of.walk(SINCE);
    expect(await of.rows(PARKED)).toEqual([['3', 1, true]]);
    expect(await of.rows('SELECT watermark FROM repository')).toEqual([[new Date(at(59_000))]]);
    await of.walk(SINCE);
    expect(await of.rows(PARKED)).toEqual([['3', 2, true]]);
    of.github.setSource(aSource(PULLS));
    await of.walk(SINCE);
    expect(await of.rows(PARKED)).toEqual([['3', 2, false]]);
    expect(await of.rows('SELECT count(*)::int FROM pull_request')).toEqual([[60]]);
    expect(await of.rows(RUNS)).toEqual([
      ['BACKFILL', 'PARTIAL', 3],
      ['INCREMENTAL', 'PARTIAL', 1],
      ['INCREMENTAL', 'COMPLETED', 1],
    ]);
  });

  it('that the page shows behind the horizon of its walk is tried by its number', async () => {
    const of = await open(poisoned(50));
    await of.walk(SINCE);
    of.github.setSource(aSource(PULLS));
    await of.walk(SINCE);
    expect(await of.rows(PARKED)).toEqual([['50', 1, false]]);
    expect((await of.rows(RUNS)).at(-1)).toEqual(['INCREMENTAL', 'COMPLETED', 1]);
  });

  it('that is gone comes off the list', async () => {
    const of = await open(poisoned(3));
    await of.walk(SINCE);
    of.github.setSource(aSource(PULLS.filter(({ number }) => number !== 3)));
    await of.walk(SINCE);
    expect(await of.rows(PARKED)).toEqual([['3', 1, false]]);
    expect((await of.rows(RUNS)).at(-1)).toEqual(['INCREMENTAL', 'COMPLETED', 1]);
  });

  it('that GitHub cannot answer for is left for later, and the page is stored', async () => {
    const of = await open(poisoned(3));
    await of.walk(SINCE);
    const listed = PULLS.map((one) => (one.number === 60 ? { ...one, title: 'New' } : one));
    of.github.setSource(
      aSource(listed.map((one) => (one.number === 60 ? { ...one, updatedAt: at(60_000) } : one))),
    );
    let fetched = 0;
    of.onMoment((moment) => {
      fetched += moment === 'after-fetch' ? 1 : 0;
      if (moment === 'after-fetch' && fetched === 1) {
        of.github.failNext({ graphqlErrors: [{ message: 'Out of order.' }] });
      }
    });
    await of.walk(SINCE);
    expect(await of.rows(PARKED)).toEqual([['3', 1, true]]);
    expect(await of.rows('SELECT title FROM pull_request WHERE number = 60')).toEqual([['New']]);
  });

  it('is one of at most 25 that a walk tries, those first that were tried longest ago', async () => {
    const numbers = times(30, (index) => index + 1);
    const of = await open(poisoned(...numbers));
    await of.walk(SINCE);
    of.setNow(new Date(NOW.getTime() + 60_000));
    await of.walk(SINCE);
    const attempts = 'SELECT attempts, count(*)::int FROM dead_letter GROUP BY 1 ORDER BY 1';
    expect(await of.rows(attempts)).toEqual([
      [1, 5],
      [2, 25],
    ]);
    of.setNow(new Date(NOW.getTime() + 120_000));
    await of.walk(SINCE);
    expect(await of.rows(attempts)).toEqual([
      [2, 10],
      [3, 20],
    ]);
  });

  it('that is too much for GitHub with its lists is stored without, and its lists are read on', async () => {
    const of = await open(poisoned(3));
    await of.walk(SINCE);
    of.github.setSource(aSource(PULLS));
    let fetched = 0;
    of.onMoment((moment) => {
      fetched += moment === 'after-fetch' ? 1 : 0;
      if (moment === 'after-fetch' && fetched === 1) {
        of.github.failNext({ status: 502 });
      }
    });
    expect(await of.walk(SINCE)).toContain('NESTED_LISTS');
    of.onMoment(null);
    await of.run('NESTED_LISTS');
    expect(await of.rows(PARKED)).toEqual([['3', 1, false]]);
    expect(await of.rows('SELECT complete FROM pull_request WHERE number = 3')).toEqual([[true]]);
  });

  it('that is too much for GitHub even alone is parked as such', async () => {
    const of = await open(poisoned(3));
    await of.walk(SINCE);
    let fetched = 0;
    of.onMoment((moment) => {
      fetched += moment === 'after-fetch' ? 1 : 0;
      if (moment === 'after-fetch' && fetched === 1) {
        of.github.failNext({ status: 502 }, 2);
      }
    });
    await of.walk(SINCE);
    expect(await of.rows('SELECT natural_key, reason_code, attempts FROM dead_letter')).toEqual([
      ['3', 'TOO_HEAVY', 2],
    ]);
  });
});
