import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DbTransaction } from '../../../../src/db/core/client.ts';
import {
  closeRun,
  markWaiting,
  openBackfillRun,
  openRepositoryRun,
  readRepositoryRun,
  recordPause,
  widenRun,
  type CloseRunInput,
} from '../../../../src/db/sync/sync-runs.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { addTeam, openScene, type Scene, type SceneTeam } from '../scene.ts';

const SINCE = new Date('2025-09-01T00:00:00Z');
const HOUR_MS = 3_600_000;

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

function openJob(workflowRunId = 'run-1', since: Date | null = SINCE): Promise<bigint> {
  return asTeam((tx) =>
    openBackfillRun(tx, {
      teamId: team.teamId,
      workflowId: 'backfill:1',
      workflowRunId,
      since,
      repositories: ['octo/hello'],
      requestedBy: null,
    }),
  );
}

function openWalk(parentId: bigint, attempt = 0, since: Date | null = SINCE): Promise<bigint> {
  return asTeam(async (tx) => {
    const { id } = await openRepositoryRun(tx, {
      teamId: team.teamId,
      repositoryId: team.repositoryId,
      parentId,
      workflowId: 'sync:1:1',
      attempt,
      since,
    });
    return id;
  });
}

async function readRun(id: bigint): Promise<Record<string, unknown>> {
  const { rows } = await scene.sql.query<Record<string, unknown>>(
    'SELECT * FROM sync_run WHERE team_id = $1 AND id = $2',
    [team.teamId, id],
  );
  return rows[0] ?? {};
}

function close(
  syncRunId: bigint,
  status: CloseRunInput['status'],
): Promise<CloseRunInput['status'] | null> {
  const end = { status, errorCode: null, errorMessage: null };
  return asTeam((tx) => closeRun(tx, { teamId: team.teamId, syncRunId, ...end }));
}

/** As the last complete walk left it. */
async function completeFrom(from: Date, watermark: Date | null): Promise<void> {
  await scene.sql.query(
    'UPDATE repository SET complete_from = $2, watermark = $3 WHERE team_id = $1',
    [team.teamId, from, watermark],
  );
}

describe('opening a run', () => {
  it('twice gives the same row, as it was', async () => {
    const job = await openJob();
    const before = await readRun(job);
    expect(before).toMatchObject({ kind: 'BACKFILL', status: 'RUNNING', horizon: SINCE });
    expect(before).toMatchObject({ requested_names: ['octo/hello'], parent_id: null });
    expect(await openJob('run-1', new Date('2020-01-01T00:00:00Z'))).toBe(job);
    expect(await readRun(job)).toEqual(before);
    const walk = await openWalk(job);
    const walkBefore = await readRun(walk);
    expect(walkBefore).toMatchObject({ parent_id: String(job), cursor: null, pages: 0 });
    expect(await openWalk(job, 0, new Date('2020-01-01T00:00:00Z'))).toBe(walk);
    expect(await readRun(walk)).toEqual(walkBefore);
  });

  it('of another workflow run, or another walk in one job, gives another row', async () => {
    const job = await openJob();
    expect(await openJob('run-2')).not.toBe(job);
    expect(await openWalk(job, 1)).not.toBe(await openWalk(job, 0));
  });

  it('of 20 at once gives one row', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => openJob()));
    expect(new Set(ids).size).toBe(1);
  });

  it('remembers who asked, whoever comes first', async () => {
    const user = await scene.sql.query<{ id: string }>(
      `INSERT INTO app_user (email, name) VALUES ($1, 'x') RETURNING id`,
      [`${teams}@example.test`],
    );
    const requestedBy = BigInt(user.rows[0]?.id ?? 0);
    const job = await openJob();
    const input = { teamId: team.teamId, workflowId: 'backfill:1', workflowRunId: 'run-1' };
    for (const who of [requestedBy, null]) {
      const given = { ...input, since: SINCE, repositories: [], requestedBy: who };
      expect(await asTeam((tx) => openBackfillRun(tx, given))).toBe(job);
      expect(await readRun(job)).toMatchObject({ requested_by_id: String(requestedBy) });
    }
  });

  it('of a repository that is not there fails with a reason', async () => {
    const job = await openJob();
    await scene.sql.query('DELETE FROM repository WHERE team_id = $1', [team.teamId]);
    await expect(openWalk(job)).rejects.toThrow('the team or repository was removed meanwhile');
  });
});

describe('how far a walk goes back', () => {
  const watermark = new Date('2026-01-10T12:00:00Z');

  it('is as far as asked before the first complete walk', async () => {
    const run = await readRun(await openWalk(await openJob()));
    expect(run).toMatchObject({ kind: 'BACKFILL', horizon: SINCE });
  });

  it('is the start of the last complete walk, less an overlap, when all before is there', async () => {
    await completeFrom(SINCE, watermark);
    const run = await readRun(await openWalk(await openJob()));
    expect(run).toMatchObject({ kind: 'INCREMENTAL' });
    const overlap = watermark.getTime() - (run['horizon'] as Date).getTime();
    expect(overlap).toBeGreaterThanOrEqual(60_000);
    expect(overlap).toBeLessThanOrEqual(HOUR_MS);
  });

  it('is as far as asked when that is further than what is there', async () => {
    await completeFrom(new Date(SINCE.getTime() + 1), watermark);
    const run = await readRun(await openWalk(await openJob()));
    expect(run).toMatchObject({ kind: 'BACKFILL', horizon: SINCE });
  });

  it('is not shortened by a walk that never came to its end', async () => {
    await completeFrom(SINCE, null);
    expect(await readRun(await openWalk(await openJob()))).toMatchObject({ kind: 'BACKFILL' });
  });
});

