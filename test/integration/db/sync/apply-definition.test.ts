import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { restartDefinition } from '../../../../src/db/rollups/definition-progress.ts';
import {
  closeRebuild,
  finishRebuild,
  readRollupDefinition,
} from '../../../../src/db/rollups/finish-rebuild.ts';
import { rebuildNextWeeks, type RebuildKey } from '../../../../src/db/rollups/rollup-rebuild.ts';
import { applyDefinition, beginDefinition } from '../../../../src/db/sync/stored-definitions.ts';
import { DEFINITION_VERSION } from '../../../../src/domain/rollups/definition-version.ts';
import { addTeam, openScene, type Scene, type SceneTeam } from '../scene.ts';
import {
  applyAll,
  complete,
  dumpMemberWeeks,
  open,
  readRun,
  rebuild,
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

const readDefinition = () => readRollupDefinition(scene.db, team.teamId);

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
    'begins anew with the next rebuild where one that is %s ended: older workers may have written since',
    async (status) => {
      const ended = await begin();
      await applyDefinition(scene.db, ended, 3);
      await close(ended.rebuildId, status);
      const closed = { isRunning: false, pullRequestsDone: 3, more: false };
      expect(await applyDefinition(scene.db, ended, 3)).toMatchObject(closed);
      expect(await wrong()).toEqual([4, 5, 6, 7]);
      // As a worker of the older definition leaves it that computes phases and natures of what has not changed itself.
      await scene.sql.query(
        'UPDATE pull_request SET is_hotfix = true WHERE team_id = $1 AND number = 1',
        [team.teamId],
      );
      const next = await begin();
      expect(await progressOf(next.rebuildId)).toEqual({ done: 0, total: 7 });
      await applyAll(scene.db, team, next.rebuildId, 3);
      expect(await stored()).toEqual(right);
    },
  );

  it('writes no pull request again that an earlier rebuild has done', async () => {
    const ended = await begin();
    await applyAll(scene.db, team, ended.rebuildId);
    await close(ended.rebuildId, 'CANCELLED');
    const versions = () =>
      scene.sql.query('SELECT id, xmin FROM pull_request WHERE team_id = $1 ORDER BY id', [
        team.teamId,
      ]);
    const { rows } = await versions();
    const next = await begin();
    expect(await applyAll(scene.db, team, next.rebuildId, 3)).toMatchObject({
      pullRequestsDone: 7,
    });
    expect((await versions()).rows).toEqual(rows);
  });

  it('is not applied by a dry run, nor where weeks are of this one', async () => {
    const dry = await open(scene.db, team, { isDryRun: true });
    await complete(scene.db, team, dry);
    expect(await progressOf(dry)).toEqual({ done: 0, total: 0 });
    expect(await readDefinition()).toBe('v1');
    await rebuild(scene.db, team);
    const same = await open(scene.db, team);
    expect(await beginDefinition(scene.db, { teamId: team.teamId, rebuildId: same })).toBe(false);
    expect(await progressOf(same)).toEqual({ done: 0, total: 0 });
    await complete(scene.db, team, same);
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

describe('a rebuild whose definition is not applied to its end', () => {
  const refused = {
    code: 'CONFLICT',
    message: `Definition ${DEFINITION_VERSION} of the rebuild has not been applied to all pull requests: start the rebuild again.`,
  };

  it.each<readonly [string, (key: RebuildKey) => Promise<unknown>]>([
    ['not begun', async () => undefined],
    ['begun', (key) => beginDefinition(scene.db, key)],
    ['applied in part', (key) => applyDefinition(scene.db, key, 3)],
    [
      'applied, and then begun again because a member has another kind',
      async (key) => {
        await applyAll(scene.db, team, key.rebuildId);
        await withTeam(scene.db, team.teamId, (tx) => restartDefinition(tx, team.teamId));
      },
    ],
  ])('computes no week and switches no reader: %s', async (_, prepare) => {
    const before = await dumpMemberWeeks(scene.sql, team);
    const key = { teamId: team.teamId, rebuildId: await open(scene.db, team) };
    await prepare(key);
    await expect(rebuildNextWeeks(scene.db, { ...key, maxWeeks: 53 })).rejects.toMatchObject(
      refused,
    );
    // As where weeks were computed by a worker that asks nothing, and where there are none.
    await scene.sql.query('UPDATE rollup_rebuild SET weeks_done = weeks_total WHERE id = $1', [
      key.rebuildId,
    ]);
    await expect(finishRebuild(scene.db, key)).rejects.toMatchObject(refused);
    expect(await readDefinition()).toBe('v1');
    expect(await dumpMemberWeeks(scene.sql, team)).toEqual(before);
  });

  it('may be finished when it is for an older definition, which its own workers applied', async () => {
    await scene.sql.query(`UPDATE team SET rollup_definition = 'v0' WHERE id = $1`, [team.teamId]);
    const key = { teamId: team.teamId, rebuildId: await open(scene.db, team) };
    await scene.sql.query(
      `UPDATE rollup_rebuild SET definition_version = 'v1', weeks_done = weeks_total WHERE id = $1`,
      [key.rebuildId],
    );
    expect(await finishRebuild(scene.db, key)).toBe(true);
    expect(await readDefinition()).toBe('v1');
  });

  it('is finished when it was applied to a team without pull requests', async () => {
    const empty = await addTeam(scene.sql, `empty-${teams}`);
    await scene.sql.query(`UPDATE team SET rollup_definition = 'v1' WHERE id = $1`, [empty.teamId]);
    await rebuild(scene.db, empty);
    expect(await readRollupDefinition(scene.db, empty.teamId)).toBe(DEFINITION_VERSION);
  });
});
