import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEFINITION_VERSION } from '../../../../src/domain/rollups/definition-version.ts';
import type { Db, DbTransaction } from '../../../../src/db/core/client.ts';
import type { PullRequestFact } from '../../../../src/domain/pulls/github-facts.ts';
import { aCommit, anActor, aPullRequest } from '../../../support/rows/facts.ts';
import { aReview, hoursAfter } from '../../../support/rows/facts.ts';
import { addTeam, countStatements, openScene, readNumber } from '../scene.ts';
import type { Scene, SceneTeam } from '../scene.ts';
import { store } from '../stored-rows.ts';
import { readMemberWeek, readMemberWeeks, rollUp } from './stored-member-weeks.ts';

const WEEK = '2025-12-15';
const BO = anActor({ login: 'bo' });

let scene: Scene;
let team: SceneTeam;
let teams = 0;

beforeAll(async () => {
  scene = await openScene();
  for (const day of ['2025-11-01', '2025-12-01', '2026-01-01']) {
    await scene.sql.query('SELECT throughline_ensure_usage_partition($1)', [day]);
  }
});

afterAll(() => scene.close());

beforeEach(async () => {
  teams += 1;
  team = await addTeam(scene.sql, `team-${teams}`);
});

/** A merged pull request that was open so many hours, and first reviewed after so many. */
function merged(
  number: number,
  mergedAt: string,
  openHours: number,
  reviewHours: number | null,
  given: Partial<PullRequestFact>,
): PullRequestFact {
  const createdAt = hoursAfter(new Date(mergedAt), -openHours);
  const reviews =
    reviewHours === null
      ? []
      : [
          aReview({
            githubId: BigInt(number),
            author: BO,
            submittedAt: hoursAfter(createdAt, reviewHours),
          }),
        ];
  return aPullRequest({ number, createdAt, mergedAt: new Date(mergedAt), reviews, ...given });
}

/** Hours to two digits, half away from zero. */
function hours(seconds: number): number {
  return Math.round(seconds / 36) / 100;
}