describe('ending a run', () => {
  it('keeps the first end', async () => {
    const job = await openJob();
    await asTeam((tx) =>
      closeRun(tx, {
        teamId: team.teamId,
        syncRunId: job,
        status: 'FAILED',
        errorCode: 'UNAUTHORIZED',
        errorMessage: 'Give a new token.',
      }),
    );
    const ended = await readRun(job);
    expect(ended).toMatchObject({ status: 'FAILED', error_code: 'UNAUTHORIZED' });
    expect(ended['finished_at']).toBeInstanceOf(Date);
    expect(await close(job, 'COMPLETED')).toBe('FAILED');
    expect(await readRun(job)).toEqual(ended);
    expect(await close(1_000_000n, 'COMPLETED')).toBeNull();
  });

  it('ends its waiting', async () => {
    const job = await openJob();
    const key = { teamId: team.teamId, syncRunId: job };
    const wait = { until: new Date('2026-02-01T00:00:00Z'), reason: 'limit' };
    await asTeam((tx) => markWaiting(tx, key, wait));
    expect(await readRun(job)).toMatchObject({
      waiting_until: wait.until,
      waiting_reason: 'limit',
    });
    await close(job, 'CANCELLED');
    expect(await readRun(job)).toMatchObject({ waiting_until: null, waiting_reason: null });
    await asTeam((tx) => markWaiting(tx, key, wait));
    expect(await readRun(job)).toMatchObject({ status: 'CANCELLED', waiting_until: null });
  });

  it('does not move a horizon forward, nor after the end', async () => {
    const job = await openJob();
    const key = { teamId: team.teamId, syncRunId: job };
    const earlier = new Date('2025-01-01T00:00:00Z');
    await asTeam((tx) => widenRun(tx, key, new Date('2025-12-01T00:00:00Z')));
    expect(await readRun(job)).toMatchObject({ horizon: SINCE });
    await asTeam((tx) => widenRun(tx, key, earlier));
    expect(await readRun(job)).toMatchObject({ horizon: earlier });
    await close(job, 'COMPLETED');
    await asTeam((tx) => widenRun(tx, key, new Date('2020-01-01T00:00:00Z')));
    expect(await readRun(job)).toMatchObject({ horizon: earlier });
  });
});

describe('what a walk reads before a page', () => {
  const read = (syncRunId: bigint) =>
    asTeam((tx) => readRepositoryRun(tx, { teamId: team.teamId, syncRunId }));

  it('is where it stands and how GitHub is reached', async () => {
    expect(await read(await openWalk(await openJob()))).toEqual({
      kind: 'BACKFILL',
      status: 'RUNNING',
      stage: 'PULL_REQUESTS',
      cursor: null,
      horizon: SINCE,
      pages: 0,
      owner: 'octo',
      name: 'hello',
      pageSize: 25,
      githubId: 4711n,
      connectionId: team.connectionId,
    });
  });

  it('is nothing for a walk that is not there', async () => {
    expect(await read(1_000_000n)).toBeNull();
  });
});

describe('a job of what is new', () => {
  const DAY_MS = 24 * HOUR_MS;

  it('walks what was never walked 90 days back, and its row says so', async () => {
    const job = await openJob('run-1', null);
    const walk = await readRun(await openWalk(job, 0, null));
    expect(walk).toMatchObject({ kind: 'BACKFILL' });
    const row = await readRun(job);
    expect(row).toMatchObject({ kind: 'INCREMENTAL' });
    for (const { horizon, started_at: startedAt } of [row, walk]) {
      expect((startedAt as Date).getTime() - (horizon as Date).getTime()).toBe(90 * DAY_MS);
    }
  });

  it('walks the rest from the last complete walk on, however far back that went', async () => {
    const watermark = new Date('2026-01-10T00:00:00Z');
    await completeFrom(new Date('2019-01-01T00:00:00Z'), watermark);
    const horizon = new Date('2026-01-09T23:55:00Z');
    const job = await openJob('run-1', null);
    expect(await readRun(job)).toMatchObject({ kind: 'INCREMENTAL', horizon });
    expect(await readRun(await openWalk(job, 0, null))).toMatchObject({
      kind: 'INCREMENTAL',
      horizon,
    });
  });

  it('becomes a backfill when it is widened, and stays one of what is new when it is not', async () => {
    const job = await openJob('run-1', null);
    const key = { teamId: team.teamId, syncRunId: job };
    await asTeam((tx) => widenRun(tx, key, null));
    expect(await readRun(job)).toMatchObject({ kind: 'INCREMENTAL' });
    await asTeam((tx) => widenRun(tx, key, SINCE));
    expect(await readRun(job)).toMatchObject({ kind: 'BACKFILL', horizon: SINCE });
  });
});

describe('a pause', () => {
  it('keeps since when, twice as once, until it is resumed or the run ends', async () => {
    const job = await openJob();
    const pause = (isPaused: boolean): Promise<void> =>
      asTeam((tx) => recordPause(tx, { teamId: team.teamId, syncRunId: job }, isPaused));
    await pause(true);
    const paused = await readRun(job);
    expect(paused['paused_at']).toBeInstanceOf(Date);
    await pause(true);
    expect(await readRun(job)).toEqual(paused);
    await pause(false);
    expect(await readRun(job)).toMatchObject({ paused_at: null });
    await pause(true);
    await close(job, 'CANCELLED');
    await pause(true);
    expect(await readRun(job)).toMatchObject({ status: 'CANCELLED', paused_at: null });
  });
});
