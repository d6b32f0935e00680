import { afterEach, describe, expect, it } from 'vitest';
import type { SyncFailpoint } from '../../../../src/activities/requests/sync-dependencies.ts';
import type { SyncPageResult } from '../../../../src/contracts/sync.ts';
import { createGates } from '../../../support/worlds/started-backfill.ts';
import { aPullRequest, aSource } from '../../../unit/demo/small-world.ts';
import { SINCE, useStageWorlds, type StageWorld } from '../stage-world.ts';

const open = useStageWorlds();
const gates = createGates();

afterEach(() => gates.openAll());

/** Pull requests of four pages, while GitHub has found one too heavy before. */
const FOUR_PAGES = 100;

const NUMBERS = 'SELECT count(*)::integer, count(DISTINCT number)::integer FROM pull_request';
const RUN =
  'SELECT status, pages, waiting_reason IS NOT NULL FROM sync_run WHERE repository_id IS NOT NULL';
const DEAD_LETTERS = 'SELECT entity, natural_key FROM dead_letter WHERE resolved_at IS NULL';

function source(count: number): ReturnType<typeof aSource> {
  return aSource(
    Array.from({ length: count }, (_, index) => {
      const createdAt = new Date(Date.UTC(2026, 2, 1, 0, index)).toISOString();
      return aPullRequest(index + 1, { createdAt: createdAt.replace('.000', '') });
    }),
  );
}

type At = `${SyncFailpoint} ${number}`;

/** Does something at the first, second, … time that an activity comes to a moment. */
function at(of: StageWorld, actions: Partial<Record<At, () => void | Promise<void>>>): void {
  const seen = new Map<SyncFailpoint, number>();
  of.onFailpoint(async (failpoint) => {
    const nth = (seen.get(failpoint) ?? 0) + 1;
    seen.set(failpoint, nth);
    await actions[`${failpoint} ${nth}`]?.();
  });
}

function asked(of: StageWorld): number {
  return of.github.stats().requests.graphql;
}

/** A world whose pages stay as long as they are. */
async function openFourPages(): Promise<StageWorld> {
  const of = await open(source(FOUR_PAGES));
  await of.rows('UPDATE repository SET page_streak = -1000');
  return of;
}

/** The answers of all activities until the pages are done or wait. */
async function answersOf(of: StageWorld): Promise<SyncPageResult[]> {
  const answers: SyncPageResult[] = [];
  for (;;) {
    const answer = await of.page();
    answers.push(answer);
    if (answer.next !== 'PAGE') {
      return answers;
    }
  }
}

function kill(): never {
  throw new Error('killed');
}

describe('the pages of an activity', () => {
  it('are asked for while the one before is being stored, each once', async () => {
    const of = await openFourPages();
    const second = gates.create();
    // Without asking ahead the second page would never come.
    at(of, { 'after-fetch 2': second.open, 'before-commit 1': () => second.passed });
    await of.openSync(SINCE);
    const [answer, ...more] = await answersOf(of);
    expect(answer).toMatchObject({ next: 'DONE', outcome: 'COMPLETED' });
    expect(more).toEqual([]);
    expect(await of.rows(NUMBERS)).toEqual([[FOUR_PAGES, FOUR_PAGES]]);
    expect(await of.rows(RUN)).toEqual([['COMPLETED', asked(of), false]]);
  });

  it('are ten at the most: a pause is heard behind them', async () => {
    const of = await open(source(25));
    await of.rows('UPDATE repository SET page_size = 1, page_streak = -1000');
    await of.openSync(SINCE);
    expect(await answersOf(of)).toEqual([
      { next: 'PAGE', pages: 10 },
      { next: 'PAGE', pages: 20 },
      { next: 'DONE', pages: 25, outcome: 'COMPLETED', stages: [] },
    ]);
    expect(asked(of)).toBe(25);
  });

  it('that are older than `since` are not asked for', async () => {
    const of = await openFourPages();
    // The first page ends with number 76: number 80 was opened 80 minutes after midnight.
    await of.openSync(new Date('2026-03-01T01:20:00Z'));
    expect(await answersOf(of)).toMatchObject([{ next: 'DONE', pages: 1 }]);
    expect(asked(of)).toBe(1);
  });

  it.each<[At, number]>([
    ['before-commit 2', 2],
    ['after-commit 2', 1],
  ])(
    'go on behind a failure at %s, and %i of them are asked for again',
    async (moment, repeated) => {
      const of = await openFourPages();
      at(of, { [moment]: kill });
      await of.openSync(SINCE);
      expect(await of.page()).toEqual({ next: 'PAGE', pages: 1 });
      of.onFailpoint(null);
      expect(await answersOf(of)).toMatchObject([{ next: 'DONE', outcome: 'COMPLETED' }]);
      expect(await of.rows(NUMBERS)).toEqual([[FOUR_PAGES, FOUR_PAGES]]);
      const [[, pages]] = (await of.rows(RUN)) as [[string, number]];
      expect(asked(of) - pages).toBe(repeated);
    },
  );
});

