import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { DbTransaction } from '../../../../src/db/core/client.ts';
import { commitPage, type CommitPageResult } from '../../../../src/db/sync/sync-pages.ts';
import {
  closeAbandonedRuns,
  closeRun,
  recordWait,
  openBackfillRun,
  openRepositoryRun,
  recordPause,
} from '../../../../src/db/sync/sync-runs.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { aRepository } from '../../../support/rows/facts.ts';
import { addTeam, openScene, type Scene, type SceneTeam } from '../scene.ts';

const SINCE = new Date('2020-01-01T00:00:00Z');
const NOW = new Date('2026-01-31T00:00:00Z');
const WORKFLOW = 'backfill:1';
const ABANDONED = {
  status: 'FAILED',
  error_code: 'ABANDONED',
  error_message: 'Its workflow was ended from outside: start the sync again.',
  finished_at: expect.any(Date),
};

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

function openJob(workflowRunId: string, workflowId = WORKFLOW): Promise<bigint> {
  const request = { since: SINCE, repositories: [], requestedBy: null };
  return asTeam((tx) => openBackfillRun(tx, { ...team, workflowId, workflowRunId, ...request }));
}

function openSync(parentId: bigint) {
  const request = { workflowId: 'sync:1:1', attempt: 0, since: SINCE };
  return asTeam((tx) => openRepositoryRun(tx, { ...team, parentId, ...request }));
}

function closeAbandoned(syncRunId: bigint, workflowId = WORKFLOW): Promise<void> {
  const { teamId } = team;
  return asTeam((tx) => closeAbandonedRuns(tx, { teamId, syncRunId, workflowId }));
}

function commit(syncRunId: bigint, before: string | null, after: string) {
  return asTeam((tx): Promise<CommitPageResult> =>
    commitPage(tx, {
      ...team,
      syncRunId,
      cursorBefore: before,
      cursorAfter: after,
      repository: aRepository(),
      heads: null,
      asked: null,
      pullRequests: [],
      rejected: [],
      newestUpdatedAt: NOW,
      totalCount: 0,
      points: 1,
      isLast: false,
      syncedAt: NOW,
    }),
  );
}

async function readRuns(ids: readonly bigint[]): Promise<Record<string, unknown>[]> {
  const { rows } = await scene.sql.query<Record<string, unknown>>(
    'SELECT * FROM sync_run WHERE team_id = $1 AND id = ANY ($2) ORDER BY id',
    [team.teamId, ids],
  );
  expect(rows).toHaveLength(ids.length);
  return rows;
}

async function readRun(id: bigint): Promise<Record<string, unknown> | undefined> {
  return (await readRuns([id]))[0];
}

it('a job that is dead ends with its repository sync when the next one begins, and its cursor is kept', async () => {
  const job = await openJob('run-1');
  const { id: sync } = await openSync(job);
  await commit(sync, null, 'after-1');
  const { teamId } = team;
  const wait = { until: NOW, reason: 'limit' };
  await asTeam((tx) => recordPause(tx, { teamId, syncRunId: job }, true));
  await asTeam((tx) => recordWait(tx, { teamId, syncRunId: sync }, wait));
  const next = await openJob('run-2');
  expect(await readRun(job)).toMatchObject({ status: 'RUNNING' });
  await closeAbandoned(next);
  expect(await readRun(job)).toMatchObject({ ...ABANDONED, paused_at: null });
  const ended = await readRun(sync);
  expect(ended).toMatchObject({ ...ABANDONED, waiting_until: null, waiting_reason: null });
  const resumed = await openSync(next);
  expect(resumed.isResumed).toBe(true);
  expect(await readRun(resumed.id)).toMatchObject({ status: 'RUNNING', cursor: 'after-1' });
});

it('what workers of a release without identities began after an upgrade ends with the next job', async () => {
  const job = await openJob('run-1');
  const { id: sync } = await openSync(job);
  const others = [
    await openJob('run-1', `abcdef0123:${WORKFLOW}`),
    await openJob('run-1', 'backfill:2'),
  ];
  const workflowId = `0123456789:${WORKFLOW}`;
  await closeAbandoned(await openJob('run-2', workflowId), workflowId);
  expect(await readRuns([job, sync])).toMatchObject([ABANDONED, ABANDONED]);
  const running = await readRuns(others);
  expect(running.map(({ status }) => status)).toEqual(['RUNNING', 'RUNNING']);
});

it('a page that still runs when its row is ended is not stored', async () => {
  const { id: sync } = await openSync(await openJob('run-1'));
  await commit(sync, null, 'after-1');
  await closeAbandoned(await openJob('run-2'));
  expect(await commit(sync, 'after-1', 'after-2')).toEqual({ committed: false });
  expect(await readRun(sync)).toMatchObject({ ...ABANDONED, pages: 1, cursor: 'after-1' });
});

it('a job ends neither itself, nor a newer one, nor that of another workflow, nor one that has ended', async () => {
  const ended = await openJob('run-0');
  const end = { status: 'FAILED', errorCode: 'UNAUTHORIZED', errorMessage: 'Refused.' } as const;
  await asTeam((tx) => closeRun(tx, { teamId: team.teamId, syncRunId: ended, ...end }));
  const others = [await openJob('run-1', 'backfill:2')];
  const job = await openJob('run-2');
  others.push(ended, job, (await openSync(job)).id, await openJob('run-3'));
  const before = await readRuns(others);
  await closeAbandoned(job);
  expect(await readRuns(others)).toEqual(before);
});

it('ends no row of another team', async () => {
  const job = await openJob('run-1');
  const first = team;
  team = await addTeam(scene.sql, `other-team-${teams}`);
  await closeAbandoned(await openJob('run-2'));
  team = first;
  expect(await readRun(job)).toMatchObject({ status: 'RUNNING' });
});
