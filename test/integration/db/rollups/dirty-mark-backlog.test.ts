import { afterAll, beforeAll, expect, it } from 'vitest';
import { readDirtyMarkBacklog } from '../../../../src/db/rollups/dirty-mark-backlog.ts';
import { addTeam, openScene, type Scene } from '../scene.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene?.close());

it('counts the dirty marks of all teams, and knows the age of the oldest', async () => {
  expect(await readDirtyMarkBacklog(scene.db)).toEqual({ marks: 0, oldestAgeSeconds: 0 });
  const teams = [await addTeam(scene.sql, 'one'), await addTeam(scene.sql, 'two')];
  expect(await readDirtyMarkBacklog(scene.db)).toEqual({ marks: 0, oldestAgeSeconds: 0 });
  for (const { teamId } of teams) {
    await scene.sql.query(
      `INSERT INTO rollup_dirty (team_id, week_start, member_id) VALUES ($1, '2025-12-15', 1), ($1, '2025-12-15', 1), ($1, '2025-12-22', NULL)`,
      [teamId],
    );
  }
  await scene.sql.query(
    `UPDATE rollup_dirty SET marked_at = now() - interval '1 hour' WHERE team_id = $1 AND member_id IS NULL`,
    [teams[1]?.teamId],
  );
  const { marks, oldestAgeSeconds } = await readDirtyMarkBacklog(scene.db);
  expect(marks).toBe(6);
  expect(oldestAgeSeconds).toBeGreaterThanOrEqual(3_600);
  await scene.sql.query(`UPDATE rollup_dirty SET marked_at = now() + interval '1 hour'`);
  // A clock that was set back makes no mark younger than new.
  expect(await readDirtyMarkBacklog(scene.db)).toEqual({ marks: 6, oldestAgeSeconds: 0 });
});
