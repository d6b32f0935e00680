import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createComputeActivities } from '../../../../src/activities/rollups/compute.ts';
import { removeOldGenerations } from '../../../../src/db/rollups/finish-rebuild.ts';
import { rebuildNextWeeks } from '../../../../src/db/rollups/rollup-rebuild.ts';
import {
  complete,
  dumpMemberWeeks,
  open,
  readStoredRebuild,
  rebuild,
  sundays,
} from './rebuilds.ts';
import { addTeam, openScene, readNumber, type Scene, type SceneTeam } from '../scene.ts';
import { readDirtyWeeks, store } from '../stored-rows.ts';
import { readMemberWeeks, rollUp } from './stored-member-weeks.ts';

let scene: Scene;
let team: SceneTeam;
let teams = 0;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene.close());

beforeEach(async () => {
  teams += 1;
  team = await addTeam(scene.sql, `team-${teams}`, { timeZone: 'America/New_York' });
});

/** Makes numbers wrong as a bug would, in the weeks from a day on. */
async function spoil(from: string): Promise<void> {
  await scene.sql.query(
    'UPDATE weekly_metrics SET commits = 99 WHERE team_id = $1 AND week_start >= $2',
    [team.teamId, from],
  );
}

function countMemberWeeks(condition = 'true'): Promise<number> {
  return readNumber(
    scene.sql,
    `SELECT count(*) FROM weekly_metrics WHERE team_id = $1 AND ${condition}`,
    [team.teamId],
  );
}

describe('new settings', () => {
  it('are read with their weeks from one moment on, never with a week of the old settings', async () => {
    await store(scene.db, team, sundays(12));
    await rollUp(scene.db, team);
    const reader = scene.anotherDb(1);
    const read = async (): Promise<string> => {
      const [row] = await reader.$transaction(async (tx) => {
        await tx.$queryRaw`SELECT set_config('app.team_ids', ${`{${team.teamId}}`}, true)`;
        return tx.$queryRaw<{ state: string }[]>`
          SELECT concat_ws(' ', t.time_zone, t.week_start, md5(string_agg(
            concat_ws(' ', w.member_id, w.week_start, w.pull_requests_opened, w.reviews_submitted, w.commits), ','
            ORDER BY w.member_id, w.week_start))) AS state
          FROM team t JOIN weekly_metrics w ON w.team_id = t.id AND w.generation = t.rollup_generation
          GROUP BY t.id`;
      });
      return row?.state ?? '';
    };
    const before = await read();
    const seen = new Set<string>();
    let isDone = false;
    const reading = (async () => {
      while (!isDone) {
        seen.add(await read());
      }
    })();
    const settings = { timeZone: 'UTC', weekStart: 'SUNDAY', reason: 'SETTINGS' } as const;
    const rebuildId = await open(scene.db, team, settings);
    await complete(scene.db, team, rebuildId, 1);
    isDone = true;
    await reading;
    const after = await read();
    expect(after).toMatch(/^UTC SUNDAY /);
    expect(after.split(' ')[2]).not.toBe(before.split(' ')[2]);
    expect([...seen].filter((state) => state !== before && state !== after)).toEqual([]);
    expect(seen).toContain(before);
    const fresh = await addTeam(scene.sql, `fresh-${teams}`, { weekStart: 'SUNDAY' });
    await store(scene.db, fresh, sundays(12));
    await rollUp(scene.db, fresh);
    expect(await readMemberWeeks(scene.sql, team)).toEqual(await readMemberWeeks(scene.sql, fresh));
  });

  it('meet dirty marks of the old settings, of writers that began before', async () => {
    await store(scene.db, team, sundays(3));
    const rebuildId = await open(scene.db, team, {
      timeZone: 'Pacific/Kiritimati',
      reason: 'SETTINGS',
    });
    await complete(scene.db, team, rebuildId);
    await spoil('2000-01-01');
    expect(await readDirtyWeeks(scene.sql, team)).toContain('2025-11-24');
    for (let more = true; more;) {
      ({ more } = await rollUp(scene.db, team));
    }
    expect(await readDirtyWeeks(scene.sql, team)).toEqual([]);
    expect(await countMemberWeeks('commits = 99')).toBe(0);
  });
});

