import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createComputeActivities } from '../../../../src/activities/rollups/compute.ts';
import { toDefinitionRebuild } from '../../../../src/contracts/rollups.ts';
import { reclassifyMembers } from '../../../../src/db/members/member-rules.ts';
import { classifyActor } from '../../../../src/domain/members/actor.ts';
import { DEFINITION_VERSION } from '../../../../src/domain/rollups/definition-version.ts';
import { ANA_WORK, BO, openMemberScene, type MemberScene } from './member-scene.ts';
import { applyAll, open } from '../rollups/rebuilds.ts';
import { clearDirtyMarks, dumpFacts, readDirtyWeeks } from '../stored-rows.ts';
import type { SceneTeam } from '../scene.ts';

let scene: MemberScene;

beforeAll(async () => {
  scene = await openMemberScene();
});

afterAll(() => scene.close());

/** A team as an earlier definition left it: its first reviewer was a user to it. */
async function newTeam(login: string): Promise<SceneTeam> {
  const team = await scene.newTeam();
  await scene.read(team, `UPDATE team SET rollup_definition = 'v1' WHERE id = $1`);
  await scene.read(
    team,
    `UPDATE member SET login = $2, kind_rule = 'GitHub says it is a user' WHERE team_id = $1 AND github_id = $3`,
    login,
    ANA_WORK.githubId,
  );
  return team;
}

/** All that a rebuild does for a new definition before it computes weeks, after others or as the first. */
async function apply(team: SceneTeam, { isFirst = true } = {}): Promise<void> {
  if (isFirst) {
    await scene.read(team, 'DELETE FROM rollup_rebuild WHERE team_id = $1');
  }
  const rebuildId = await open(scene.db, team);
  await applyAll(scene.db, team, rebuildId, 1);
}

async function storeKind(team: SceneTeam, kind: string, kindRule: string): Promise<void> {
  await scene.read(
    team,
    'UPDATE member SET kind = $2, kind_rule = $3 WHERE team_id = $1 AND github_id = $4',
    kind,
    kindRule,
    ANA_WORK.githubId,
  );
}

