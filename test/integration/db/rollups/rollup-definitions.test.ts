import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEFINITION_VERSION } from '../../../../src/domain/rollups/definition-version.ts';
import type { WorkflowStart } from '../../../../src/contracts/launcher.ts';
import {
  runPeriodically,
  startDefinitionRebuilds,
} from '../../../../src/runtime/temporal/definition-rebuilds.ts';
import {
  complete,
  dumpMemberWeeks,
  open,
  readStoredRebuild,
  rebuild,
  sundays,
} from './rebuilds.ts';
import { rebuildNextWeeks } from '../../../../src/db/rollups/rollup-rebuild.ts';
import { aCommit } from '../../../support/rows/facts.ts';
import { addTeam, openScene, type Scene, type SceneTeam } from '../scene.ts';
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

describe('another version of the definitions', () => {
  it('leaves weeks and dirty marks of the old one alone until a rebuild has flipped', async () => {
    await store(scene.db, team, sundays(2));
    await scene.sql.query(`UPDATE team SET rollup_definition = 'v0' WHERE id = $1`, [team.teamId]);
    expect(await rollUp(scene.db, team)).toMatchObject({
      weeks: 0,
      dirtyMarksConsumed: 0,
      more: false,
    });
    expect(await readDirtyWeeks(scene.sql, team)).not.toEqual([]);
    await rebuild(scene.db, team, { reason: 'DEFINITION' });
    expect(await rollUp(scene.db, team)).toMatchObject({ rowsWritten: 0, more: false });
    expect(await readDirtyWeeks(scene.sql, team)).toEqual([]);
    expect(await readMemberWeeks(scene.sql, team)).toHaveLength(4);
  });

  it('is built for the teams that have an older one, whatever a newer worker has built', async () => {
    const newer = await addTeam(scene.sql, `newer-${teams}`);
    await scene.sql.query(`UPDATE team SET rollup_definition = 'v0' WHERE id = $1`, [team.teamId]);
    await scene.sql.query(`UPDATE team SET rollup_definition = 'v10' WHERE id = $1`, [
      newer.teamId,
    ]);
    const started: WorkflowStart[] = [];
    const teamIds = await startDefinitionRebuilds(scene.db, {
      async startWorkflow(start) {
        started.push(start);
        return { workflowId: start.workflowId, workflowRunId: 'run', joined: false };
      },
    });
    expect(teamIds).toContain(team.teamId);
    expect(teamIds).not.toContain(newer.teamId);
    const mine = started.filter(({ teamId }) => teamId === String(team.teamId));
    expect(mine).toMatchObject([{ taskQueue: 'compute', input: { reason: 'DEFINITION' } }]);
  });

  it('waits for another look where a rebuild runs already', async () => {
    await scene.sql.query(`UPDATE team SET rollup_definition = 'v0' WHERE id = $1`, [team.teamId]);
    const found: boolean[] = [];
    let seen = (): void => undefined;
    const seenTwice = new Promise<void>((resolve) => {
      seen = resolve;
    });
    const again = runPeriodically(1, async () => {
      const teamIds = await startDefinitionRebuilds(scene.db, {
        async startWorkflow({ workflowId }) {
          return { workflowId, workflowRunId: 'run', joined: found.length === 0 };
        },
      });
      found.push(teamIds.includes(team.teamId));
      if (found.length === 2) {
        seen();
      }
    });
    await seenTwice;
    await again.close();
    expect(found.slice(0, 2)).toEqual([false, true]);
  });

  it('is of all weeks, whatever range was asked for; a dry run keeps to it', async () => {
    await store(scene.db, team, sundays(6));
    await rollUp(scene.db, team);
    await scene.sql.query(`UPDATE team SET rollup_definition = 'v0' WHERE id = $1`, [team.teamId]);
    await scene.sql.query(
      `UPDATE weekly_metrics SET definition_version = 'v0', commits = 99 WHERE team_id = $1`,
      [team.teamId],
    );
    const range = { from: '2025-12-10', to: '2025-12-23' };
    const dry = await rebuild(scene.db, team, { ...range, isDryRun: true });
    expect(await readStoredRebuild(scene.sql, team, dry)).toMatchObject({
      range: ['2025-12-08', '2025-12-29'],
    });
    const real = await rebuild(scene.db, team, range);
    expect(await readStoredRebuild(scene.sql, team, real)).toMatchObject({ range: [null, null] });
    const memberWeeks = await dumpMemberWeeks(scene.sql, team);
    expect(
      memberWeeks.filter((memberWeek) => memberWeek.includes('"v0"') || memberWeek.includes('99')),
    ).toEqual([]);
    expect(memberWeeks).toHaveLength(12);
  });

  it('ends a rebuild of an older one at once, with what to do', async () => {
    await store(scene.db, team, sundays(2));
    const rebuildId = await open(scene.db, team);
    await scene.sql.query(`UPDATE rollup_rebuild SET definition_version = 'v0' WHERE id = $1`, [
      rebuildId,
    ]);
    await expect(complete(scene.db, team, rebuildId)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: `The rebuild is of definition v0, this worker computes ${DEFINITION_VERSION}: start the rebuild again.`,
    });
  });

  it('is not mixed into by a worker of the old one while it is built', async () => {
    await store(scene.db, team, sundays(2));
    const rebuildId = await open(scene.db, team);
    await scene.sql.query(`UPDATE rollup_rebuild SET definition_version = 'v9' WHERE id = $1`, [
      rebuildId,
    ]);
    expect(await rollUp(scene.db, team)).toMatchObject({ dirtyMarksConsumed: 0, more: false });
    await expect(complete(scene.db, team, rebuildId)).rejects.toThrow(
      `this worker computes ${DEFINITION_VERSION}`,
    );
    expect(await readMemberWeeks(scene.sql, team)).toEqual([]);
  });
});