describe('a page that was asked for ahead', () => {
  it('is committed by one of two attempts at once', async () => {
    const of = await openFourPages();
    const other = gates.create();
    at(of, {
      'before-commit 1': async () => {
        of.onFailpoint(null);
        other.open();
      },
    });
    await of.openSync(SINCE);
    const first = of.page();
    await other.passed;
    const both = await Promise.all([first, of.page()]);
    expect(both.some(({ next }) => next === 'DONE')).toBe(true);
    expect(await answersOf(of)).toMatchObject([{ next: 'DONE', outcome: 'COMPLETED' }]);
    expect(await of.rows(NUMBERS)).toEqual([[FOUR_PAGES, FOUR_PAGES]]);
    const sums = 'SELECT sum(pull_requests_in)::integer FROM sync_page';
    expect(await of.rows(sums)).toEqual([[FOUR_PAGES]]);
  });

  it('meets the limit of GitHub after the one before it is stored, and its wait is shown', async () => {
    const of = await openFourPages();
    at(of, { 'before-fetch 2': () => of.github.failNext({ retryAfter: 60 }) });
    await of.openSync(SINCE);
    expect(await answersOf(of)).toMatchObject([{ next: 'WAIT' }]);
    expect(await of.rows(RUN)).toEqual([['RUNNING', 1, true]]);
    expect(await of.rows(NUMBERS)).toEqual([[25, 25]]);
  });

  it('is asked for in halves when it is too heavy, as any other', async () => {
    const of = await openFourPages();
    at(of, { 'before-fetch 2': () => of.github.failNext({ status: 502, body: 'timeout' }) });
    await of.openSync(SINCE);
    expect(await answersOf(of)).toMatchObject([{ next: 'DONE', outcome: 'COMPLETED' }]);
    expect(await of.rows(NUMBERS)).toEqual([[FOUR_PAGES, FOUR_PAGES]]);
    expect(await of.rows(DEAD_LETTERS)).toEqual([]);
  });

  it('that fails leaves the attempts of the next activity whole', async () => {
    const of = await openFourPages();
    at(of, { 'before-fetch 2': () => of.github.failNext('reset', 5) });
    await of.openSync(SINCE);
    expect(await of.page()).toEqual({ next: 'PAGE', pages: 1 });
    await expect(of.page()).rejects.toMatchObject({ kind: 'TRANSIENT' });
    of.github.clearFaults();
    expect(await answersOf(of)).toMatchObject([{ next: 'DONE', outcome: 'COMPLETED' }]);
  });

  it('is waited for when the one before cannot be stored: nothing goes on behind the activity', async () => {
    const of = await openFourPages();
    const held = gates.create();
    const isAhead = gates.create();
    at(of, {
      'before-commit 1': async () => {
        await isAhead.passed;
        kill();
      },
      'after-fetch 2': async () => {
        isAhead.open();
        await held.passed;
      },
    });
    await of.openSync(SINCE);
    let hasEnded = false;
    const page = of.page().catch((error: unknown) => {
      hasEnded = true;
      return error;
    });
    await isAhead.passed;
    await of.rows('SELECT 1');
    expect(hasEnded).toBe(false);
    held.open();
    expect(await page).toMatchObject({ message: 'killed' });
  });
});
