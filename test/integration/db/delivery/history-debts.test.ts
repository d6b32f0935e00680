import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import {
  MAX_REMEMBERED,
  readHistoryDebts,
  saveHistoryDebt,
  type HistoryDebt,
} from '../../../../src/db/delivery/history-debts.ts';
import { addTeam, openScene, type Scene, type SceneTeam } from '../scene.ts';

let scene: Scene;
let team: SceneTeam;

beforeAll(async () => {
  scene = await openScene();
  team = await addTeam(scene.sql, 'alpha');
  await scene.sql.query(
    `INSERT INTO repository_stage (team_id, repository_id, stage) VALUES ($1, $2, 'DEPLOYMENTS')`,
    [team.teamId, team.repositoryId],
  );
});
afterAll(() => scene.close());

const save = (debts: readonly HistoryDebt[]): Promise<readonly HistoryDebt[]> =>
  withTeam(scene.db, team.teamId, async (tx) => {
    for (const debt of debts) {
      await saveHistoryDebt(tx, team, await readHistoryDebts(tx, team), debt);
    }
    return readHistoryDebts(tx, team);
  });

describe('what histories of environments have cost', () => {
  it('is remembered for so many, of which the least recently changed one is forgotten', async () => {
    const production = { environment: 'production', debt: 0 };
    const previews = Array.from({ length: MAX_REMEMBERED + 2 }, (_, index) => ({
      environment: `preview "${index}"`,
      debt: 1,
    }));
    expect(await save([production, ...previews])).toEqual([production, ...previews.slice(2)]);

    const later = { environment: 'preview "2"', debt: 3 };
    expect(await save([later, production])).toEqual([production, ...previews.slice(3), later]);

    const lines = Array.from({ length: MAX_REMEMBERED }, (_, index) => ({
      environment: `line ${index}`,
      debt: 0,
    }));
    expect(await save(lines)).toEqual([...previews.slice(3), later, ...lines]);
  });
});
