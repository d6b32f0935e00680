import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createComputeActivities } from '../../../../src/activities/rollups/compute.ts';
import { reclassifyMembers } from '../../../../src/db/members/member-rules.ts';
import { classifyActor } from '../../../../src/domain/members/actor.ts';
import { ANA_WORK, BO, openMemberScene, type MemberScene } from './member-scene.ts';
import { clearDirtyMarks, dumpFacts, readDirtyWeeks } from '../stored-rows.ts';
import type { SceneTeam } from '../scene.ts';

let scene: MemberScene;

beforeAll(async () => {
  scene = await openMemberScene();
});

afterAll(() => scene.close());

/** A team as an earlier list left it: its first reviewer was a user to it. */
async function newTeam(login: string): Promise<SceneTeam> {
  const team = await scene.newTeam();
  await scene.read(
    team,
    `UPDATE member SET login = $2, kind_rule = 'GitHub says it is a user' WHERE team_id = $1 AND github_id = $3`,
    login,
    ANA_WORK.githubId,
  );
  return team;
}

describe('members whom a new list of agents names', () => {
  it('get their kind, the phases of what they reviewed, and dirty marks, once', async () => {
    const team = await newTeam('claude');
    expect(await scene.pickupHours(team)).toBe(1);
    expect(await reclassifyMembers(scene.db, team.teamId)).toBe(1);
    expect(await scene.readKind(team, ANA_WORK)).toEqual({
      kind: 'AI_AGENT',
      rule: 'user account of an AI agent',
      by: null,
    });
    expect(await scene.pickupHours(team)).toBe(4);
    expect(await readDirtyWeeks(scene.sql, team)).toEqual(['2025-12-15']);

    await clearDirtyMarks(scene.sql, team);
    const before = await dumpFacts(scene.sql, team);
    expect(await reclassifyMembers(scene.db, team.teamId)).toBe(0);
    expect(await dumpFacts(scene.sql, team)).toEqual(before);
    expect(await readDirtyWeeks(scene.sql, team)).toEqual([]);
  });

  it('have phases computed anew also when a sync has seen first what they are', async () => {
    const team = await newTeam('claude');
    const { kind, kindRule } = classifyActor('claude', 'User');
    await scene.read(
      team,
      'UPDATE member SET kind = $2, kind_rule = $3 WHERE team_id = $1 AND github_id = $4',
      kind,
      kindRule,
      ANA_WORK.githubId,
    );
    expect(await scene.pickupHours(team)).toBe(1);
    expect(await reclassifyMembers(scene.db, team.teamId)).toBe(0);
    expect(await scene.pickupHours(team)).toBe(4);
  });

  it('keep what an admin has set, and people keep what they are', async () => {
    const team = await newTeam('cursoragent');
    await scene.setKind(team, ANA_WORK, 'HUMAN');
    const before = await dumpFacts(scene.sql, team);
    expect(await reclassifyMembers(scene.db, team.teamId)).toBe(0);
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
    expect(await scene.pickupHours(team)).toBe(1);
    expect(await readDirtyWeeks(scene.sql, team)).toEqual(['2025-12-15']);

    await clearDirtyMarks(scene.sql, team);
    const before = await dumpFacts(scene.sql, team);
    await reclassifyMembers(scene.db, team.teamId);
    expect(await dumpFacts(scene.sql, team)).toEqual(before);
    expect(await readDirtyWeeks(scene.sql, team)).toEqual([]);
  });

  it('get it when a rebuild starts, and not with a dry run', async () => {
    const team = await newTeam('openhands-agent');
    const activities = createComputeActivities({ db: scene.db });
    const open = async (isDryRun: boolean, workflowId: string): Promise<unknown> =>
      activities.openRebuild({
        teamId: String(team.teamId),
        workflowId,
        workflowRunId: workflowId,
        reason: 'DEFINITION',
        isDryRun,
        from: null,
        to: null,
        timeZone: null,
        weekStart: null,
        requestedBy: null,
      });
    await open(true, 'dry');
    expect(await scene.readKind(team, ANA_WORK)).toMatchObject({ kind: 'HUMAN' });
    await open(false, 'real');
    expect(await scene.readKind(team, ANA_WORK)).toMatchObject({ kind: 'AI_AGENT' });
  });
});
