import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { closeRebuild } from '../../../../src/db/rollups/finish-rebuild.ts';
import { applyDefinition, beginDefinition } from '../../../../src/db/sync/stored-definitions.ts';
import { addTeam, openScene, type Scene, type SceneTeam } from '../scene.ts';
import {
  applyAll,
  complete,
  dumpMemberWeeks,
  open,
  readRun,
  sundays,
} from '../rollups/rebuilds.ts';
import { rollUp } from '../rollups/stored-member-weeks.ts';
import { dumpFacts, readDirtyWeeks, store } from '../stored-rows.ts';

let scene: Scene;
let team: SceneTeam;
let teams = 0;
let right: unknown;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene.close());

const stored = async () =>
  (
    await scene.sql.query<{ row: unknown }>(
      'SELECT to_jsonb(p) AS row FROM pull_request p WHERE team_id = $1 ORDER BY id',
      [team.teamId],
    )
  ).rows;

const wrong = async () =>
  (
    await scene.sql.query<{ number: number }>(
      'SELECT number FROM pull_request WHERE team_id = $1 AND is_hotfix ORDER BY number',
      [team.teamId],
    )
  ).rows.map(({ number }) => number);

/** A team with seven pull requests and their weeks, all by an older definition. */
beforeEach(async () => {
  teams += 1;
  team = await addTeam(scene.sql, `definition-${teams}`);
  await store(scene.db, team, sundays(7));
  await rollUp(scene.db, team);
  right = await stored();
  await scene.sql.query(
    `UPDATE pull_request SET is_hotfix = true, coding_seconds = coding_seconds + 60, cycle_time_seconds = cycle_time_seconds + 60
     WHERE team_id = $1`,
    [team.teamId],
  );
  await scene.sql.query(`UPDATE team SET rollup_definition = 'v1' WHERE id = $1`, [team.teamId]);
});

async function progressOf(rebuildId: bigint): Promise<object | undefined> {
  const { rows } = await scene.sql.query<object>(
    `SELECT pull_requests_done AS done, pull_requests_total AS total FROM rollup_rebuild WHERE id = $1`,
    [rebuildId],
  );
  return rows[0];
}

/** Opens a rebuild that is ready to apply the definition. */
async function begin(): Promise<{ readonly teamId: bigint; readonly rebuildId: bigint }> {
  const key = { teamId: team.teamId, rebuildId: await open(scene.db, team) };
  expect(await beginDefinition(scene.db, key)).toBe(true);
  return key;
}

async function close(rebuildId: bigint, status: 'CANCELLED' | 'FAILED'): Promise<void> {
  const run = await readRun(scene.sql, rebuildId);
  const reason = { errorCode: 'CANCELLED', errorMessage: 'Cancelled on request.' };
  await closeRebuild(scene.db, { teamId: team.teamId, ...run, status, ...reason });
}

