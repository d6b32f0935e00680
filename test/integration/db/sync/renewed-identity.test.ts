import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DbTransaction } from '../../../../src/db/core/client.ts';
import {
  readInstallationIdentity,
  renewInstallationIdentity,
} from '../../../../src/db/core/installation.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { closeRun, openBackfillRun, openRepositoryRun } from '../../../../src/db/sync/sync-runs.ts';
import { addTeam, openScene, type Scene, type SceneTeam } from '../scene.ts';

const SINCE = new Date('2020-01-01T00:00:00Z');
const CLOSED = {
  status: 'FAILED',
  error_code: 'ABANDONED',
  error_message: expect.stringMatching(/new identity.*start it again/) as string,
  finished_at: expect.any(Date) as Date,
  waiting_until: null,
  paused_at: null,
};

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene?.close());

interface Backfill {
  readonly team: SceneTeam;
  readonly job: bigint;
  readonly sync: bigint;
}

function asTeam<T>({ teamId }: SceneTeam, work: (tx: DbTransaction) => Promise<T>): Promise<T> {
  return withTeam(scene.db, teamId, work);
}

/** A job under names of the former identity, whose repository sync has got as far as a cursor. */
async function begin(team: SceneTeam, run: string, cursor: string | null): Promise<Backfill> {
  const job = await asTeam(team, (tx) =>
    openBackfillRun(tx, {
      ...team,
      workflowId: `0123456789:backfill:${team.teamId}`,
      workflowRunId: run,
      since: SINCE,
      repositories: [],
      requestedBy: null,
    }),
  );
  const workflowId = `0123456789:sync:${team.teamId}:${team.repositoryId}`;
  const { id: sync } = await asTeam(team, (tx) =>
    openRepositoryRun(tx, { ...team, parentId: job, workflowId, attempt: 0, since: SINCE }),
  );
  await scene.sql.query('UPDATE sync_run SET cursor = $2, pages = 1 WHERE id = $1', [sync, cursor]);
  return { team, job, sync };
}

async function readRows(text: string, ...values: unknown[]): Promise<Record<string, unknown>[]> {
  return (await scene.sql.query<Record<string, unknown>>(text, values)).rows;
}

it('a new identity closes what ran under the former one, in every team, and keeps the cursors', async () => {
  const began = [
    await begin(await addTeam(scene.sql, 'one'), 'run-1', 'after-1'),
    await begin(await addTeam(scene.sql, 'two'), 'run-1', 'after-2'),
  ];
  const ended = await begin(await addTeam(scene.sql, 'three'), 'run-1', 'after-3');
  for (const syncRunId of [ended.sync, ended.job]) {
    await asTeam(ended.team, (tx) =>
      closeRun(tx, {
        teamId: ended.team.teamId,
        syncRunId,
        status: 'COMPLETED',
        errorCode: null,
        errorMessage: null,
      }),
    );
  }
  const completed = await readRows('SELECT * FROM sync_run WHERE team_id = $1', ended.team.teamId);
  const former = await readInstallationIdentity(scene.db);

  const identity = await renewInstallationIdentity(scene.maintenanceDb());

  expect(identity).toMatch(/^[0-9a-f]{10}$/);
  expect(identity).not.toBe(former);
  expect(await readInstallationIdentity(scene.db)).toBe(identity);
  for (const { job, sync } of began) {
    const rows = await readRows('SELECT * FROM sync_run WHERE id IN ($1, $2)', job, sync);
    expect(rows).toEqual([expect.objectContaining(CLOSED), expect.objectContaining(CLOSED)]);
  }
  expect(await readRows('SELECT * FROM sync_run WHERE team_id = $1', ended.team.teamId)).toEqual(
    completed,
  );
  const kept = await readRows(
    `SELECT cursor FROM repository_stage WHERE stage = 'PULL_REQUESTS' AND cursor IS NOT NULL ORDER BY cursor`,
  );
  expect(kept).toEqual([{ cursor: 'after-1' }, { cursor: 'after-2' }]);
  const { team } = began[0] ?? ended;
  const next = await begin(team, 'run-2', null);
  expect(await readRows('SELECT status FROM sync_run WHERE id = $1', next.sync)).toEqual([
    { status: 'RUNNING' },
  ]);
});

it('the application role cannot give a new identity', async () => {
  await expect(renewInstallationIdentity(scene.db)).rejects.toThrow(/permission denied/);
});
