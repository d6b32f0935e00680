import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  releaseOtherMembers,
  storeOrganizationMembers,
} from '../../../../src/db/members/organization-members.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import type { ActorFact } from '../../../../src/domain/members/actor.ts';
import { aPullRequest } from '../../../support/rows/facts.ts';
import { ANA, ANA_WORK, BO, openMemberScene, type MemberScene } from './member-scene.ts';
import { addTeam, type SceneTeam } from '../scene.ts';
import { store } from '../stored-rows.ts';

let scene: MemberScene;

beforeAll(async () => {
  scene = await openMemberScene();
});

afterAll(() => scene.close());

describe('members of an organisation', () => {
  const look = (team: SceneTeam, members: readonly ActorFact[], organization = 'Octo') =>
    withTeam(scene.db, team.teamId, async (tx) => {
      const stored = await storeOrganizationMembers(tx, team.teamId, { organization, members });
      const ids = members.map(({ githubId }) => githubId);
      return { ...stored, left: await releaseOtherMembers(tx, team.teamId, organization, ids) };
    });
  const rows = (team: SceneTeam) =>
    scene.read<object>(
      team,
      `SELECT login, organization, is_external AS external FROM member WHERE team_id = $1 ORDER BY 1`,
    );

  it('are inside, and who left keeps the row and loses the organisation', async () => {
    const team = await addTeam(scene.sql, 'fresh');
    const stranger = aPullRequest({ author: BO, authorIsInternal: false });
    await store(scene.db, team, [stranger]);
    expect(await look(team, [ANA, BO])).toEqual({ inserted: 1, updated: 1, unchanged: 0, left: 0 });
    expect(await rows(team)).toEqual([
      { login: 'ana', organization: 'Octo', external: false },
      { login: 'bo', organization: 'Octo', external: false },
    ]);
    expect(await look(team, [ANA, BO])).toEqual({ inserted: 0, updated: 0, unchanged: 2, left: 0 });
    expect(await look(team, [ANA], 'octo')).toMatchObject({ updated: 1, left: 1 });
    expect(await rows(team)).toEqual([
      { login: 'ana', organization: 'octo', external: false },
      { login: 'bo', organization: null, external: false },
    ]);
  });

  it('do not touch those of another one, nor what an admin has set', async () => {
    const team = await scene.newTeam();
    await look(team, [BO], 'Other');
    await scene.setKind(team, ANA, 'BOT');
    await look(team, [ANA]);
    await look(team, []);
    expect(await rows(team)).toMatchObject([
      { login: 'ana', organization: null },
      { login: 'ana-work', organization: null },
      { login: 'bo', organization: 'Other' },
    ]);
    expect(await scene.readKind(team, ANA)).toMatchObject({
      kind: 'BOT',
      by: Number(scene.adminId),
    });
  });

  it('are inside with all their accounts', async () => {
    const team = await scene.newTeam();
    await scene.sql.query('UPDATE member SET is_external = true WHERE team_id = $1', [team.teamId]);
    await scene.merge(team, ANA_WORK, ANA);
    expect(await rows(team)).toMatchObject([
      { login: 'ana', external: true },
      { login: 'ana-work', external: true },
      { login: 'bo', external: true },
    ]);
    await look(team, [ANA_WORK]);
    expect(await rows(team)).toMatchObject([
      { login: 'ana', external: false, organization: null },
      { login: 'ana-work', external: false, organization: 'Octo' },
      { login: 'bo', external: true },
    ]);
  });
});