describe("a member's week", () => {
  it('counts what was merged in it, to the millisecond, with sums in seconds', async () => {
    const opened = { createdAt: new Date('2025-12-16T10:00:00Z'), additions: 5n, deletions: 5n };
    const commitDays = ['15', '17', '20', '22'];
    await store(scene.db, team, [
      merged(1, '2025-12-15T00:00:00Z', 9.5, 1.5, { additions: 120n, deletions: 30n }),
      merged(2, '2025-12-18T14:00:00Z', 14.25, null, {
        title: 'Revert the cache',
        additions: 10n,
        deletions: 0n,
      }),
      merged(3, '2025-12-21T23:59:59.999Z', 30, 4, {
        title: 'Hotfix: login',
        additions: 700n,
        deletions: 90n,
      }),
      merged(4, '2025-12-14T23:59:59Z', 99, 99, {}),
      merged(5, '2025-12-22T00:00:00Z', 99, 99, {}),
      aPullRequest({
        ...opened,
        number: 6,
        commits: commitDays.map((day) =>
          aCommit({ authoredAt: new Date(`2025-12-${day}T08:00:00Z`) }),
        ),
      }),
      aPullRequest({ ...opened, number: 7, closedAt: new Date('2025-12-19T10:00:00Z') }),
    ]);
    await rollUp(scene.db, team);
    const ana = await readMemberWeek(scene.sql, team, 'ana', WEEK);
    expect(ana).toMatchObject({
      merged: 3,
      openToMerge: 193_500,
      firstReview: 19_800,
      reviewed: 2,
      sized: 3,
      additions: 830,
      deletions: 120,
      commits: 3,
      reverts: 1,
      hotfixes: 1,
      closed: 1,
    });
    expect(hours(ana.openToMerge / ana.merged)).toBe(17.92);
    expect(hours(ana.firstReview / ana.reviewed)).toBe(2.75);
    // Opened in this week: the second, the third, the open and the closed one, and the fifth.
    expect(ana.opened).toBe(5);
    expect(await readMemberWeek(scene.sql, team, 'bo', WEEK)).toMatchObject({
      merged: 0,
      opened: 0,
    });
  });

  it.each([
    ['2025-12-16T02:00:00Z', '2025-12-16T10:07:30Z', ['09:00:00', '03:30:00'], 8.13, 1.5],
    ['2025-12-16T00:00:00Z', '2025-12-17T00:00:00Z', [], 24, null],
  ])('of one opened %s and merged %s', async (created, mergedAt, times, open, review) => {
    const reviews = times.map((time) =>
      aReview({ author: BO, submittedAt: new Date(`2025-12-16T${time}Z`) }),
    );
    const createdAt = new Date(created);
    await store(scene.db, team, [
      aPullRequest({ createdAt, mergedAt: new Date(mergedAt), reviews }),
    ]);
    await rollUp(scene.db, team);
    const memberWeek = await readMemberWeek(scene.sql, team, 'ana', WEEK);
    expect(hours(memberWeek.openToMerge)).toBe(open);
    expect(memberWeek.reviewed === 0 ? null : hours(memberWeek.firstReview)).toBe(review);
  });

  it('counts reviews of others, a commit in two pull requests once, and nobody for no account', async () => {
    const commit = aCommit();
    const stranger = aCommit({ author: null, headline: 'Unknown' });
    await store(scene.db, team, [
      aPullRequest({
        number: 1,
        commits: [commit, stranger],
        reviews: [
          aReview({ author: BO }),
          aReview({ author: anActor() }),
          aReview({ author: anActor({ login: 'copilot', kind: 'BOT' }) }),
        ],
      }),
      aPullRequest({ number: 2, author: BO, commits: [commit] }),
    ]);
    await rollUp(scene.db, team);
    const memberWeeks = await readMemberWeeks(scene.sql, team);
    expect(
      memberWeeks.map(({ login, opened, reviews, commits }) => [login, opened, reviews, commits]),
    ).toEqual([
      ['ana', 1, 0, 1],
      ['bo', 1, 1, 0],
      ['copilot', 0, 1, 0],
    ]);
  });

  it('does not count sizes that the source did not say', async () => {
    const mergedAt = new Date('2025-12-17T10:00:00Z');
    const unsized = { additions: null, deletions: null, changedFiles: null, files: null };
    await store(scene.db, team, [
      aPullRequest({ number: 1, mergedAt, ...unsized }),
      aPullRequest({ number: 2, mergedAt, additions: 2n ** 53n, deletions: 0n }),
      aPullRequest({ number: 3, mergedAt, additions: 0n, deletions: 0n }),
    ]);
    await rollUp(scene.db, team);
    const memberWeek = await readMemberWeek(scene.sql, team, 'ana', WEEK);
    expect(memberWeek).toMatchObject({ merged: 3, sized: 2, additions: 2 ** 53 });
  });

  it('leaves a span below zero out of its sums, and counts it', async () => {
    const createdAt = new Date('2025-12-17T10:00:00Z');
    await store(scene.db, team, [aPullRequest({ createdAt, mergedAt: hoursAfter(createdAt, -1) })]);
    await rollUp(scene.db, team);
    const memberWeek = await readMemberWeek(scene.sql, team, 'ana', WEEK);
    expect(memberWeek).toMatchObject({ merged: 1, anomalies: 1, openToMerge: 0, cycleTime: 0 });
  });
});

describe('usage of AI tools', () => {
  async function addUsage(date: string, source: string, counts: readonly number[]): Promise<void> {
    await scene.sql.query(
      `INSERT INTO ai_usage_daily (team_id, member_id, date, source, suggestions_shown, suggestions_accepted,
        interactions, synced_at)
      SELECT team_id, id, $2, $3, $4, $5, $6, now() FROM member WHERE team_id = $1 AND login = 'ana'`,
      [team.teamId, date, source, ...counts],
    );
    await scene.sql.query(
      `INSERT INTO rollup_dirty (team_id, week_start) VALUES ($1, $2::date - (extract(isodow FROM $2::date)::int - 1))`,
      [team.teamId, date],
    );
  }

  it.each(['UTC', 'Pacific/Kiritimati', 'Etc/GMT+12'])(
    'belongs to the week of its date, unshifted, also in %s',
    async (timeZone) => {
      team = await addTeam(scene.sql, `usage-${teams}-${timeZone.length}`, { timeZone });
      await store(scene.db, team, [aPullRequest({ createdAt: new Date('2025-11-05T12:00:00Z') })]);
      await addUsage('2025-12-14', 'COPILOT', [1000, 500, 1]);
      await addUsage('2025-12-15', 'COPILOT', [100, 40, 0]);
      await addUsage('2025-12-15', 'CURSOR', [10, 5, 3]);
      await addUsage('2025-12-21', 'COPILOT', [0, 0, 2]);
      await addUsage('2025-12-18', 'COPILOT', [0, 0, 0]);
      await addUsage('2025-12-22', 'COPILOT', [7, 7, 7]);
      await rollUp(scene.db, team);
      const memberWeek = await readMemberWeek(scene.sql, team, 'ana', WEEK);
      expect(memberWeek).toMatchObject({ aiShown: 110, aiAccepted: 45, aiDays: 2, opened: 0 });
    },
  );
});