describe('what retention has removed', () => {
  it('of usage stays counted in its weeks, by rollups, rebuilds and another first day of the week', async () => {
    await scene.sql.query(`SELECT throughline_ensure_usage_partition('2025-12-01')`);
    await store(scene.db, team, sundays(4));
    await scene.sql.query(
      `INSERT INTO ai_usage_daily (team_id, member_id, date, source, suggestions_shown, suggestions_accepted, interactions, synced_at)
      SELECT team_id, id, day, 'COPILOT', extract(day FROM day), 1, 1, now() FROM member, generate_series(date '2025-12-03', '2025-12-19', interval '2 days') AS day
      WHERE team_id = $1 AND login = 'ana'`,
      [team.teamId],
    );
    await rebuild(scene.db, team);
    const usage = async () =>
      (await readMemberWeeks(scene.sql, team))
        .filter(({ aiShown }) => aiShown > 0)
        .map(({ week, aiShown, aiAccepted, aiDays }) => [week, aiShown, aiAccepted, aiDays]);
    const counted = await usage();
    expect(counted).toEqual([
      ['2025-12-01', 15, 3, 3],
      ['2025-12-08', 33, 3, 3],
      ['2025-12-15', 51, 3, 3],
    ]);
    await scene.sql.query(`DELETE FROM ai_usage_daily WHERE team_id = $1 AND date < '2025-12-12'`, [
      team.teamId,
    ]);
    await scene.sql.query(`UPDATE team SET ai_usage_retained_from = '2025-12-12' WHERE id = $1`, [
      team.teamId,
    ]);
    await store(scene.db, team, sundays(4, 1));
    await rollUp(scene.db, team);
    expect(await usage()).toEqual(counted);
    await rebuild(scene.db, team);
    expect(await usage()).toEqual(counted);
    await rebuild(scene.db, team, { weekStart: 'SUNDAY', reason: 'SETTINGS' });
    expect(await usage()).toEqual([
      ['2025-11-30', 15, 3, 3],
      ['2025-12-07', 33, 3, 3],
      ['2025-12-14', 51, 3, 3],
    ]);
  });

  it('of weeks does not come back half, and comes back whole for whoever asks for it', async () => {
    await store(scene.db, team, sundays(6));
    await rollUp(scene.db, team);
    const whole = await dumpMemberWeeks(scene.sql, team);
    await scene.sql.query(
      `DELETE FROM weekly_metrics WHERE team_id = $1 AND week_start < '2025-12-15'`,
      [team.teamId],
    );
    await scene.sql.query(
      `UPDATE team SET weekly_metrics_retained_from = '2025-12-15' WHERE id = $1`,
      [team.teamId],
    );
    const kept = await dumpMemberWeeks(scene.sql, team);
    const [first] = sundays(1);
    await store(scene.db, team, first === undefined ? [] : [{ ...first, title: 'Renamed' }]);
    expect(await rollUp(scene.db, team)).toMatchObject({ rowsWritten: 0, dirtyMarksConsumed: 1 });
    await rebuild(scene.db, team);
    expect(await dumpMemberWeeks(scene.sql, team)).toEqual(kept);
    await rebuild(scene.db, team, { from: '2025-11-01' });
    expect(await dumpMemberWeeks(scene.sql, team)).toEqual(whole);
    await rebuild(scene.db, team);
    expect(await dumpMemberWeeks(scene.sql, team)).toEqual(whole);
  });

  it('of weeks comes back up to those that are kept, without a gap', async () => {
    await store(scene.db, team, sundays(6));
    await rollUp(scene.db, team);
    const whole = await dumpMemberWeeks(scene.sql, team);
    await scene.sql.query(
      `DELETE FROM weekly_metrics WHERE team_id = $1 AND week_start < '2025-12-22'`,
      [team.teamId],
    );
    await scene.sql.query(
      `UPDATE team SET weekly_metrics_retained_from = '2025-12-22' WHERE id = $1`,
      [team.teamId],
    );
    const id = await rebuild(scene.db, team, { from: '2025-11-24', to: '2025-12-01' });
    expect(await readStoredRebuild(scene.sql, team, id)).toMatchObject({
      range: ['2025-11-24', '2025-12-22'],
    });
    expect(await dumpMemberWeeks(scene.sql, team)).toEqual(whole);
  });

  it('of weeks while they come back stays removed: their floor is not lowered over a gap', async () => {
    await store(scene.db, team, sundays(6));
    await rollUp(scene.db, team);
    const id = await open(scene.db, team, { from: '2025-11-24', to: '2025-12-01' });
    await scene.sql.query(
      `UPDATE team SET weekly_metrics_retained_from = '2025-12-22' WHERE id = $1`,
      [team.teamId],
    );
    await complete(scene.db, team, id);
    const { rows } = await scene.sql.query<{ day: string }>(
      'SELECT weekly_metrics_retained_from::text AS day FROM team WHERE id = $1',
      [team.teamId],
    );
    expect(rows).toEqual([{ day: '2025-12-22' }]);
  });
});

