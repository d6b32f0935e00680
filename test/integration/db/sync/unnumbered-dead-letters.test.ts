import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DbTransaction } from '../../../../src/db/core/client.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { storeUnnumbered } from '../../../../src/db/sync/unnumbered-dead-letters.ts';
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

function meet(tx: DbTransaction, reason: string): Promise<void> {
  const rejected = { naturalKey: 'unknown', reasonCode: 'CONTRADICTORY', reason };
  const { teamId, repositoryId } = team;
  const input = { teamId, repositoryId, entity: 'releases', rejected };
  return storeUnnumbered(tx, { ...input, seenAt: null, syncRunId: null });
}

async function readLetters(): Promise<unknown[]> {
  const { rows } = await scene.sql.query<Record<string, unknown>>(
    'SELECT reason, attempts, resolved_at AS resolved FROM dead_letter WHERE team_id = $1',
    [team.teamId],
  );
  return rows;
}

const WAITING = `SELECT count(*)::int AS waiting FROM pg_stat_activity
  WHERE datname = current_database() AND wait_event_type = 'Lock'`;

async function countWaiting(): Promise<number | undefined> {
  const { rows } = await scene.sql.query<{ waiting: number }>(WAITING);
  return rows[0]?.waiting;
}

describe('a dead letter without a number', () => {
  it.each([
    ['that nobody knew', false, ['first second', 2]],
    ['that is known', true, ['known first second', 3]],
  ])(
    '%s loses nothing where two transactions meet one at once',
    async (_what, isKnown, [reason, attempts]) => {
      if (isKnown) {
        await withTeam(scene.db, team.teamId, (tx) => meet(tx, 'known'));
      }
      const second = await withTeam(scene.db, team.teamId, async (tx) => {
        await meet(tx, 'first');
        const waits = withTeam(scene.db, team.teamId, (other) => meet(other, 'second'));
        await expect.poll(countWaiting, { timeout: 60_000 }).toBe(1);
        return { waits };
      });
      await second.waits;
      expect(await readLetters()).toEqual([{ reason, attempts, resolved: null }]);
    },
  );

  it('is opened anew where retention deletes the resolved one between two statements', async () => {
    await withTeam(scene.db, team.teamId, (tx) => meet(tx, 'old'));
    let deleted = 0;
    await withTeam(scene.db, team.teamId, (tx) => {
      const createMany = async (rows: Parameters<typeof tx.deadLetter.createMany>[0]) => {
        const result = await tx.deadLetter.createMany(rows);
        if (result.count === 0) {
          const { rowCount } = await scene.sql.query('DELETE FROM dead_letter WHERE team_id = $1', [
            team.teamId,
          ]);
          deleted += rowCount ?? 0;
        }
        return result;
      };
      const deadLetter = { createMany };
      return meet(
        { $queryRaw: tx.$queryRaw.bind(tx), deadLetter } as unknown as DbTransaction,
        'new',
      );
    });
    expect(deleted).toBe(1);
    expect(await readLetters()).toEqual([{ reason: 'new', attempts: 1, resolved: null }]);
  });
});
