import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createRetentionActivities } from '../../../../src/activities/retention/retention.ts';
import { deleteOldSyncRuns } from '../../../../src/db/sync/sync-log.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { addTeam, openScene, type Scene, type SceneTeam } from '../scene.ts';

/** 90 days before: 2026-04-16. */
const NOW = new Date('2026-07-15T12:00:00Z');
const OLD = '2026-04-16T11:00:00Z';
const RETENTION_AGES = '2026-04-16T13:00:00Z';

let scene: Scene;
let team: SceneTeam;
let other: SceneTeam;

beforeAll(async () => {
  scene = await openScene();
  team = await addTeam(scene.sql, 'alpha');
  other = await addTeam(scene.sql, 'beta');
});
afterAll(() => scene.close());
beforeEach(async () => {
  await scene.sql.query('DELETE FROM sync_page');
  await scene.sql.query('DELETE FROM sync_run');
  await scene.sql.query('DELETE FROM dead_letter');
});

interface AddedRun {
  readonly team?: SceneTeam;
  /** Null: it runs since `OLD`. */
  readonly endedAt: string | null;
  readonly parentId?: string;
  /** A repository sync has a repository, and a page here; a job has none. */
  readonly isRepositorySync?: boolean;
}

/** @returns its id */
async function addRun({
  team: of = team,
  endedAt,
  parentId,
  isRepositorySync,
}: AddedRun): Promise<string> {
  const { rows } = await scene.sql.query<{ id: string }>(
    `INSERT INTO sync_run (team_id, parent_id, repository_id, kind, status, workflow_id, workflow_run_id,
      requested_names, since, started_at, updated_at, finished_at)
    VALUES ($1, $2, $3, 'INCREMENTAL', CASE WHEN $4::timestamptz IS NULL THEN 'RUNNING' ELSE 'COMPLETED' END,
      gen_random_uuid()::text, 'first', '{}', $5, coalesce($4::timestamptz, $5), now(), $4) RETURNING id::text`,
    [of.teamId, parentId ?? null, isRepositorySync === true ? of.repositoryId : null, endedAt, OLD],
  );
  const id = rows[0]?.id ?? '';
  if (isRepositorySync === true) {
    await scene.sql.query(
      `INSERT INTO sync_page (team_id, sync_run_id, page, points, requests, pull_requests_in, pull_requests_inserted,
        pull_requests_updated, pull_requests_unchanged, pull_requests_dead_lettered, children_in, children_written, committed_at)
      VALUES ($1, $2, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, now())`,
      [of.teamId, id],
    );
  }
  return id;
}

async function left(column: string, table: string): Promise<string[]> {
  const { rows } = await scene.sql.query<{ id: string }>(
    `SELECT ${column}::text AS id FROM ${table} ORDER BY ${table}.${column}`,
  );
  return rows.map(({ id }) => id);
}

const deleteOldRows = () =>
  createRetentionActivities({ db: scene.db, directUrl: null, now: () => NOW }).deleteOldLogs({
    after: '0',
  });

test('what ended more than 90 days ago goes with its pages, of every team', async () => {
  for (const of of [team, other]) {
    const parentId = await addRun({ team: of, endedAt: OLD });
    await addRun({ team: of, endedAt: OLD, parentId, isRepositorySync: true });
    await addRun({ team: of, endedAt: OLD, isRepositorySync: true });
  }
  const job = await addRun({ endedAt: RETENTION_AGES });
  const sync = await addRun({ endedAt: RETENTION_AGES, parentId: job, isRepositorySync: true });
  expect(await deleteOldRows()).toEqual({ next: null });
  expect(await left('id', 'sync_run')).toEqual([job, sync]);
  expect(await left('sync_run_id', 'sync_page')).toEqual([sync]);
});

test('what runs still stays, however old, and so does the job of a repository sync that stays', async () => {
  const running = await addRun({ endedAt: null });
  const job = await addRun({ endedAt: OLD });
  const gone = await addRun({ endedAt: OLD, parentId: job, isRepositorySync: true });
  const sync = await addRun({ endedAt: null, parentId: job, isRepositorySync: true });
  await deleteOldRows();
  expect(await left('id', 'sync_run')).toEqual([running, job, sync]);
  expect(await left('sync_run_id', 'sync_page')).not.toContain(gone);
});

test('a run is looked at batch by batch, and the look ends at the first batch with what is kept', async () => {
  const ids: string[] = [];
  for (const endedAt of [OLD, OLD, OLD, RETENTION_AGES, RETENTION_AGES]) {
    ids.push(await addRun({ endedAt, isRepositorySync: true }));
  }
  const step = (after: bigint) =>
    withTeam(scene.db, team.teamId, (tx) =>
      deleteOldSyncRuns(tx, team.teamId, { before: new Date('2026-04-16T12:00:00Z'), after }, 2),
    );
  expect(await step(0n)).toBe(BigInt(ids[1] ?? ''));
  expect(await left('id', 'sync_run')).toEqual(ids.slice(2));
  expect(await step(BigInt(ids[1] ?? ''))).toBeNull();
  expect(await left('id', 'sync_run')).toEqual(ids.slice(3));
});

test('letters go 90 days after they were resolved; open ones stay', async () => {
  await scene.sql.query(
    `INSERT INTO dead_letter (team_id, repository_id, entity, natural_key, reason_code, reason, first_seen_at,
      last_seen_at, resolved_at)
    SELECT $1, $2, 'pull_request', key, 'TOO_HEAVY', 'Too heavy.', $3::timestamptz, $3::timestamptz, resolved_at
    FROM (VALUES ('1', $3::timestamptz), ('2', $4::timestamptz), ('3', NULL)) AS letter(key, resolved_at)`,
    [team.teamId, team.repositoryId, OLD, RETENTION_AGES],
  );
  await deleteOldRows();
  expect(await left('natural_key', 'dead_letter')).toEqual(['2', '3']);
});
