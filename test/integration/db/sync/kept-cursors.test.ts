import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DbTransaction } from '../../../../src/db/core/client.ts';
import { commitPage } from '../../../../src/db/sync/sync-pages.ts';
import { closeRun, openBackfillRun, openRepositoryRun } from '../../../../src/db/sync/sync-runs.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { aRepository } from '../../../support/rows/facts.ts';
import { addTeam, openScene, type Scene, type SceneTeam } from '../scene.ts';

const YEARS = new Date('2020-01-01T00:00:00Z');
const MONTHS = new Date('2025-11-01T00:00:00Z');
const NOW = new Date('2026-01-31T00:00:00Z');

let scene: Scene;
let team: SceneTeam;
let jobs = 0;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene.close());

beforeEach(async () => {
  team = await addTeam(scene.sql, `team-${jobs}`);
});

function asTeam<T>(work: (tx: DbTransaction) => Promise<T>): Promise<T> {
  return withTeam(scene.db, team.teamId, work);
}

/** A sync of its own job: its row, and whether it begins where another broke off. */
function open(since: Date): Promise<{ readonly id: bigint; readonly isResumed: boolean }> {
  jobs += 1;
  return asTeam(async (tx) => {
    const parentId = await openBackfillRun(tx, {
      teamId: team.teamId,
      workflowId: 'backfill:1',
      workflowRunId: `run-${jobs}`,
      since,
      repositories: [],
      requestedBy: null,
    });
    return openRepositoryRun(tx, { ...team, parentId, workflowId: 'sync:1:1', attempt: 0, since });
  });
}

function page(syncRunId: bigint, isLast: boolean): Promise<unknown> {
  return asTeam((tx) =>
    commitPage(tx, {
      ...team,
      syncRunId,
      cursorBefore: null,
      cursorAfter: 'after-1',
      repository: aRepository(),
      heads: null,
      asked: null,
      pullRequests: [],
      rejected: [],
      newestUpdatedAt: NOW,
      totalCount: 0,
      points: 1,
      isLast,
      syncedAt: NOW,
    }),
  );
}

async function fail(syncRunId: bigint, errorCode: string): Promise<void> {
  const end = { status: 'FAILED', errorCode, errorMessage: 'It broke.' } as const;
  await asTeam((tx) => closeRun(tx, { teamId: team.teamId, syncRunId, ...end }));
}

async function breakOff(): Promise<void> {
  const { id } = await open(YEARS);
  await page(id, false);
  await fail(id, 'TRANSIENT');
}

describe('the cursor at which a backfill broke off', () => {
  it('outlives a sync of what is new', async () => {
    await scene.sql.query(
      'UPDATE repository SET complete_from = $2, watermark = $3 WHERE team_id = $1',
      [team.teamId, MONTHS, NOW],
    );
    await breakOff();
    const incremental = await open(MONTHS);
    expect(incremental.isResumed).toBe(false);
    await page(incremental.id, true);
    expect(await open(YEARS)).toMatchObject({ isResumed: true });
  });

  it.each(['TRANSIENT', 'DATABASE_UNAVAILABLE', 'RATE_LIMITED'])(
    'outlives a resumed sync that got no further: %s',
    async (code) => {
      await breakOff();
      const resumed = await open(YEARS);
      expect(resumed.isResumed).toBe(true);
      await fail(resumed.id, code);
      expect(await open(YEARS)).toMatchObject({ isResumed: true });
    },
  );

  it('is forgotten when GitHub refuses it', async () => {
    await breakOff();
    await fail((await open(YEARS)).id, 'UNEXPECTED');
    expect(await open(YEARS)).toMatchObject({ isResumed: false });
  });

  it('grows old also while syncs get no further', async () => {
    await breakOff();
    await scene.sql.query(
      `UPDATE repository_stage SET updated_at = now() - interval '6 days' WHERE team_id = $1`,
      [team.teamId],
    );
    await fail((await open(YEARS)).id, 'TRANSIENT');
    const { rows } = await scene.sql.query(
      `SELECT updated_at < now() - interval '5 days' AS old FROM repository_stage WHERE team_id = $1`,
      [team.teamId],
    );
    expect(rows).toEqual([{ old: true }]);
  });
});
