import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AI_USAGE } from '../../../../src/db/usage/ai-usage-table.ts';
import { bulkUpsert } from '../../../../src/db/bulk/bulk-upsert.ts';
import {
  changedMemberWeeks,
  markMemberWeeksDirty,
  readTouchedMemberWeeks,
} from '../../../../src/db/rollups/dirty-marks.ts';
import { closeRebuild, removeOldGenerations } from '../../../../src/db/rollups/finish-rebuild.ts';
import { rebuildNextWeeks } from '../../../../src/db/rollups/rollup-rebuild.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import type { PullRequestFact } from '../../../../src/domain/pulls/github-facts.ts';
import type { WeekStart } from '../../../../src/domain/rollups/week.ts';
import { aCommit, anActor, aPullRequest, aReview } from '../../../support/rows/facts.ts';
import { complete, dumpMemberWeeks, open, readRun, rebuild } from './rebuilds.ts';
import { addTeam, openScene, type Scene, type SceneTeam } from '../scene.ts';
import { store } from '../stored-rows.ts';
import { rollUp } from './stored-member-weeks.ts';

const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Havana',
  'Asia/Kathmandu',
  'Pacific/Kiritimati',
  'Etc/GMT+12',
];
const WEEK_STARTS: readonly WeekStart[] = ['MONDAY', 'SUNDAY'];
const LOGINS = ['ana', 'bo', 'cy'];

/** Where years and weeks begin and clocks change; an hour or a day beside them is drawn too. */
const BORDERS = [
  '2026-01-01',
  '2025-12-29',
  '2026-03-08',
  '2026-03-29',
  '2026-04-05',
  '2025-11-02',
];

let scene: Scene;
let teams = 0;

beforeAll(async () => {
  scene = await openScene();
  for (const month of [
    '2025-10',
    '2025-11',
    '2025-12',
    '2026-01',
    '2026-02',
    '2026-03',
    '2026-04',
  ]) {
    await scene.sql.query('SELECT throughline_ensure_usage_partition($1)', [`${month}-01`]);
  }
});

afterAll(() => scene.close());

const instant = fc
  .tuple(fc.constantFrom(...BORDERS), fc.integer({ min: -60, max: 60 }))
  .map(
    ([border, halfHours]) => new Date(Date.parse(`${border}T00:00:00Z`) + halfHours * 1_800_000),
  );

const login = fc.constantFrom(...LOGINS);

const pullRequest = fc
  .record({
    number: fc.integer({ min: 1, max: 5 }),
    author: login,
    merger: fc.option(fc.constantFrom('ana', 'mergify')),
    createdAt: instant,
    mergedAt: fc.option(instant),
    closedAt: fc.option(instant),
    additions: fc.option(fc.bigInt({ min: 0n, max: 9n })),
    isComplete: fc.boolean(),
    reviews: fc.array(fc.tuple(login, instant), { maxLength: 2 }),
    commits: fc.array(fc.tuple(fc.option(login), instant), { maxLength: 2 }),
  })
  .map(({ author, merger, reviews, commits, isComplete, ...rest }): PullRequestFact =>
    aPullRequest({
      ...rest,
      unread: isComplete ? [] : [{ list: 'FILES', cursor: 'next' }],
      author: anActor({ login: author }),
      mergedBy:
        merger === null
          ? null
          : anActor({ login: merger, kind: merger === 'mergify' ? 'BOT' : 'HUMAN' }),
      reviews: reviews.map(([by, submittedAt], index) =>
        aReview({
          githubId: BigInt(rest.number * 10 + index),
          author: anActor({ login: by }),
          submittedAt,
        }),
      ),
      commits: commits.map(([by, authoredAt]) =>
        aCommit({ author: by === null ? null : anActor({ login: by }), authoredAt }),
      ),
    }),
  );

type Step = (team: SceneTeam, clock: Date) => Promise<unknown>;

/** The rebuild that is open, by team: a test may try steps on one that is none. */
const openRebuilds = new Map<bigint, bigint>();

function onOpenRebuild(work: (team: SceneTeam, rebuildId: bigint) => Promise<unknown>): Step {
  return async (team) => {
    const rebuildId = openRebuilds.get(team.teamId);
    if (rebuildId !== undefined) {
      await work(team, rebuildId);
    }
  };
}

const writing = fc.oneof(
  fc.array(pullRequest, { minLength: 1, maxLength: 4 }).map((facts): Step => (team, clock) => {
    const distinct = new Map(facts.map((fact) => [fact.number, { ...fact, updatedAt: clock }]));
    return store(scene.db, team, [...distinct.values()], clock);
  }),
  fc
    .tuple(
      login,
      instant,
      fc.constantFrom<'COPILOT' | 'CURSOR'>('COPILOT', 'CURSOR'),
      fc.nat({ max: 3 }),
    )
    .map(([by, day, source, n]): Step => async (team, clock) => {
      // Members come with the first pull request; before it there is nobody to use anything.
      const { rows } = await scene.sql.query<{ id: string }>(
        'SELECT id FROM member WHERE team_id = $1 AND login = $2',
        [team.teamId, by],
      );
      const usage = rows.map(({ id }) => ({
        memberId: BigInt(id),
        date: day.toISOString().slice(0, 10),
        source,
        suggestionsShown: 2 * n,
        suggestionsAccepted: n,
        linesSuggested: 0,
        linesAccepted: 0,
        interactions: n,
        activeHours: null,
        credits: null,
        syncedAt: clock,
      }));
      await withTeam(scene.db, team.teamId, (tx) => bulkUpsert(tx, AI_USAGE, team.teamId, usage));
    }),
);

