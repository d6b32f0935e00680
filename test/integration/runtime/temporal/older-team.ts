import { sundays } from '../../db/rollups/rebuilds.ts';
import { rollUp } from '../../db/rollups/stored-member-weeks.ts';
import { addTeam, type Scene, type SceneTeam } from '../../db/scene.ts';
import { store } from '../../db/stored-rows.ts';

/** A team whose weeks are of an older definition, with so many pull requests that are no hotfixes by today's. */
export async function addOlderTeam(
  scene: Scene,
  slug: string,
  pullRequests: number,
): Promise<SceneTeam> {
  const team = await addTeam(scene.sql, slug);
  const { teamId } = team;
  await store(scene.db, team, sundays(1));
  await rollUp(scene.db, team);
  await scene.sql.query(
    `INSERT INTO pull_request SELECT (jsonb_populate_record(p, jsonb_build_object('id',
         nextval('pull_request_id_seq'), 'number', 1 + n, 'github_id', p.github_id + n, 'title', 'Change ' || n))).*
       FROM pull_request p, generate_series(1, $2::integer - 1) AS n WHERE p.team_id = $1`,
    [teamId, pullRequests],
  );
  await scene.sql.query('UPDATE pull_request SET is_hotfix = true WHERE team_id = $1', [teamId]);
  await scene.sql.query(`UPDATE team SET rollup_definition = 'v1' WHERE id = $1`, [teamId]);
  return team;
}
