import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { commitPage, type CommitPageInput } from '../../../../src/db/sync/sync-pages.ts';
import { closeRun, openBackfillRun, openRepositoryRun } from '../../../../src/db/sync/sync-runs.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { anActor, aPullRequest, aRepository, aReview } from '../../../support/rows/facts.ts';
import { addTeam, beginWork, openScene, readNumber, type Scene, type SceneTeam } from '../scene.ts';
import { dumpFacts, readDirtyWeeks } from '../stored-rows.ts';

const SINCE = new Date('2025-09-01T00:00:00Z');
const SYNCED_AT = new Date('2026-01-31T00:00:00Z');

let scene: Scene;
let team: SceneTeam;
let syncRunId: bigint;
let syncs = 0;
let teams = 0;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene.close());

beforeEach(async () => {
  teams += 1;
  team = await addTeam(scene.sql, `team-${teams}`);
  syncRunId = await openSync();
});

/** A sync of the team's repository, in a job of its own. */
function openSync(since = SINCE): Promise<bigint> {
  syncs += 1;
  return withTeam(scene.db, team.teamId, async (tx) => {
    const parentId = await openBackfillRun(tx, {
      teamId: team.teamId,
      workflowId: 'backfill:1',
      workflowRunId: `run-${syncs}`,
      since,
      repositories: [],
      requestedBy: null,
    });
    const sync = { ...team, parentId, workflowId: 'sync:1:1', attempt: 0, since };
    return (await openRepositoryRun(tx, sync)).id;
  });
}

function page(given: Partial<CommitPageInput> = {}): CommitPageInput {
  return {
    ...team,
    syncRunId,
    cursorBefore: null,
    cursorAfter: 'after-1',
    repository: aRepository(),
    heads: null,
    asked: null,
    pullRequests: [],
    rejected: [],
    newestUpdatedAt: NEWEST,
    totalCount: 3,
    points: 1,
    isLast: false,
    syncedAt: SYNCED_AT,
    ...given,
  };
}

function commit(given: Partial<CommitPageInput> = {}) {
  return withTeam(scene.db, team.teamId, (tx) => commitPage(tx, page(given)));
}

/** On GitHub's clock, which is not ours. */
const NEWEST = new Date('2026-03-01T00:00:00Z');

type Row = Readonly<Record<string, unknown>>;

async function readRows(table: string, order: string): Promise<Row[]> {
  const { rows } = await scene.sql.query<Row>(
    `SELECT * FROM ${table} WHERE team_id = $1 ORDER BY ${order}`,
    [team.teamId],
  );
  return rows;
}

async function readRun(id = syncRunId): Promise<Row> {
  const runs = await readRows('sync_run', 'id');
  return runs.find((run) => run['id'] === String(id)) ?? {};
}

async function readRepository(): Promise<Row> {
  return (await readRows('repository', 'id'))[0] ?? {};
}

/** Everything that a page may change. */
async function dumpAll() {
  const tables = ['repository', 'sync_run', 'sync_page', 'dead_letter', 'rollup_dirty'];
  const dumps: Row[][] = [];
  for (const table of tables) {
    dumps.push(await readRows(table, '1, 2, 3'));
  }
  return [await dumpFacts(scene.sql, team), dumps];
}

const FIRST_COMMITTED = { committed: true, pages: 1, ended: null };
const BO = anActor({ login: 'bo' });
const FIRST = aPullRequest({ number: 2, updatedAt: new Date('2026-01-20T00:00:00Z') });
const SECOND = aPullRequest({
  number: 1,
  updatedAt: new Date('2026-01-10T00:00:00Z'),
  reviews: [aReview({ author: BO })],
});

describe('a page', () => {
  it('moves the cursor, counts its stages and marks weeks dirty with its rows', async () => {
    expect(await commit({ pullRequests: [FIRST, SECOND] })).toEqual(FIRST_COMMITTED);
    expect(await readRun()).toMatchObject({
      status: 'RUNNING',
      cursor: 'after-1',
      pages: 1,
      requests: 1,
      points: 1,
      pull_requests_seen: 2,
      pull_requests_stored: 2,
      pull_requests_total: 3,
      oldest_reached_at: SECOND.updatedAt,
    });
    expect(await readRows('sync_page', 'page')).toMatchObject([
      {
        page: 1,
        cursor_before: null,
        cursor_after: 'after-1',
        pull_requests_in: 2,
        pull_requests_inserted: 2,
        pull_requests_updated: 0,
        pull_requests_unchanged: 0,
        pull_requests_dead_lettered: 0,
        children_in: 1,
        children_written: 1,
      },
    ]);
    expect(await readDirtyWeeks(scene.sql, team)).toEqual(['2025-12-15']);
  });

  it('committed a second time changes nothing', async () => {
    await commit({ pullRequests: [FIRST, SECOND] });
    const before = await dumpAll();
    const again = { pullRequests: [{ ...FIRST, title: 'Other' }, SECOND] };
    expect(await commit(again)).toEqual({ committed: false });
    expect(await commit({ ...again, isLast: true })).toEqual({ committed: false });
    expect(await dumpAll()).toEqual(before);
  });

  it('is committed by one of two attempts at the same time', async () => {
    const first = await beginWork(scene.anotherDb(), team.teamId, (tx) =>
      commitPage(tx, page({ pullRequests: [FIRST] })),
    );
    const second = commit({ pullRequests: [{ ...FIRST, title: 'Other' }] });
    await first.commit();
    expect(await second).toEqual({ committed: false });
    expect(await readRows('sync_page', 'page')).toHaveLength(1);
    expect(await readRows('pull_request', 'id')).toMatchObject([{ title: FIRST.title }]);
  });

  it('that fails in the middle leaves nothing behind', async () => {
    const before = await dumpAll();
    const broken = { ...SECOND, labels: null as unknown as [] };
    await expect(commit({ pullRequests: [FIRST, broken] })).rejects.toThrow(TypeError);
    expect(await dumpAll()).toEqual(before);
  });

  it('is refused once the sync has ended', async () => {
    const end = { status: 'CANCELLED', errorCode: null, errorMessage: null } as const;
    await withTeam(scene.db, team.teamId, (tx) =>
      closeRun(tx, { teamId: team.teamId, syncRunId, ...end }),
    );
    const before = await dumpAll();
    expect(await commit({ pullRequests: [FIRST] })).toEqual({ committed: false });
    expect(await dumpAll()).toEqual(before);
  });

  it('adds to those before it, and counts what it found unchanged', async () => {
    await commit({ pullRequests: [FIRST] });
    const next = { cursorBefore: 'after-1', cursorAfter: 'after-2', points: 2 };
    const result = await commit({ ...next, pullRequests: [FIRST, SECOND] });
    expect(result).toEqual({ committed: true, pages: 2, ended: null });
    expect(await readRun()).toMatchObject({
      cursor: 'after-2',
      pages: 2,
      requests: 2,
      points: 3,
      pull_requests_seen: 3,
      pull_requests_stored: 2,
    });
    expect((await readRows('sync_page', 'page'))[1]).toMatchObject({
      pull_requests_in: 2,
      pull_requests_inserted: 1,
      pull_requests_unchanged: 1,
    });
  });

  it('ends the waiting of the sync', async () => {
    await scene.sql.query(
      `UPDATE sync_run SET waiting_until = now(), waiting_reason = 'limit' WHERE id = $1`,
      [syncRunId],
    );
    await commit();
    expect(await readRun()).toMatchObject({ waiting_until: null, waiting_reason: null });
  });
});

