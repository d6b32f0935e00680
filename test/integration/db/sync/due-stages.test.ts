import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { finishStage } from '../../../../src/db/sync/repository-stages.ts';
import { commitPage, type CommitPageInput } from '../../../../src/db/sync/sync-pages.ts';
import { openBackfillRun, openRepositoryRun } from '../../../../src/db/sync/sync-runs.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import type { CheckFact } from '../../../../src/domain/pulls/github-facts.ts';
import { SYNC_STAGES, type SyncStage } from '../../../../src/domain/sync/sync-stage.ts';
import { aPullRequest, aRepository } from '../../../support/rows/facts.ts';
import { addTeam, openScene, type Scene, type SceneTeam } from '../scene.ts';

const SINCE = new Date('2025-09-01T00:00:00Z');
const NOW = new Date('2026-01-31T00:00:00Z');
const YESTERDAY = new Date('2026-01-30T00:00:00Z');
const LAST_YEAR = new Date('2025-11-30T00:00:00Z');

let scene: Scene;
let team: SceneTeam;
let syncRunId: bigint;
let cursor: string | null;
let syncs = 0;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene.close());

beforeEach(async () => {
  team = await addTeam(scene.sql, `team-${syncs}`);
  await openSync();
});

async function openSync(): Promise<void> {
  syncs += 1;
  cursor = null;
  const { teamId } = team;
  syncRunId = await withTeam(scene.db, teamId, async (tx) => {
    const job = { teamId, workflowId: 'backfill', workflowRunId: `run ${syncs}`, since: SINCE };
    const parentId = await openBackfillRun(tx, { ...job, repositories: [], requestedBy: null });
    const sync = { ...team, parentId, workflowId: 'sync', attempt: syncs, since: SINCE };
    return (await openRepositoryRun(tx, sync)).id;
  });
}

/** Commits a page; answers the stages that are due once it was the last. */
async function page(given: Partial<CommitPageInput> = {}): Promise<readonly SyncStage[] | null> {
  const cursorBefore = cursor;
  cursor = `${cursor ?? 'page'}+`;
  const result = await withTeam(scene.db, team.teamId, (tx) =>
    commitPage(tx, {
      ...team,
      syncRunId,
      cursorBefore,
      cursorAfter: cursor,
      repository: aRepository(),
      heads: null,
      asked: null,
      pullRequests: [],
      rejected: [],
      newestUpdatedAt: NOW,
      totalCount: 1,
      points: 1,
      isLast: true,
      syncedAt: NOW,
      ...given,
    }),
  );
  expect(result.committed).toBe(true);
  return result.committed ? (result.ended?.stages ?? null) : null;
}

async function finishAll(): Promise<void> {
  await withTeam(scene.db, team.teamId, async (tx) => {
    for (const stage of SYNC_STAGES) {
      await finishStage(tx, team, stage);
    }
  });
}

const NO_HEADS = { deploymentId: null, releaseId: null };

function check(status: CheckFact['status'], startedAt: Date): CheckFact {
  const isOver = status === 'COMPLETED';
  return {
    checkId: 'CHECK_RUN:1',
    headSha: 'abc',
    name: 'test',
    app: null,
    status,
    statusRaw: null,
    conclusion: isOver ? 'SUCCESS' : null,
    conclusionRaw: null,
    startedAt,
    completedAt: isOver ? startedAt : null,
  };
}

async function addDeployment(id: number, state: string, createdAt: Date): Promise<void> {
  await scene.sql.query(
    `INSERT INTO deployment (team_id, github_id, repository_id, environment, sha, state, created_at, state_at, synced_at)
     VALUES ($1, $2, $3, 'production', 'abc', $4, $5, $5, $5)`,
    [team.teamId, id, team.repositoryId, state, createdAt],
  );
}

async function addRelease(id: number, isDraft: boolean, createdAt: Date): Promise<void> {
  await scene.sql.query(
    `INSERT INTO release (team_id, github_id, repository_id, tag, url, is_draft, is_prerelease, created_at, synced_at)
     VALUES ($1, $2, $3, 'v1', 'u', $4, false, $5, $5)`,
    [team.teamId, id, team.repositoryId, isDraft, createdAt],
  );
}