/** A pull request goes from GitHub, or comes back. */
const deleting = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.boolean())
  .map(([number, isGone]): Step => async (team, clock) => {
    const { teamId } = team;
    await withTeam(scene.db, teamId, async (tx) => {
      const rows = await tx.$queryRaw<{ id: bigint }[]>`
          SELECT id FROM pull_request WHERE team_id = ${teamId} AND number = ${number}`;
      const ids = rows.map(({ id }) => id);
      const before = await readTouchedMemberWeeks(tx, teamId, ids);
      await tx.$executeRaw`UPDATE pull_request SET deleted_at = ${isGone ? clock : null}::timestamptz
          WHERE team_id = ${teamId} AND number = ${number}`;
      const after = await readTouchedMemberWeeks(tx, teamId, ids);
      await markMemberWeeksDirty(tx, teamId, changedMemberWeeks(ids, before, after));
    });
  });

const rolling = fc.constantFrom(1, 3, 60).map(
  (maxWeeks): Step =>
    (team) =>
      rollUp(scene.db, team, maxWeeks),
);

const opening = fc.oneof(
  fc
    .record({ timeZone: fc.constantFrom(...ZONES), weekStart: fc.constantFrom(...WEEK_STARTS) })
    .map((settings): Step => async (team) => {
      openRebuilds.set(
        team.teamId,
        await open(scene.db, team, { ...settings, reason: 'SETTINGS' }),
      );
    }),
  fc
    .tuple(fc.constantFrom(...BORDERS, null), fc.constantFrom(...BORDERS, null))
    .map(([from, to]): Step => async (team) => {
      openRebuilds.set(team.teamId, await open(scene.db, team, { from, to }));
    }),
);

const chunk = fc
  .constantFrom(1, 9, 60)
  .map((maxWeeks) =>
    onOpenRebuild(({ teamId }, rebuildId) =>
      rebuildNextWeeks(scene.db, { teamId, rebuildId, maxWeeks }),
    ),
  );

const ending = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constant(
      onOpenRebuild((team, rebuildId) => complete(scene.db, team, rebuildId, 7)),
    ),
  },
  fc.constant(
    onOpenRebuild(async ({ teamId }, rebuildId) =>
      closeRebuild(scene.db, {
        ...(await readRun(scene.sql, rebuildId)),
        teamId,
        status: 'CANCELLED',
        errorCode: 'CANCELLED',
        errorMessage: 'Cancelled on request.',
      }),
    ),
  ),
  fc.constant<Step>(async () => undefined),
);

const cleaning = fc.constant<Step>(({ teamId }) =>
  removeOldGenerations(scene.db, { teamId, maxRows: 1_000 }),
);

function some(...kinds: fc.Arbitrary<Step>[]): fc.Arbitrary<Step[]> {
  return fc.array(fc.oneof(...kinds), { maxLength: 5 });
}

/** Facts are there and rolled up or not; a rebuild begins, ends or hangs on; everything goes on meanwhile and after. */
const history = fc
  .tuple(
    some(writing, deleting, rolling),
    opening,
    some(chunk, writing, deleting, rolling, chunk),
    some(writing, deleting, rolling, cleaning),
    ending,
    some(writing, deleting, rolling, cleaning),
  )
  .map(([before, opened, first, second, end, after]) => [
    ...before,
    opened,
    ...first,
    ...second,
    end,
    ...after,
  ]);

it('whatever is written, rolled up and rebuilt in whichever order, the weeks are those of a full rebuild', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...ZONES),
      fc.constantFrom(...WEEK_STARTS),
      fc.array(history, { minLength: 1, maxLength: 2 }),
      async (timeZone, weekStart, histories) => {
        teams += 1;
        const team = await addTeam(scene.sql, `team-${teams}`, { timeZone, weekStart });
        const clock = Date.parse('2026-05-01T00:00:00Z');
        for (const [index, step] of histories.flat().entries()) {
          await step(team, new Date(clock + index * 1_000));
        }
        for (let more = true; more;) {
          ({ more } = await rollUp(scene.db, team));
        }
        const incremental = await dumpMemberWeeks(scene.sql, team);
        await rebuild(scene.db, team);
        expect(await dumpMemberWeeks(scene.sql, team)).toEqual(incremental);
      },
    ),
    { numRuns: 40, endOnFailure: true },
  );
});
