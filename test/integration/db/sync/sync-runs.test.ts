import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DbTransaction } from '../../../../src/db/core/client.ts';
import {
  closeRun,
  recordWait,
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

function openSync(parentId: bigint, attempt = 0, since: Date | null = SINCE): Promise<bigint> {
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

/** As the last complete sync left it. */
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
    expect(before).toMatchObject({ kind: 'BACKFILL', status: 'RUNNING', since: SINCE });
    expect(before).toMatchObject({ requested_names: ['octo/hello'], parent_id: null });
    expect(await openJob('run-1', new Date('2020-01-01T00:00:00Z'))).toBe(job);
    expect(await readRun(job)).toEqual(before);
    const sync = await openSync(job);
    const syncBefore = await readRun(sync);
    expect(syncBefore).toMatchObject({ parent_id: String(job), cursor: null, pages: 0 });
    expect(await openSync(job, 0, new Date('2020-01-01T00:00:00Z'))).toBe(sync);
    expect(await readRun(sync)).toEqual(syncBefore);
  });

  it('of another workflow run, or another sync in one job, gives another row', async () => {
    const job = await openJob();
    expect(await openJob('run-2')).not.toBe(job);
    expect(await openSync(job, 1)).not.toBe(await openSync(job, 0));
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
    await expect(openSync(job)).rejects.toThrow('the team or repository was removed meanwhile');
  });
});

describe('how far a sync goes back', () => {
  const watermark = new Date('2026-01-10T12:00:00Z');

  it('is as far as asked before the first complete sync', async () => {
    const run = await readRun(await openSync(await openJob()));
    expect(run).toMatchObject({ kind: 'BACKFILL', since: SINCE });
  });

  it('is the start of the last complete sync, less an overlap, when all before is there', async () => {
    await completeFrom(SINCE, watermark);
    const run = await readRun(await openSync(await openJob()));
    expect(run).toMatchObject({ kind: 'INCREMENTAL' });
    const overlap = watermark.getTime() - (run['since'] as Date).getTime();
    expect(overlap).toBeGreaterThanOrEqual(60_000);
    expect(overlap).toBeLessThanOrEqual(HOUR_MS);
  });

  it('is as far as asked when that is further than what is there', async () => {
    await completeFrom(new Date(SINCE.getTime() + 1), watermark);
    const run = await readRun(await openSync(await openJob()));
    expect(run).toMatchObject({ kind: 'BACKFILL', since: SINCE });
  });

  it('is not shortened by a sync that never came to its end', async () => {
    await completeFrom(SINCE, null);
    expect(await readRun(await openSync(await openJob()))).toMatchObject({ kind: 'BACKFILL' });
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
    await asTeam((tx) => recordWait(tx, key, wait));
    expect(await readRun(job)).toMatchObject({
      waiting_until: wait.until,
      waiting_reason: 'limit',
    });
    await close(job, 'CANCELLED');
    expect(await readRun(job)).toMatchObject({ waiting_until: null, waiting_reason: null });
    await asTeam((tx) => recordWait(tx, key, wait));
    expect(await readRun(job)).toMatchObject({ status: 'CANCELLED', waiting_until: null });
  });

  it('does not move `since` forward, nor after the end', async () => {
    const job = await openJob();
    const key = { teamId: team.teamId, syncRunId: job };
    const earlier = new Date('2025-01-01T00:00:00Z');
    await asTeam((tx) => widenRun(tx, key, new Date('2025-12-01T00:00:00Z')));
    expect(await readRun(job)).toMatchObject({ since: SINCE });
    await asTeam((tx) => widenRun(tx, key, earlier));
    expect(await readRun(job)).toMatchObject({ since: earlier });
    await close(job, 'COMPLETED');
    await asTeam((tx) => widenRun(tx, key, new Date('2020-01-01T00:00:00Z')));
    expect(await readRun(job)).toMatchObject({ since: earlier });
  });
});

describe('what a sync reads before a page', () => {
  const read = (syncRunId: bigint) =>
    asTeam((tx) => readRepositoryRun(tx, { teamId: team.teamId, syncRunId }));

  it('is where it stands and how GitHub is reached', async () => {
    expect(await read(await openSync(await openJob()))).toEqual({
      kind: 'BACKFILL',
      status: 'RUNNING',
      stage: 'PULL_REQUESTS',
      cursor: null,
      since: SINCE,
      pages: 0,
      owner: 'octo',
      name: 'hello',
      pageSize: 25,
      pageStreak: 0,
      githubId: 4711n,
      connectionId: team.connectionId,
    });
  });

  it('is nothing for a sync run that is not there', async () => {
    expect(await read(1_000_000n)).toBeNull();
  });
});

describe('a job of what is new', () => {
  const DAY_MS = 24 * HOUR_MS;

  it('syncs what was never synced 90 days back, and its row says so', async () => {
    const job = await openJob('run-1', null);
    const sync = await readRun(await openSync(job, 0, null));
    expect(sync).toMatchObject({ kind: 'BACKFILL' });
    const row = await readRun(job);
    expect(row).toMatchObject({ kind: 'INCREMENTAL' });
    for (const { since, started_at: startedAt } of [row, sync]) {
      expect((startedAt as Date).getTime() - (since as Date).getTime()).toBe(90 * DAY_MS);
    }
  });

  it('syncs the rest from the last complete sync on, however far back that went', async () => {
    const watermark = new Date('2026-01-10T00:00:00Z');
    await completeFrom(new Date('2019-01-01T00:00:00Z'), watermark);
    const since = new Date('2026-01-09T23:55:00Z');
    const job = await openJob('run-1', null);
    expect(await readRun(job)).toMatchObject({ kind: 'INCREMENTAL', since });
    expect(await readRun(await openSync(job, 0, null))).toMatchObject({
      kind: 'INCREMENTAL',
      since,
    });
  });

  it('becomes a backfill when it is widened, and stays one of what is new when it is not', async () => {
    const job = await openJob('run-1', null);
    const key = { teamId: team.teamId, syncRunId: job };
    await asTeam((tx) => widenRun(tx, key, null));
    expect(await readRun(job)).toMatchObject({ kind: 'INCREMENTAL' });
    await asTeam((tx) => widenRun(tx, key, SINCE));
    expect(await readRun(job)).toMatchObject({ kind: 'BACKFILL', since: SINCE });
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