describe('a rebuild', () => {
  it('comes out right while writers write and rollups run', async () => {
    await store(scene.db, team, sundays(30));
    await rollUp(scene.db, team);
    const rebuildId = await open(scene.db, team, {
      timeZone: 'Asia/Kathmandu',
      reason: 'SETTINGS',
    });
    let isDone = false;
    const writer = (async () => {
      const db = scene.anotherDb();
      for (let round = 1; !isDone; round += 1) {
        await store(db, team, sundays(30, round).slice(round % 5, 10 + (round % 20)));
        await rollUp(db, team, 7);
      }
    })();
    await complete(scene.db, team, rebuildId, 2);
    isDone = true;
    await writer;
    for (let more = true; more;) {
      ({ more } = await rollUp(scene.db, team));
    }
    const incremental = await dumpMemberWeeks(scene.sql, team);
    await rebuild(scene.db, team);
    expect(await dumpMemberWeeks(scene.sql, team)).toEqual(incremental);
  });

  it('of a range repairs it and leaves the rest as it is', async () => {
    await store(scene.db, team, sundays(6));
    await rollUp(scene.db, team);
    await spoil('2025-12-08');
    const id = await rebuild(scene.db, team, { from: '2025-12-10', to: '2025-12-23' });
    expect(await readStoredRebuild(scene.sql, team, id)).toMatchObject({
      status: 'COMPLETED',
      range: ['2025-12-08', '2025-12-29'],
    });
    const commits = (await readMemberWeeks(scene.sql, team))
      .filter(({ login }) => login === 'ana')
      .map(({ week, commits: n }) => [week, n]);
    expect(commits).toEqual([
      ['2025-11-24', 1],
      ['2025-12-01', 1],
      ['2025-12-08', 1],
      ['2025-12-15', 1],
      ['2025-12-22', 1],
      ['2025-12-29', 99],
    ]);
  });

  it('counts in a dry run what it then does, and writes nothing but the counts', async () => {
    await store(scene.db, team, sundays(6));
    await rollUp(scene.db, team);
    await spoil('2025-12-20');
    await scene.sql.query(
      `DELETE FROM weekly_metrics WHERE team_id = $1 AND week_start = '2025-12-08'`,
      [team.teamId],
    );
    await scene.sql.query('DELETE FROM review WHERE team_id = $1 AND github_id = 3', [team.teamId]);
    const before = await dumpMemberWeeks(scene.sql, team);
    const versions = () =>
      readNumber(
        scene.sql,
        'SELECT sum(xmin::text::bigint) FROM weekly_metrics WHERE team_id = $1',
        [team.teamId],
      );
    const version = await versions();
    const dry = await readStoredRebuild(
      scene.sql,
      team,
      await rebuild(scene.db, team, { isDryRun: true }),
    );
    expect(await versions()).toBe(version);
    expect(dry).toMatchObject({ status: 'COMPLETED', generation: 1 });
    const real = await readStoredRebuild(scene.sql, team, await rebuild(scene.db, team));
    expect(real.counts).toEqual(dry.counts);
    expect(real.generation).toBe(2);
    const after = await dumpMemberWeeks(scene.sql, team);
    const [inserted = 0, updated = 0, removed = 0, unchanged = 0] = dry.counts;
    expect([inserted, updated, removed]).toEqual([2, 5, 1]);
    expect(before.length - removed + inserted).toBe(after.length);
    expect(before.filter((memberWeek) => after.includes(memberWeek))).toHaveLength(unchanged);
    const again = await rebuild(scene.db, team, { isDryRun: true });
    expect((await readStoredRebuild(scene.sql, team, again)).counts).toEqual([
      0,
      0,
      0,
      after.length,
    ]);
  });

  it('of a team without any activity is done at once', async () => {
    const id = await rebuild(scene.db, team);
    expect(await readStoredRebuild(scene.sql, team, id)).toMatchObject({ status: 'COMPLETED' });
    expect(await countMemberWeeks()).toBe(0);
  });

  it('whose workflow was terminated makes room for the next one, and its weeks are removed', async () => {
    await store(scene.db, team, sundays(3));
    await rollUp(scene.db, team);
    const { teamId } = team;
    const dead = await open(scene.db, team);
    await rebuildNextWeeks(scene.db, { teamId, rebuildId: dead, maxWeeks: 2 });
    const next = await open(scene.db, team);
    expect(
      await rebuildNextWeeks(scene.db, { teamId, rebuildId: dead, maxWeeks: 2 }),
    ).toMatchObject({
      isRunning: false,
      rowsWritten: 0,
    });
    await complete(scene.db, team, next);
    expect(await readStoredRebuild(scene.sql, team, dead)).toMatchObject({
      status: 'FAILED',
      generation: 2,
    });
    const all = await countMemberWeeks();
    const live = await countMemberWeeks('generation = 3');
    expect(await removeOldGenerations(scene.db, { teamId, maxRows: 3 })).toBe(3);
    expect(await removeOldGenerations(scene.db, { teamId, maxRows: 100 })).toBe(all - live - 3);
    expect(await countMemberWeeks()).toBe(live);
  });

  it('gives the same when every activity runs twice, as after an answer that was lost', async () => {
    const once = createComputeActivities({ db: scene.db });
    const facts = sundays(5);
    const run = async (of: SceneTeam, times: number) => {
      const key = { teamId: String(of.teamId) };
      const repeat = async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
        let answer = await work();
        for (let time = 1; time < times; time += 1) {
          answer = await work();
        }
        return answer;
      };
      await repeat(() => once.rollUpDirtyWeeks({ ...key, maxWeeks: 3 }));
      const { rebuildId } = await repeat(() =>
        once.openRebuild({
          ...key,
          workflowId: `rebuild:${key.teamId}`,
          workflowRunId: 'only',
          reason: 'SETTINGS',
          isDryRun: false,
          from: null,
          to: null,
          timeZone: 'Europe/Berlin',
          weekStart: null,
          requestedBy: null,
        }),
      );
      for (let isDone = false; !isDone;) {
        const step = await repeat(() => once.rebuildWeeks({ ...key, rebuildId, maxWeeks: 1 }));
        isDone = step.weeksDone >= step.weeksTotal;
      }
      await repeat(() => once.finishRebuild({ ...key, rebuildId }));
      await repeat(() => once.removeOldGenerations(key));
      await repeat(() =>
        once.closeRebuild({
          ...key,
          workflowId: `rebuild:${key.teamId}`,
          workflowRunId: 'only',
          status: 'FAILED',
          errorCode: 'X',
          errorMessage: 'x',
        }),
      );
      const { rows } = await scene.sql.query(
        `SELECT status, generation, weeks_done, member_weeks_inserted, member_weeks_updated, member_weeks_removed, member_weeks_unchanged
        FROM rollup_rebuild WHERE team_id = $1`,
        [of.teamId],
      );
      return {
        rows,
        memberWeeks: await readMemberWeeks(scene.sql, of),
        dirtyMarks: await readDirtyWeeks(scene.sql, of),
      };
    };
    const other = await addTeam(scene.sql, `other-${teams}`, { timeZone: 'America/New_York' });
    await store(scene.db, team, facts);
    await store(scene.db, other, facts);
    const expected = await run(team, 1);
    const twice = await run(other, 2);
    expect(twice.memberWeeks).toEqual(expected.memberWeeks);
    expect(twice.rows).toMatchObject([
      { status: 'COMPLETED', generation: 2, weeks_done: expected.rows[0]['weeks_done'] },
    ]);
  });
});
