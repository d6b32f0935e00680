import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DbTransaction } from '../../../../src/db/core/client.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import {
  beginBackfillRun,
  refuseBackfillRun,
  requestBackfillRun,
} from '../../../../src/db/sync/backfill-starts.ts';
import { endLostRun } from '../../../../src/db/sync/sync-control.ts';
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

async function request(): Promise<bigint> {
  await scene.sql.query(
    `INSERT INTO app_user (id, email, name) VALUES (1, 'a@example.com', 'A') ON CONFLICT DO NOTHING`,
  );
  const { result } = await asTeam((tx) =>
    requestBackfillRun(tx, {
      teamId: team.teamId,
      workflowId: 'backfill:1',
      since: new Date('2025-09-01T00:00:00Z'),
      repositories: [],
      requestedBy: 1n,
    }),
  );
  return result;
}

const begin = (syncRunId: bigint, workflowRunId: string): Promise<bigint | null> =>
  asTeam((tx) => beginBackfillRun(tx, { teamId: team.teamId, syncRunId, workflowRunId }));

async function readRow(id: bigint): Promise<unknown> {
  const { rows } = await scene.sql.query(
    'SELECT status, workflow_run_id AS run, error_code AS code FROM sync_run WHERE id = $1',
    [id],
  );
  return rows[0];
}

describe('a requested backfill', () => {
  it('gets the run of its workflow once, also when it is told twice', async () => {
    const id = await request();
    expect(await begin(id, 'run-1')).toBe(id);
    expect(await begin(id, 'run-1')).toBe(id);
    expect(await begin(id, 'run-2')).toBeNull();
    expect(await readRow(id)).toEqual({ status: 'RUNNING', run: 'run-1', code: null });
  });

  it('runs again when its start was taken although it seemed to be refused', async () => {
    const id = await request();
    const reason = { code: 'TEMPORAL_UNAVAILABLE', message: 'Temporal does not answer.' };
    await asTeam((tx) => refuseBackfillRun(tx, { teamId: team.teamId, syncRunId: id, ...reason }));
    expect(await readRow(id)).toMatchObject({ status: 'FAILED', code: reason.code });
    expect(await begin(id, 'run-1')).toBe(id);
    expect(await readRow(id)).toEqual({ status: 'RUNNING', run: 'run-1', code: null });
  });

  it('stays cancelled when its workflow begins after that', async () => {
    const id = await request();
    await asTeam((tx) => endLostRun(tx, { teamId: team.teamId, syncRunId: id }));
    await expect(begin(id, 'run-1')).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('cancelled before its workflow began') as string,
    });
    expect(await readRow(id)).toMatchObject({ status: 'CANCELLED', code: 'CANCELLED' });
  });

  it('is nobody’s when its row is gone', async () => {
    expect(await begin(987_654n, 'run-1')).toBeNull();
  });
});