describe('the repository', () => {
  it.each([
    [{}, 'ACTIVE'],
    [{ isArchived: true }, 'ARCHIVED'],
    [{ isEmpty: true, defaultBranch: null }, 'EMPTY'],
  ])('follows what GitHub says: %j is %s', async (given, state) => {
    const repository = aRepository({ ...given, owner: 'moved', name: 'renamed', isPrivate: true });
    await commit({ repository, isLast: true });
    expect(await readRepository()).toMatchObject({
      id: String(team.repositoryId),
      owner: 'moved',
      name: 'renamed',
      is_private: true,
      default_branch: repository.defaultBranch,
      sync_state: state,
    });
  });

  it('that could not be reached before is reached again', async () => {
    const gone = `UPDATE repository SET sync_state = 'GONE', sync_reason = 'gone' WHERE team_id = $1`;
    await scene.sql.query(gone, [team.teamId]);
    await commit();
    expect(await readRepository()).toMatchObject({ sync_state: 'ACTIVE', sync_reason: null });
  });
});

describe('the last page', () => {
  it('moves the watermark also while a pull request is a dead letter, and is partial only when it is a new one', async () => {
    const rejected = [{ naturalKey: '7', reasonCode: 'UNREADABLE', reason: 'additions is -1' }];
    await commit({ rejected, isLast: true });
    expect(await readRepository()).toMatchObject({ watermark: NEWEST });
    syncRunId = await openSync();
    await commit({ isLast: true });
    expect(await readRun()).toMatchObject({ kind: 'INCREMENTAL', status: 'COMPLETED' });
    syncRunId = await openSync();
    await commit({ pullRequests: [aPullRequest({ number: 7 })], isLast: true });
    expect(await readRun()).toMatchObject({ status: 'COMPLETED' });
  });

  it('ends the sync; the next one goes back to the newest update that this one saw', async () => {
    await commit({ pullRequests: [FIRST], isLast: true });
    const run = await readRun();
    expect(run).toMatchObject({ status: 'COMPLETED', error_code: null });
    expect(run['finished_at']).toBeInstanceOf(Date);
    const repository = await readRepository();
    expect(repository).toMatchObject({ watermark: NEWEST, complete_from: SINCE });
    const next = await openSync();
    expect(await readRun(next)).toMatchObject({ kind: 'INCREMENTAL' });
  });

  it('of an empty repository is its only one', async () => {
    const nothing = { cursorAfter: null, totalCount: 0, isLast: true };
    expect(await commit(nothing)).toEqual({
      ...FIRST_COMMITTED,
      ended: { outcome: 'COMPLETED', stages: [] },
    });
    expect(await readRun()).toMatchObject({
      status: 'COMPLETED',
      pages: 1,
      oldest_reached_at: null,
    });
  });

  it('of an incremental sync moves the start of the next and not how far all is there', async () => {
    await commit({ isLast: true });
    const first = await readRepository();
    syncRunId = await openSync();
    const newer = new Date(NEWEST.getTime() + 60_000);
    await commit({ isLast: true, newestUpdatedAt: newer });
    expect(await readRun()).toMatchObject({ kind: 'INCREMENTAL', status: 'COMPLETED' });
    expect(await readRepository()).toMatchObject({
      complete_from: first['complete_from'],
      watermark: newer,
    });
  });

  it('of a sync that went further back moves how far all is there', async () => {
    await commit({ isLast: true });
    const further = new Date('2024-01-01T00:00:00Z');
    syncRunId = await openSync(further);
    await commit({ isLast: true });
    expect(await readRepository()).toMatchObject({ complete_from: further });
    expect(
      await readNumber(scene.sql, 'SELECT count(*) FROM sync_run WHERE id = $1', [syncRunId]),
    ).toBe(1);
  });
});