describe('a wrong clock', () => {
  it('does not make a rebuild of thousands of years, and what it dated is not lost', async () => {
    const dates = ['1971-01-03T12:00:00Z', '9998-06-01T12:00:00Z'];
    const facts = sundays(4).map((fact, index) => {
      const date = dates[index];
      return date === undefined
        ? fact
        : {
            ...fact,
            commits: [aCommit({ headline: `Clock ${index}`, authoredAt: new Date(date) })],
          };
    });
    await store(scene.db, team, facts);
    await rollUp(scene.db, team);
    const before = await readMemberWeeks(scene.sql, team);
    expect(before.map(({ week }) => week)).toEqual(
      expect.arrayContaining(['1970-12-28', '9998-06-01']),
    );
    for (const range of [
      {},
      { from: '0001-01-01', to: '9999-12-31' },
      { from: '2025-12-08' },
      { to: '2025-12-08' },
    ]) {
      const id = await open(scene.db, team, range);
      const { weeksTotal } = await rebuildNextWeeks(scene.db, {
        teamId: team.teamId,
        rebuildId: id,
        maxWeeks: 53,
      });
      expect(weeksTotal).toBeLessThan(53 * 100);
      await complete(scene.db, team, id, 500);
      await rollUp(scene.db, team);
      expect(await readMemberWeeks(scene.sql, team)).toEqual(before);
    }
  });
});