describe('the stages that are due', () => {
  it('are none where a page shows nothing for them, and the run is over', async () => {
    expect(await page({ heads: NO_HEADS, pullRequests: [aPullRequest()] })).toEqual([]);
    const { rows } = await scene.sql.query('SELECT status, stage FROM sync_run WHERE id = $1', [
      syncRunId,
    ]);
    expect(rows).toEqual([{ status: 'COMPLETED', stage: 'PULL_REQUESTS' }]);
  });

  it('leave the run open, which says what comes next', async () => {
    const heads = { deploymentId: 5n, releaseId: 6n };
    expect(await page({ heads })).toEqual(['DEPLOYMENTS', 'RELEASES']);
    const { rows } = await scene.sql.query(
      'SELECT status, stage, finished_at FROM sync_run WHERE id = $1',
      [syncRunId],
    );
    expect(rows).toEqual([{ status: 'RUNNING', stage: 'DEPLOYMENTS', finished_at: null }]);
  });

  it('are kept from the first page to the last', async () => {
    expect(await page({ heads: { deploymentId: 5n, releaseId: null }, isLast: false })).toBeNull();
    expect(await page({ isLast: false })).toBeNull();
    expect(await page()).toEqual(['DEPLOYMENTS']);
  });

  it('that an earlier run has left are due still', async () => {
    await page({ heads: { deploymentId: 5n, releaseId: null } });
    await openSync();
    expect(await page()).toEqual(['DEPLOYMENTS']);
    await finishAll();
    await openSync();
    expect(await page()).toEqual([]);
  });

  it.each([
    ['SUCCESS', YESTERDAY, []],
    ['IN_PROGRESS', YESTERDAY, ['DEPLOYMENTS']],
    ['IN_PROGRESS', LAST_YEAR, []],
  ])('with a stored deployment that is %s since %s: %j', async (state, createdAt, stages) => {
    await addDeployment(5, state, createdAt);
    expect(await page({ heads: { deploymentId: 5n, releaseId: null } })).toEqual(stages);
  });

  it.each([
    [false, YESTERDAY, []],
    [true, YESTERDAY, ['RELEASES']],
    [true, LAST_YEAR, []],
  ])('with a stored release, draft %s of %s: %j', async (isDraft, createdAt, stages) => {
    await addRelease(6, isDraft, createdAt);
    expect(await page({ heads: { deploymentId: null, releaseId: 6n } })).toEqual(stages);
  });

  it.each([
    [0, []],
    [2, ['REVIEW_COMMENTS']],
    [null, ['REVIEW_COMMENTS']],
  ])('with a changed pull request of %j comments: %j', async (commentCount, stages) => {
    const pullRequests = [aPullRequest({ commentCount })];
    expect(await page({ pullRequests })).toEqual(stages);
    await finishAll();
    await openSync();
    expect(await page({ pullRequests })).toEqual([]);
  });

  it.each([
    ['IN_PROGRESS' as const, YESTERDAY, ['CHECK_RUNS']],
    ['COMPLETED' as const, YESTERDAY, []],
    ['IN_PROGRESS' as const, LAST_YEAR, []],
  ])('with a check that is %s since %s: %j', async (status, startedAt, stages) => {
    const checks = [check(status, startedAt)];
    expect(await page({ pullRequests: [aPullRequest({ checks })] })).toEqual(stages);
  });

  it.each([
    ['releases', '5', 1, 'now()', ['RELEASES']],
    ['deployments', 'unknown', 1, 'now()', ['DEPLOYMENTS']],
    ['review_comments', '5', 1, 'now()', ['REVIEW_COMMENTS']],
    ['check_runs', '5', 1, 'now()', ['CHECK_RUNS']],
    ['releases', '5', 1, `now() - interval '8 days'`, []],
    ['releases', 'permission', 1, 'now()', []],
    ['pull_request', '5', 1, 'now()', []],
    ['deployment_ranges', '5', 2, `now() - interval '3 hours'`, []],
    ['deployment_ranges', '5', 2, `now() - interval '5 hours'`, ['DEPLOYMENTS']],
    ['deployment_ranges', '5', 6, `now() - interval '50 hours'`, []],
  ])('with a dead letter of %s, %s, after %d attempts, seen %s: %j', async (...letter) => {
    const [entity, key, attempts, seenAt, stages] = letter;
    await scene.sql.query(
      `INSERT INTO dead_letter (team_id, repository_id, entity, natural_key, reason_code, reason, attempts, first_seen_at,
        last_seen_at) VALUES ($1, $2, $3, $4, 'UNREADABLE', 'odd', $5, ${seenAt}, ${seenAt})`,
      [team.teamId, team.repositoryId, entity, key, attempts],
    );
    expect(await page({ heads: NO_HEADS })).toEqual(stages);
    await finishAll();
    await scene.sql.query('UPDATE dead_letter SET resolved_at = now() WHERE team_id = $1', [
      team.teamId,
    ]);
    await openSync();
    expect(await page({ heads: NO_HEADS })).toEqual([]);
  });

  it('with a list that is longer than its page', async () => {
    const unread = [{ list: 'FILES' as const, cursor: 'next' }];
    expect(await page({ pullRequests: [aPullRequest({ unread })] })).toEqual(['NESTED_LISTS']);
  });
});