describe('members whom a new list of agents names', () => {
  it('get their kind, with the phases of what they reviewed, and dirty marks, once', async () => {
    const team = await newTeam('claude');
    expect(await scene.pickupHours(team)).toBe(1);
    await apply(team);
    expect(await scene.readKind(team, ANA_WORK)).toEqual({
      kind: 'AI_AGENT',
      rule: 'user account of an AI agent',
      by: null,
    });
    expect(await scene.pickupHours(team)).toBe(4);
    expect(await readDirtyWeeks(scene.sql, team)).toEqual(['2025-12-15']);

    await clearDirtyMarks(scene.sql, team);
    const before = await dumpFacts(scene.sql, team);
    await apply(team);
    expect(await dumpFacts(scene.sql, team)).toEqual(before);
    expect(await readDirtyWeeks(scene.sql, team)).toEqual([]);
  });

  it('get their kind alone from the list, and nothing where the weeks are of this definition', async () => {
    const team = await newTeam('claude');
    const before = await scene.read(team, 'SELECT xmin FROM pull_request WHERE team_id = $1');
    await scene.read(
      team,
      `UPDATE team SET rollup_definition = $2 WHERE id = $1`,
      DEFINITION_VERSION,
    );
    expect(await reclassifyMembers(scene.db, team.teamId)).toBe(0);
    expect(await scene.readKind(team, ANA_WORK)).toMatchObject({ kind: 'HUMAN' });
    await scene.read(team, `UPDATE team SET rollup_definition = 'v1' WHERE id = $1`);
    expect(await reclassifyMembers(scene.db, team.teamId)).toBe(1);
    expect(await scene.readKind(team, ANA_WORK)).toMatchObject({ kind: 'AI_AGENT' });
    expect(await reclassifyMembers(scene.db, team.teamId)).toBe(0);
    expect(await scene.read(team, 'SELECT xmin FROM pull_request WHERE team_id = $1')).toEqual(
      before,
    );
    // The week in which the account merged: what machines merge is told apart.
    expect(await readDirtyWeeks(scene.sql, team)).toEqual(['2025-12-15']);
  });

  it('get it however many there are, so many a statement', async () => {
    const team = await newTeam('claude');
    await scene.read(
      team,
      `INSERT INTO member (team_id, github_id, login, kind, kind_rule, is_external)
       SELECT $1, 900000 + n, 'agent-' || n, 'AI_AGENT', 'user account of an AI agent', false FROM generate_series(1, 6) n`,
    );
    // Of seven the list names one now; the others are users to it.
    expect(await reclassifyMembers(scene.db, team.teamId, 2)).toBe(7);
    expect(
      await scene.read(
        team,
        `SELECT kind, count(*)::int AS n FROM member WHERE team_id = $1 AND (login LIKE 'agent-%' OR login = 'claude')
         GROUP BY kind ORDER BY kind`,
      ),
    ).toEqual([
      { kind: 'AI_AGENT', n: 1 },
      { kind: 'HUMAN', n: 6 },
    ]);
    expect(await reclassifyMembers(scene.db, team.teamId, 2)).toBe(0);
  });

  it('have phases computed anew also when a sync has seen first what they are', async () => {
    const team = await newTeam('claude');
    const { kind, kindRule } = classifyActor('claude', 'User');
    await storeKind(team, kind, kindRule);
    expect(await scene.pickupHours(team)).toBe(1);
    await apply(team);
    expect(await scene.pickupHours(team)).toBe(4);
  });

  it('that a later rebuild meets first let it begin at the first pull request again', async () => {
    const team = await newTeam('ana-work');
    await apply(team);
    expect(await scene.pickupHours(team)).toBe(1);
    // As a worker that is not updated stores an account.
    await scene.read(
      team,
      `UPDATE member SET login = 'claude' WHERE team_id = $1 AND github_id = $2`,
      ANA_WORK.githubId,
    );
    await apply(team, { isFirst: false });
    expect(await scene.pickupHours(team)).toBe(4);
  });

  it('keep what an admin has set, and people keep what they are', async () => {
    const team = await newTeam('cursoragent');
    await scene.setKind(team, ANA_WORK, 'HUMAN');
    const before = await dumpFacts(scene.sql, team);
    expect(await reclassifyMembers(scene.db, team.teamId)).toBe(0);
    await apply(team);
    expect(await dumpFacts(scene.sql, team)).toEqual(before);
    expect(await scene.readKind(team, BO)).toMatchObject({ kind: 'HUMAN' });
  });

  it.each([
    ['by a rule', null],
    ['by an admin', 'admin'],
  ])('accounts of unknown kind %s have reviewed, once', async (_, by) => {
    const team = await newTeam('mona-import');
    await scene.read(
      team,
      `UPDATE member SET kind = 'UNKNOWN', kind_rule = 'placeholder of an imported account',
         kind_set_by_id = $2 WHERE team_id = $1 AND github_id = $3`,
      by === null ? null : scene.adminId,
      ANA_WORK.githubId,
    );
    await scene.read(
      team,
      `UPDATE pull_request SET first_review_at = first_review_at + interval '3 hours',
         pickup_seconds = pickup_seconds + 3 * 3600, review_seconds = review_seconds - 3 * 3600
       WHERE team_id = $1`,
    );
    await clearDirtyMarks(scene.sql, team);
    expect(await scene.pickupHours(team)).toBe(4);
    expect(await reclassifyMembers(scene.db, team.teamId)).toBe(0);
    await apply(team);
    expect(await scene.pickupHours(team)).toBe(1);
    expect(await readDirtyWeeks(scene.sql, team)).toEqual(['2025-12-15']);

    await clearDirtyMarks(scene.sql, team);
    const before = await dumpFacts(scene.sql, team);
    await apply(team);
    expect(await dumpFacts(scene.sql, team)).toEqual(before);
    expect(await readDirtyWeeks(scene.sql, team)).toEqual([]);
  });

  it('get it when a rebuild starts, and not with a dry run', async () => {
    const team = await newTeam('openhands-agent');
    const activities = createComputeActivities({ db: scene.db });
    const openAs = async (isDryRun: boolean, workflowId: string): Promise<unknown> =>
      activities.openRebuild({
        ...toDefinitionRebuild(String(team.teamId)),
        workflowId,
        workflowRunId: workflowId,
        isDryRun,
        appliesInSteps: true,
      });
    expect(await openAs(true, 'dry')).toMatchObject({ appliesDefinition: false });
    expect(await scene.readKind(team, ANA_WORK)).toMatchObject({ kind: 'HUMAN' });
    expect(await openAs(false, 'real')).toMatchObject({ appliesDefinition: true });
    expect(await scene.readKind(team, ANA_WORK)).toMatchObject({ kind: 'AI_AGENT' });
  });
});