describe('a new definition of stored pull requests', () => {
  it('is applied batch by batch, each with its progress and dirty marks', async () => {
    const key = await begin();
    expect(await progressOf(key.rebuildId)).toEqual({ done: 0, total: 7 });
    const step = { isRunning: true, pullRequestsTotal: 7, more: true };
    expect(await applyDefinition(scene.db, key, 3)).toEqual({ ...step, pullRequestsDone: 3 });
    expect(await wrong()).toEqual([4, 5, 6, 7]);
    expect(await readDirtyWeeks(scene.sql, team)).toHaveLength(3);
    expect(await progressOf(key.rebuildId)).toEqual({ done: 3, total: 7 });
    await applyDefinition(scene.db, key, 3);
    const last = { ...step, pullRequestsDone: 7, more: false };
    expect(await applyDefinition(scene.db, key, 3)).toEqual(last);
    expect(await stored()).toEqual(right);
    const facts = await dumpFacts(scene.sql, team);
    expect(await applyDefinition(scene.db, key, 3)).toEqual(last);
    expect(await dumpFacts(scene.sql, team)).toEqual(facts);
  });

  it('leaves the weeks as they are until the rebuild switches, and then they are right', async () => {
    const before = await dumpMemberWeeks(scene.sql, team);
    const key = await begin();
    await applyDefinition(scene.db, key, 3);
    expect(await rollUp(scene.db, team)).toMatchObject({ weeks: 0, dirtyMarksConsumed: 0 });
    expect(await dumpMemberWeeks(scene.sql, team)).toEqual(before);
    await applyAll(scene.db, team, key.rebuildId, 3);
    await complete(scene.db, team, key.rebuildId);
    // What they were before all was stored by an older definition, and is right.
    expect(await dumpMemberWeeks(scene.sql, team)).toEqual(before);
    expect(await rollUp(scene.db, team)).toMatchObject({ rowsWritten: 0, rowsRemoved: 0 });
    expect(await readDirtyWeeks(scene.sql, team)).toEqual([]);
  });

  it.each(['CANCELLED', 'FAILED'] as const)(
    'goes on with the next rebuild where one that is %s ended',
    async (status) => {
      const ended = await begin();
      await applyDefinition(scene.db, ended, 3);
      await close(ended.rebuildId, status);
      const closed = { isRunning: false, pullRequestsDone: 3, more: false };
      expect(await applyDefinition(scene.db, ended, 3)).toMatchObject(closed);
      expect(await wrong()).toEqual([4, 5, 6, 7]);
      // Whoever looks at them again, sees that the first three are not computed once more.
      await scene.sql.query(
        'UPDATE pull_request SET is_hotfix = true WHERE team_id = $1 AND number = 1',
        [team.teamId],
      );
      // A dry run applies nothing, and nothing is forgotten for it.
      const dry = await open(scene.db, team, { isDryRun: true });
      expect(await progressOf(dry)).toEqual({ done: 0, total: 0 });
      const next = await begin();
      expect(await progressOf(next.rebuildId)).toEqual({ done: 3, total: 7 });
      expect(await applyDefinition(scene.db, next, 3)).toMatchObject({ pullRequestsDone: 6 });
      expect(await applyDefinition(scene.db, next, 3)).toMatchObject({ more: false });
      expect(await wrong()).toEqual([1]);
    },
  );

  it('begins anew behind a rebuild for another definition, and none is applied where weeks are of this one', async () => {
    const other = await begin();
    await applyAll(scene.db, team, other.rebuildId);
    await close(other.rebuildId, 'FAILED');
    await scene.sql.query(`UPDATE rollup_rebuild SET definition_version = 'v1' WHERE id = $1`, [
      other.rebuildId,
    ]);
    const key = await begin();
    expect(await progressOf(key.rebuildId)).toEqual({ done: 0, total: 7 });
    await complete(scene.db, team, key.rebuildId);
    const same = await open(scene.db, team);
    expect(await beginDefinition(scene.db, { ...key, rebuildId: same })).toBe(false);
    expect(await progressOf(same)).toEqual({ done: 0, total: 0 });
  });

  it('is not applied by a worker of another definition than the rebuild', async () => {
    const key = await begin();
    const ofDefinition = (version: string) =>
      scene.sql.query('UPDATE rollup_rebuild SET definition_version = $2 WHERE id = $1', [
        key.rebuildId,
        version,
      ]);
    const before = await stored();
    await ofDefinition('v1');
    await expect(applyDefinition(scene.db, key)).rejects.toMatchObject({ code: 'CONFLICT' });
    await ofDefinition('v99');
    await expect(applyDefinition(scene.db, key)).rejects.toThrow('update the worker');
    expect(await stored()).toEqual(before);
    expect(await progressOf(key.rebuildId)).toEqual({ done: 0, total: 7 });
  });

  it('is applied once by two that do it at a time', async () => {
    const key = await begin();
    const dbs = [scene.db, scene.anotherDb()];
    const steps = await Promise.all(dbs.map((db) => applyDefinition(db, key, 3)));
    expect(steps.map(({ pullRequestsDone }) => pullRequestsDone)).toEqual(
      expect.arrayContaining([3, 6]),
    );
    expect(await wrong()).toEqual([7]);
  });
});
