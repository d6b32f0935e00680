import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  closeRun,
  openBackfillRun,
  openRepositoryRun,
  type CloseRunInput,
} from '../../../../src/db/sync/sync-runs.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { addTeam, openScene, type Scene, type SceneTeam } from '../scene.ts';

let scene: Scene;
let team: SceneTeam;
let syncs = 0;

beforeAll(async () => {
  scene = await openScene();
  team = await addTeam(scene.sql, 'synced');
});
afterAll(() => scene.close());

/** A sync that began then and ended so. */
async function sync(startedAt: string, status: CloseRunInput['status']): Promise<void> {
  syncs += 1;
  const { teamId, repositoryId } = team;
  const job = { teamId, workflowId: 'backfill:1', workflowRunId: `run-${syncs}` };
  await withTeam(scene.db, teamId, async (tx) => {
    const parentId = await openBackfillRun(tx, {
      ...job,
      since: null,
      repositories: [],
      requestedBy: null,
    });
    const { id } = await openRepositoryRun(tx, {
      teamId,
      repositoryId,
      parentId,
      workflowId: `sync:${syncs}`,
      attempt: 0,
      since: null,
    });
    await tx.$executeRaw`UPDATE sync_run SET started_at = ${new Date(startedAt)} WHERE id = ${id}`;
    const end = { teamId, errorCode: null, errorMessage: null };
    expect(await closeRun(tx, { ...end, syncRunId: id, status })).toBe(status);
    await closeRun(tx, { ...end, syncRunId: parentId, status: 'COMPLETED' });
  });
}

async function syncedAt(): Promise<Date | null | undefined> {
  const { rows } = await scene.sql.query<{ at: Date | null }>(
    'SELECT synced_at AS at FROM repository WHERE id = $1',
    [team.repositoryId],
  );
  return rows[0]?.at;
}

it('a repository keeps the beginning of the newest sync that came to its end', async () => {
  await sync('2026-03-01T08:00:00Z', 'FAILED');
  await sync('2026-03-01T09:00:00Z', 'CANCELLED');
  expect(await syncedAt()).toBe(null);
  await sync('2026-03-01T10:00:00Z', 'PARTIAL');
  expect(await syncedAt()).toEqual(new Date('2026-03-01T10:00:00Z'));
  await sync('2026-03-01T11:00:00Z', 'COMPLETED');
  await sync('2026-03-01T12:00:00Z', 'FAILED');
  await sync('2026-03-01T10:30:00Z', 'COMPLETED');
  expect(await syncedAt()).toEqual(new Date('2026-03-01T11:00:00Z'));
});
