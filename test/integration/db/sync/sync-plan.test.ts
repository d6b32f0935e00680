import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { DbTransaction } from '../../../../src/db/core/client.ts';
import { toSyncState } from '../../../../src/db/core/sync-run-state.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { createReadSource } from '../../../../src/db/reads/read-source.ts';
import { readSyncRunProgress } from '../../../../src/db/reads/sync-run-progress.ts';
import { hasSynced, planRepositories, replanned } from '../../../../src/db/sync/sync-plan.ts';
import { closeRun, openBackfillRun, openRepositoryRun } from '../../../../src/db/sync/sync-runs.ts';
import { measureSync } from '../../../../src/domain/sync/sync-progress.ts';
import { PATIENT } from '../../../support/patience.ts';
import { addTeam, openScene, type Scene, type SceneTeam } from '../scene.ts';

let scene: Scene;
let team: SceneTeam;
let job: { readonly teamId: bigint; readonly syncRunId: bigint };
let teams = 0;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene.close());

beforeEach(async () => {
  teams += 1;
  team = await addTeam(scene.sql, `plan-${teams}`);
  const { teamId } = team;
  const syncRunId = await asTeam((tx) =>
    openBackfillRun(tx, {
      teamId,
      workflowId: 'backfill:1',
      workflowRunId: 'run-1',
      since: new Date('2025-09-01T00:00:00Z'),
      repositories: [],
      requestedBy: null,
    }),
  );
  job = { teamId, syncRunId };
});

function asTeam<T>(work: (tx: DbTransaction) => Promise<T>): Promise<T> {
  return withTeam(scene.db, team.teamId, work);
}

function plan(...repositoryIds: bigint[]): Promise<void> {
  return asTeam((tx) => planRepositories(tx, job, repositoryIds));
}

function openSync(tx: DbTransaction, attempt: number): Promise<bigint> {
  const { teamId, repositoryId } = team;
  return openRepositoryRun(tx, {
    teamId,
    repositoryId,
    parentId: job.syncRunId,
    workflowId: `sync:${teamId}`,
    attempt,
    since: null,
  }).then(({ id }) => id);
}

function close(syncRunId: bigint, status: 'COMPLETED' | 'FAILED' = 'COMPLETED'): Promise<unknown> {
  const end = { status, errorCode: null, errorMessage: null };
  return asTeam((tx) => closeRun(tx, { teamId: team.teamId, syncRunId, ...end }));
}

/** What the API would show of the job. */
async function show() {
  const session = createReadSource(scene.db, PATIENT.reads).open({
    userId: 0n,
    teamIds: [team.teamId],
    onPrimary: true,
  });
  try {
    const [row] = await readSyncRunProgress(session, [{ teamId: team.teamId, id: job.syncRunId }]);
    if (row === undefined) {
      throw new Error('there is no row');
    }
    const { repositories, repositoriesEnded, repositoriesFailed } = row;
    return {
      repositories,
      repositoriesEnded,
      repositoriesFailed,
      ...measureSync(toSyncState(row)),
    };
  } finally {
    await session.close();
  }
}

it('counts each repository of a job once, also those whose sync has not begun', async () => {
  expect(await show()).toMatchObject({ repositories: 0, stage: 'REPOSITORIES', fractionDone: 0 });
  await plan(team.repositoryId, 900n, 901n);
  // An activity that is tried again plans the same.
  await plan(team.repositoryId, 900n, 901n);
  expect(await show()).toMatchObject({ repositories: 3, repositoriesEnded: 0 });
  await close(await asTeam((tx) => openSync(tx, 0)));
  const { fractionDone, ...shown } = await show();
  expect(shown).toEqual({
    repositories: 3,
    repositoriesEnded: 1,
    repositoriesFailed: 0,
    stage: 'PULL_REQUESTS',
  });
  expect(fractionDone).toBeCloseTo(0.02 + 0.93 / 3);
});

it('shows no less where more is asked for, and goes on from there', async () => {
  await plan(team.repositoryId);
  await close(await asTeam((tx) => openSync(tx, 0)));
  const before = await show();
  expect(before).toMatchObject({ stage: 'ROLLUPS', repositories: 1 });
  await plan(...Array.from({ length: 9 }, (_, index) => 900n + BigInt(index)));
  expect(await show()).toMatchObject({ repositories: 10, repositoriesEnded: 1 });
  expect((await show()).fractionDone).toBeCloseTo(before.fractionDone, 10);
});

it('shows no less where a repository of the job is synced again', async () => {
  await plan(team.repositoryId, 900n);
  expect(await asTeam((tx) => hasSynced(tx, job, team.repositoryId))).toBe(false);
  await close(await asTeam((tx) => openSync(tx, 0)));
  const before = await show();
  expect(await asTeam((tx) => hasSynced(tx, job, team.repositoryId))).toBe(true);
  const again = await asTeam((tx) => replanned(tx, job, () => openSync(tx, 1)));
  expect(await show()).toMatchObject({ repositories: 2, repositoriesEnded: 0 });
  expect((await show()).fractionDone).toBeCloseTo(before.fractionDone, 10);
  await close(again);
  expect((await show()).fractionDone).toBeGreaterThan(before.fractionDone);
});

it('knows a repository as failed until it is synced again', async () => {
  await plan(team.repositoryId, 900n);
  await close(await asTeam((tx) => openSync(tx, 0)), 'FAILED');
  expect(await show()).toMatchObject({ repositoriesEnded: 1, repositoriesFailed: 1 });
  const again = await asTeam((tx) => openSync(tx, 1));
  expect(await show()).toMatchObject({ repositoriesEnded: 0, repositoriesFailed: 0 });
  await close(again);
  expect(await show()).toMatchObject({ repositoriesEnded: 1, repositoriesFailed: 0 });
});

it('leaves a job alone that has ended', async () => {
  await close(job.syncRunId);
  await plan(team.repositoryId);
  expect(await show()).toMatchObject({ repositories: 0, fractionDone: 1 });
});
