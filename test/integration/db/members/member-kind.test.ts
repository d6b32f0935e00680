import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { setMemberKind } from '../../../../src/db/members/member-kind.ts';
import { isDomainError } from '../../../../src/domain/core/errors.ts';
import { ANA_WORK, BO, openMemberScene, PULL, type MemberScene } from './member-scene.ts';
import { clearDirtyMarks, dumpFacts, readDirtyWeeks, store } from '../stored-rows.ts';

let scene: MemberScene;

beforeAll(async () => {
  scene = await openMemberScene();
});

afterAll(() => scene.close());

describe('the kind that an admin sets', () => {
  it('has phases computed anew, marks the weeks dirty that change, and is in the audit', async () => {
    const team = await scene.newTeam();
    expect(await scene.pickupHours(team)).toBe(1);
    await scene.setKind(team, ANA_WORK, 'BOT');
    expect(await scene.pickupHours(team)).toBe(4);
    expect(await readDirtyWeeks(scene.sql, team)).toEqual(['2025-12-15']);
    expect(await scene.readKind(team, ANA_WORK)).toEqual({
      kind: 'BOT',
      rule: 'set by an admin; before: GitHub says it is a user',
      by: Number(scene.adminId),
    });
    const audit = await scene.read<object>(
      team,
      'SELECT action, actor_id::int AS by, details FROM admin_audit WHERE team_id = $1',
    );
    expect(audit).toEqual([
      {
        action: 'MEMBER_KIND',
        by: Number(scene.adminId),
        details: {
          member: String(await scene.idOf(team, ANA_WORK)),
          login: 'ana-work',
          from: 'HUMAN',
          to: 'BOT',
        },
      },
    ]);
  });

  it('is left alone by syncs, which take a new login and compute phases by the kind that is stored', async () => {
    const team = await scene.newTeam();
    await scene.setKind(team, ANA_WORK, 'BOT');
    const renamed = { ...ANA_WORK, login: 'ana-at-work', kindRule: 'GitHub says it is a user' };
    await store(scene.db, team, [
      {
        ...PULL,
        title: 'Another title',
        mergedBy: renamed,
        reviews: PULL.reviews.map((review) =>
          review.author === ANA_WORK ? { ...review, author: renamed } : review,
        ),
      },
    ]);
    expect(await scene.pickupHours(team)).toBe(4);
    expect(await scene.readKind(team, ANA_WORK)).toMatchObject({
      kind: 'BOT',
      by: Number(scene.adminId),
    });
    expect(
      await scene.read(team, `SELECT 1 FROM member WHERE team_id = $1 AND login = 'ana-at-work'`),
    ).toHaveLength(1);
  });

  it('again changes nothing, and writes no second line', async () => {
    const team = await scene.newTeam();
    await scene.setKind(team, ANA_WORK, 'BOT');
    await clearDirtyMarks(scene.sql, team);
    const before = await dumpFacts(scene.sql, team);
    await scene.setKind(team, ANA_WORK, 'BOT');
    expect(await dumpFacts(scene.sql, team)).toEqual(before);
    expect(await readDirtyWeeks(scene.sql, team)).toEqual([]);
    expect(await scene.read(team, 'SELECT 1 FROM admin_audit WHERE team_id = $1')).toHaveLength(1);
  });

  it("can be the one that the rule gives, and is the admin's then", async () => {
    const team = await scene.newTeam();
    await scene.setKind(team, BO, 'HUMAN');
    expect(await scene.readKind(team, BO)).toMatchObject({
      kind: 'HUMAN',
      by: Number(scene.adminId),
    });
    expect(await readDirtyWeeks(scene.sql, team)).toEqual([]);
  });

  it('is given back to the rule, also after several changes', async () => {
    const team = await scene.newTeam();
    await scene.setKind(team, ANA_WORK, 'BOT');
    await scene.setKind(team, ANA_WORK, 'AI_AGENT');
    await scene.setKind(team, ANA_WORK, null);
    expect(await scene.readKind(team, ANA_WORK)).toEqual({
      kind: 'HUMAN',
      rule: 'GitHub says it is a user',
      by: null,
    });
    expect(await scene.pickupHours(team)).toBe(1);
    await scene.setKind(team, ANA_WORK, null);
    expect(await scene.read(team, 'SELECT 1 FROM admin_audit WHERE team_id = $1')).toHaveLength(3);
  });

  it('of a member of another team is not there', async () => {
    const [ours, theirs] = [await scene.newTeam(), await scene.newTeam()];
    const id = await scene.idOf(theirs, BO);
    const input = { teamId: ours.teamId, id, kind: 'BOT', actorId: scene.adminId } as const;
    const failure = await withTeam(scene.db, ours.teamId, (tx) => setMemberKind(tx, input)).catch(
      (error: unknown) => error,
    );
    expect(isDomainError(failure) && failure.code).toBe('NOT_FOUND');
    expect(await scene.readKind(theirs, BO)).toMatchObject({ kind: 'HUMAN', by: null });
  });
});
