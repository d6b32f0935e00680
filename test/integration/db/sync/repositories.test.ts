import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DbTransaction } from '../../../../src/db/core/client.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import {
  listRepositories,
  setRepositoryState,
  upsertRepository,
} from '../../../../src/db/sync/repositories.ts';
import { aRepository } from '../../../support/rows/facts.ts';
import { addTeam, openScene, type Scene, type SceneTeam } from '../scene.ts';

let scene: Scene;
let team: SceneTeam;
let teams = 0;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene.close());

beforeEach(async () => {
  teams += 1;
  team = await addTeam(scene.sql, `team-${teams}`);
});

function asTeam<T>(work: (tx: DbTransaction) => Promise<T>): Promise<T> {
  return withTeam(scene.db, team.teamId, work);
}

describe('a repository', () => {
  const key = () => ({ teamId: team.teamId, connectionId: team.connectionId });

  it("keeps its row by GitHub's number over renames and transfers", async () => {
    const moved = aRepository({ owner: 'acme', name: 'renamed' });
    expect(await asTeam((tx) => upsertRepository(tx, key(), moved))).toBe(team.repositoryId);
    const repositories = await asTeam((tx) => listRepositories(tx, team.teamId));
    expect(repositories).toEqual([
      {
        id: team.repositoryId,
        connectionId: team.connectionId,
        owner: 'acme',
        name: 'renamed',
        syncState: 'PENDING',
      },
    ]);
  });

  it('of another number is another one, also under the same name', async () => {
    const successor = aRepository({ githubId: 9n });
    const id = await asTeam((tx) => upsertRepository(tx, key(), successor));
    expect(id).not.toBe(team.repositoryId);
    const repositories = await asTeam((tx) => listRepositories(tx, team.teamId));
    expect(repositories.map((row) => row.id)).toEqual([team.repositoryId, id]);
  });

  it('shows why it is no longer synced', async () => {
    await asTeam((tx) => setRepositoryState(tx, team, 'GONE', 'It was deleted.'));
    const { rows } = await scene.sql.query(
      'SELECT sync_state, sync_reason FROM repository WHERE team_id = $1',
      [team.teamId],
    );
    expect(rows).toEqual([{ sync_state: 'GONE', sync_reason: 'It was deleted.' }]);
  });
});
