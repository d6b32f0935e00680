import { afterAll, beforeAll, expect, it } from 'vitest';
import { memberChange, setMemberKind } from '../../../../src/db/members/member-kind.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { classifyActor, GHOST, type ActorFact } from '../../../../src/domain/members/actor.ts';
import { anActor, aPullRequest, hoursAfter } from '../../../support/rows/facts.ts';
import { applyAll, complete, dumpMemberWeeks, open, rebuild } from './rebuilds.ts';
import { addTeam, openScene, type Scene, type SceneTeam } from '../scene.ts';
import { clearDirtyMarks, readDirtyWeeks, store } from '../stored-rows.ts';
import { rollUp } from './stored-member-weeks.ts';

let scene: Scene;
let teams = 0;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene.close());

const CREATED = new Date('2025-12-16T10:00:00Z');
const WEEK = '2025-12-15';

const ANA = anActor();
const AGENT = anActor({ login: 'claude', ...classifyActor('claude', 'User') });
const BOT = anActor({ login: 'mergify', ...classifyActor('mergify', 'Bot') });
const MERGE_QUEUE = anActor({
  login: 'github-merge-queue',
  ...classifyActor('github-merge-queue', 'Bot'),
});
const MANNEQUIN = anActor({ login: 'imported', ...classifyActor('imported', 'Mannequin') });

/** What the agent opened, with who merged it and how many lines it adds; and one of Ana's that a bot merged. */
const MERGES: readonly (readonly [author: ActorFact, mergedBy: ActorFact | null, lines: bigint])[] =
  [
    [AGENT, ANA, 1n],
    [AGENT, MANNEQUIN, 2n],
    [AGENT, GHOST, 4n],
    [AGENT, null, 8n],
    [AGENT, BOT, 16n],
    [AGENT, AGENT, 32n],
    [ANA, BOT, 64n],
    // Whoever put it into the queue merged it.
    [AGENT, MERGE_QUEUE, 128n],
  ];

async function newTeam(): Promise<SceneTeam> {
  teams += 1;
  const team = await addTeam(scene.sql, `machines-${teams}`);
  await store(
    scene.db,
    team,
    MERGES.map(([author, mergedBy, additions], index) =>
      aPullRequest({
        number: index + 1,
        author,
        mergedBy,
        additions,
        createdAt: CREATED,
        mergedAt: hoursAfter(CREATED, 10),
        commits: [],
        reviews: [],
      }),
    ),
  );
  return team;
}

/** Merged pull requests and their lines of each author, and the part of both that machines merged. */
async function weeksOf({ teamId }: SceneTeam): Promise<unknown[]> {
  const { rows } = await scene.sql.query<Record<string, unknown>>(
    `SELECT m.login, w.pull_requests_merged::int AS merged, w.additions::int AS lines,
       w.machine_pull_requests_merged::int AS by_machine, w.machine_additions::int AS machine_lines,
       w.machine_open_to_merge_seconds::int / 3600 AS machine_hours
     FROM weekly_metrics w JOIN team t ON t.id = w.team_id AND t.rollup_generation = w.generation
     JOIN member m ON m.id = w.member_id WHERE w.team_id = $1 ORDER BY 1`,
    [teamId],
  );
  return rows.map((row) => Object.values(row));
}

const OF_ANA = ['ana', 1, 64, 1, 64, 10];

it('the part of merged pull requests that bots and AI agents merged stands beside the sums of the author', async () => {
  const team = await newTeam();
  await rollUp(scene.db, team);
  expect(await weeksOf(team)).toEqual([OF_ANA, ['claude', 7, 191, 2, 48, 20]]);
  const single = await dumpMemberWeeks(scene.sql, team);
  await scene.sql.query('UPDATE weekly_metrics SET machine_additions = 7 WHERE team_id = $1', [
    team.teamId,
  ]);
  await scene.sql.query('INSERT INTO rollup_dirty (team_id, week_start) VALUES ($1, $2)', [
    team.teamId,
    WEEK,
  ]);
  expect(await rollUp(scene.db, team)).toMatchObject({ rowsWritten: 2 });
  expect(await dumpMemberWeeks(scene.sql, team)).toEqual(single);
});

it('history follows when the definition is applied', async () => {
  const team = await newTeam();
  await rollUp(scene.db, team);
  await scene.sql.query(
    `UPDATE weekly_metrics SET machine_pull_requests_merged = NULL, machine_additions = NULL,
       machine_open_to_merge_seconds = NULL, definition_version = 'v2' WHERE team_id = $1`,
    [team.teamId],
  );
  await scene.sql.query(`UPDATE team SET rollup_definition = 'v2' WHERE id = $1`, [team.teamId]);
  const rebuildId = await open(scene.db, team, { reason: 'DEFINITION' });
  await applyAll(scene.db, team, rebuildId);
  await complete(scene.db, team, rebuildId);
  expect(await weeksOf(team)).toEqual([OF_ANA, ['claude', 7, 191, 2, 48, 20]]);
});

it('a rebuild of some weeks takes the others along as they are', async () => {
  const team = await newTeam();
  await rollUp(scene.db, team);
  const before = await dumpMemberWeeks(scene.sql, team);
  await rebuild(scene.db, team, { from: '2025-12-01', to: '2025-12-08' });
  expect(await dumpMemberWeeks(scene.sql, team)).toEqual(before);
});

it('follows the kind of whoever merged: the weeks of the authors are dirty', async () => {
  const team = await newTeam();
  const { teamId } = team;
  await rollUp(scene.db, team);
  await clearDirtyMarks(scene.sql, team);
  const { rows } = await scene.sql.query<{ user: string; bot: string }>(
    `WITH u AS (INSERT INTO app_user (email, name) VALUES ($2, 'Admin') RETURNING id)
     SELECT u.id AS user, m.id AS bot FROM u, member m WHERE m.team_id = $1 AND m.login = 'mergify'`,
    [teamId, `admin-${teamId}@example.test`],
  );
  const input = { teamId, id: BigInt(rows[0]?.bot ?? 0), actorId: BigInt(rows[0]?.user ?? 0) };
  const setKind = (kind: ActorFact['kind'] | null) =>
    withTeam(scene.db, teamId, (tx) => setMemberKind(tx, { ...input, kind }), memberChange(teamId));
  await setKind('HUMAN');
  expect(await readDirtyWeeks(scene.sql, team)).toEqual([WEEK]);
  await rollUp(scene.db, team);
  expect(await weeksOf(team)).toEqual([
    ['ana', 1, 64, null, null, null],
    ['claude', 7, 191, 1, 32, 10],
  ]);
  await setKind('UNKNOWN');
  expect(await readDirtyWeeks(scene.sql, team)).toEqual([]);
  await setKind(null);
  await rollUp(scene.db, team);
  expect(await weeksOf(team)).toEqual([OF_ANA, ['claude', 7, 191, 2, 48, 20]]);
});