describe('a rollup', () => {
  it('removes the week of a member whose activity is gone, and leaves the others', async () => {
    const fact = aPullRequest({ commits: [aCommit({ author: BO })] });
    await store(scene.db, team, [fact]);
    expect(await rollUp(scene.db, team)).toMatchObject({ rowsWritten: 2, rowsRemoved: 0 });
    await store(scene.db, team, [{ ...fact, commits: [] }]);
    expect(await rollUp(scene.db, team)).toMatchObject({ rowsWritten: 0, rowsRemoved: 1 });
    expect((await readMemberWeeks(scene.sql, team)).map(({ login }) => login)).toEqual(['ana']);
  });

  it('does not touch a week that comes out the same', async () => {
    await store(scene.db, team, [aPullRequest()]);
    await rollUp(scene.db, team);
    const versions = () =>
      readNumber(
        scene.sql,
        'SELECT sum(xmin::text::bigint) FROM weekly_metrics WHERE team_id = $1',
        [team.teamId],
      );
    const before = await versions();
    await store(scene.db, team, [aPullRequest({ title: 'Renamed' })]);
    const again = { weeks: 1, rowsWritten: 0, rowsRemoved: 0, dirtyMarksConsumed: 1, more: false };
    expect(await rollUp(scene.db, team)).toEqual(again);
    expect(await versions()).toBe(before);
    const nothing = {
      weeks: 0,
      rowsWritten: 0,
      rowsRemoved: 0,
      dirtyMarksConsumed: 0,
      more: false,
    };
    expect(await rollUp(scene.db, team)).toEqual(nothing);
  });

  it('takes the oldest weeks first, so many at a time, and says that more are left', async () => {
    const weeks = ['01-06', '01-13', '01-20', '01-27', '02-03'];
    await store(
      scene.db,
      team,
      weeks.map((day, index) =>
        aPullRequest({ number: index + 1, createdAt: new Date(`2025-${day}T12:00:00Z`) }),
      ),
    );
    expect(await rollUp(scene.db, team, 2)).toMatchObject({ weeks: 2, more: true });
    const rolled = async () =>
      (await readMemberWeeks(scene.sql, team)).map(({ week }) => week.slice(5));
    expect(await rolled()).toEqual(['01-06', '01-13']);
    expect(await rollUp(scene.db, team, 2)).toMatchObject({ weeks: 2, more: true });
    expect(await rollUp(scene.db, team, 2)).toMatchObject({ weeks: 1, more: false });
    expect(await rolled()).toEqual(weeks);
  });

  it('writes the generation that is read and the version of the definitions', async () => {
    await scene.sql.query('UPDATE team SET rollup_generation = 3 WHERE id = $1', [team.teamId]);
    await store(scene.db, team, [aPullRequest()]);
    await rollUp(scene.db, team);
    const { rows } = await scene.sql.query(
      'SELECT generation, definition_version FROM weekly_metrics WHERE team_id = $1',
      [team.teamId],
    );
    expect(rows).toEqual([{ generation: 3, definition_version: DEFINITION_VERSION }]);
  });

  it('is as many statements for one pull request as for five hundred', async () => {
    const counts: number[] = [];
    for (const size of [1, 500]) {
      team = await addTeam(scene.sql, `size-${teams}-${size}`);
      const facts = Array.from({ length: size }, (_, index) =>
        aPullRequest({ number: index + 1, author: anActor({ login: `member-${index}` }) }),
      );
      await store(scene.db, team, facts);
      const counted = countingDb(scene.db);
      expect(await rollUp(counted.db, team)).toMatchObject({ rowsWritten: size });
      counts.push(counted.count());
    }
    expect(counts[1]).toBe(counts[0]);
    expect(counts[0]).toBeLessThanOrEqual(3);
  });
});

/** A client whose transactions count their statements. */
function countingDb(db: Db): { readonly db: Db; readonly count: () => number } {
  let total: () => number = () => 0;
  const transaction = (work: (tx: DbTransaction) => Promise<unknown>, options: object) =>
    db.$transaction((tx) => {
      const counted = countStatements(tx);
      total = counted.count;
      return work(counted.tx);
    }, options);
  return { db: { $transaction: transaction } as unknown as Db, count: () => total() };
}
