import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rollUpDirtyWeeks } from '../../../../src/db/rollups/weekly-rollup.ts';
import { dateInZone, weekStartOf, type WeekStart } from '../../../../src/domain/rollups/week.ts';
import {
  anActor,
  aCommit,
  aPullRequest,
  aReview,
  hoursAfter,
} from '../../../support/rows/facts.ts';
import { addTeam, openScene, type Scene } from '../scene.ts';
import { store } from '../stored-rows.ts';

/** With half hours, old rules, midnights that come twice or never, and both ends of the world. */
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kathmandu',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Europe/Kyiv',
  'America/Sao_Paulo',
  'America/Havana',
  'Atlantic/Azores',
  'Pacific/Apia',
  'Pacific/Kiritimati',
];

const WEEK_STARTS: readonly WeekStart[] = ['MONDAY', 'SUNDAY'];

/** Changes of clocks and of weeks, each in some zone of the list. */
const BORDERS = [
  '2026-03-08T05:00:00Z',
  '2026-03-09T04:00:00Z',
  '2026-11-01T04:30:00Z',
  '2026-11-01T05:30:00Z',
  '2026-04-04T15:00:00Z',
  '2026-10-25T00:30:00Z',
  '2018-11-04T03:00:00Z',
  '2018-02-18T02:30:00Z',
  '2011-12-30T10:00:00Z',
  '2026-12-28T00:00:00Z',
  '2027-01-03T23:59:59.999Z',
  '2024-12-30T00:00:00Z',
  '2028-02-29T12:00:00Z',
];

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene.close());

const anyInstant = fc
  .oneof(
    fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2037, 11, 31) }),
    fc
      .tuple(fc.constantFrom(...BORDERS), fc.integer({ min: -7_200_000, max: 7_200_000 }))
      .map(([border, offset]) => Date.parse(border) + offset),
    fc.integer({ min: Date.parse('0001-01-15T00:00:00Z'), max: Date.UTC(9999, 11, 20) }),
  )
  .map((time) => new Date(time));

describe('the week of an instant', () => {
  it('is the same in PostgreSQL and here, for any instant, zone and first day of the week', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyInstant, { minLength: 50, maxLength: 200 }),
        async (instants) => {
          const { rows } = await scene.sql.query<{
            at: Date;
            zone: string;
            first: WeekStart;
            week: string;
          }>(
            `SELECT at, zone, first, throughline_week_start(at, zone, first)::text AS week
          FROM unnest($1::timestamptz[]) AS i(at), unnest($2::text[]) AS z(zone), unnest($3::text[]) AS f(first)`,
            [instants.map((instant) => instant.toISOString()), ZONES, WEEK_STARTS],
          );
          expect(rows).toHaveLength(instants.length * ZONES.length * WEEK_STARTS.length);
          const wrong = rows.filter(
            ({ at, zone, first, week }) => weekStartOf(dateInZone(at, zone), first) !== week,
          );
          expect(wrong).toEqual([]);
        },
      ),
      { numRuns: 4 },
    );
  });

  it.each([
    ['2026-12-28', '2026-12-28T00:00:00Z', 53],
    ['2026-12-28', '2027-01-03T23:59:59.999Z', 53],
    ['2027-01-04', '2027-01-04T00:00:00Z', 1],
    ['2024-12-30', '2024-12-30T00:00:00Z', 1],
    ['2028-02-28', '2028-02-29T12:00:00Z', 9],
    ['9999-12-27', '9999-12-31T23:59:59Z', 52],
  ])('%s holds %s: ISO week %i', async (expected, instant, isoWeek) => {
    const { rows } = await scene.sql.query(
      `SELECT throughline_week_start($1, 'UTC', 'MONDAY')::text AS week, extract(week FROM $1::timestamptz)::int AS iso`,
      [instant],
    );
    expect(rows).toEqual([{ week: expected, iso: isoWeek }]);
  });
});

describe('the rollup', () => {
  /** Every quarter of an hour around each change of clocks. */
  const instants = BORDERS.flatMap((border) =>
    Array.from({ length: 21 }, (_, step) => hoursAfter(new Date(border), (step - 10) / 4)),
  );

  it.each(ZONES.flatMap((zone) => WEEK_STARTS.map((first) => [zone, first] as const)))(
    'counts everything in the week of its instant: %s, %s',
    async (timeZone, weekStart) => {
      const team = await addTeam(
        scene.sql,
        `${timeZone}-${weekStart}`.toLowerCase().replaceAll(/[^a-z]/g, '-'),
        { timeZone, weekStart },
      );
      const reviewer = anActor({ login: 'bo' });
      const facts = instants.map((at, index) =>
        aPullRequest({
          number: index + 1,
          createdAt: at,
          mergedAt: at,
          reviews: [aReview({ githubId: BigInt(index + 1), author: reviewer, submittedAt: at })],
          commits: [aCommit({ headline: `Change ${index}`, authoredAt: at })],
        }),
      );
      await store(scene.db, team, facts);
      await rollUpDirtyWeeks(scene.db, { teamId: team.teamId, maxWeeks: 1_000 });
      const { rows } = await scene.sql.query<{ week: string; n: number[] }>(
        `SELECT week_start::text AS week, ARRAY[sum(pull_requests_opened), sum(pull_requests_merged),
          sum(reviews_submitted), sum(commits)]::int[] AS n
        FROM weekly_metrics WHERE team_id = $1 GROUP BY 1 ORDER BY 1`,
        [team.teamId],
      );
      const expected = new Map<string, number>();
      for (const at of instants) {
        const week = weekStartOf(dateInZone(at, timeZone), weekStart);
        expected.set(week, (expected.get(week) ?? 0) + 1);
      }
      const sorted = [...expected].toSorted(([a], [b]) => (a < b ? -1 : 1));
      expect(rows).toEqual(sorted.map(([week, n]) => ({ week, n: [n, n, n, n] })));
    },
  );
});
