import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { commitPage } from '../../../../src/db/sync/sync-pages.ts';
import { openBackfillRun, openRepositoryRun } from '../../../../src/db/sync/sync-runs.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import type { PullRequestFact, RejectedFact } from '../../../../src/domain/pulls/github-facts.ts';
import { anActor, aPullRequest, aRepository, aReview } from '../../../support/rows/facts.ts';
import { addTeam, openScene, type Scene, type SceneTeam } from '../scene.ts';

const SINCE = new Date('2025-09-01T00:00:00Z');

let scene: Scene;
let team: SceneTeam;
let syncs = 0;
let teams = 0;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene.close());

beforeEach(async () => {
  teams += 1;
  team = await addTeam(scene.sql, `team-${teams}`);
});

function rejected(naturalKey: string, reason = 'additions is -1'): RejectedFact {
  return { naturalKey, reasonCode: 'UNREADABLE', reason };
}

/** A whole sync of one page; answers how it ended. */
async function syncOnePage(
  pullRequests: readonly PullRequestFact[],
  unreadable: readonly RejectedFact[],
  syncedAt: string,
  from: string | null = null,
): Promise<string> {
  syncs += 1;
  const since = from === null ? SINCE : new Date(from);
  const { teamId } = team;
  const id = await withTeam(scene.db, teamId, async (tx) => {
    const parentId = await openBackfillRun(tx, {
      teamId,
      workflowId: 'backfill:1',
      workflowRunId: `run-${syncs}`,
      since,
      repositories: [],
      requestedBy: null,
    });
    const run = { ...team, parentId, workflowId: 'sync:1:1', attempt: 0, since };
    const { id: syncRunId } = await openRepositoryRun(tx, run);
    await commitPage(tx, {
      ...team,
      syncRunId,
      cursorBefore: null,
      cursorAfter: null,
      repository: aRepository(),
      heads: null,
      asked: null,
      pullRequests,
      rejected: unreadable,
      newestUpdatedAt: pullRequests[0]?.updatedAt ?? null,
      totalCount: pullRequests.length + unreadable.length,
      points: 1,
      isLast: true,
      syncedAt: new Date(syncedAt),
    });
    return syncRunId;
  });
  const { rows } = await scene.sql.query<{ status: string }>(
    'SELECT status FROM sync_run WHERE team_id = $1 AND id = $2',
    [teamId, id],
  );
  return rows[0]?.status ?? 'missing';
}

async function readDeadLetters(): Promise<Record<string, unknown>[]> {
  const { rows } = await scene.sql.query<Record<string, unknown>>(
    `SELECT natural_key AS key, reason, attempts, first_seen_at AS first, last_seen_at AS last,
      resolved_at IS NOT NULL AS resolved
    FROM dead_letter WHERE team_id = $1 ORDER BY natural_key COLLATE "C"`,
    [team.teamId],
  );
  return rows;
}

const JANUARY = '2026-01-31T00:00:00Z';
const FEBRUARY = '2026-02-28T00:00:00Z';

describe('what could not be read', () => {
  it('is dead-lettered with the reason, its neighbours are stored, and the sync is partial', async () => {
    const facts = [aPullRequest({ number: 1 }), aPullRequest({ number: 3 })];
    expect(await syncOnePage(facts, [rejected('2')], JANUARY)).toBe('PARTIAL');
    const at = new Date(JANUARY);
    expect(await readDeadLetters()).toEqual([
      { key: '2', reason: 'additions is -1', attempts: 1, first: at, last: at, resolved: false },
    ]);
    const stored = await scene.sql.query('SELECT number FROM pull_request WHERE team_id = $1', [
      team.teamId,
    ]);
    expect(stored.rowCount).toBe(2);
    const page = await scene.sql.query(
      'SELECT pull_requests_in, pull_requests_dead_lettered FROM sync_page WHERE team_id = $1',
      [team.teamId],
    );
    expect(page.rows).toEqual([{ pull_requests_in: 3, pull_requests_dead_lettered: 1 }]);
  });

  it('is counted again each time, with the last reason', async () => {
    await syncOnePage([], [rejected('2')], JANUARY);
    await syncOnePage([], [rejected('2', 'state is "X"')], FEBRUARY);
    expect(await readDeadLetters()).toMatchObject([
      {
        reason: 'state is "X"',
        attempts: 2,
        first: new Date(JANUARY),
        last: new Date(FEBRUARY),
        resolved: false,
      },
    ]);
  });

  it('is resolved once it can be read, and only that one', async () => {
    await syncOnePage([], [rejected('2'), rejected('22'), rejected('unknown')], JANUARY);
    expect(await syncOnePage([aPullRequest({ number: 2 })], [], FEBRUARY)).toBe('COMPLETED');
    const resolved = (await readDeadLetters()).map(({ key, resolved: is }) => [key, is]);
    expect(resolved).toEqual([
      ['2', true],
      ['22', false],
      // The second sync has read as far back as the repository is complete, and did not meet it.
      ['unknown', true],
    ]);
  });

  it('of its lists is resolved too once the pull request comes whole', async () => {
    await syncOnePage([], [rejected('2')], JANUARY);
    await scene.sql.query(`UPDATE dead_letter SET entity = 'nested_lists' WHERE team_id = $1`, [
      team.teamId,
    ]);
    await syncOnePage([aPullRequest({ number: 2 })], [], FEBRUARY);
    expect(await readDeadLetters()).toMatchObject([{ key: '2', resolved: true }]);
  });

  it('keeps the contradiction among several without a number', async () => {
    const contradiction = { ...rejected('unknown', 'no list'), reasonCode: 'CONTRADICTORY' };
    await syncOnePage([], [rejected('unknown'), contradiction, rejected('unknown')], JANUARY);
    await syncOnePage([], [rejected('unknown')], FEBRUARY);
    expect(await readDeadLetters()).toMatchObject([
      { reason: 'no list additions is -1', attempts: 2 },
    ]);
  });

  it('and was resolved is dead-lettered again when it breaks again', async () => {
    await syncOnePage([], [rejected('2')], JANUARY);
    await syncOnePage([aPullRequest({ number: 2 })], [], JANUARY);
    expect(await syncOnePage([], [rejected('2')], FEBRUARY)).toBe('PARTIAL');
    expect(await readDeadLetters()).toMatchObject([
      { attempts: 2, first: new Date(FEBRUARY), resolved: false },
    ]);
  });

  it('makes the first sync that meets it partial, and no later one while it stays the same', async () => {
    expect(await syncOnePage([], [rejected('2')], JANUARY)).toBe('PARTIAL');
    expect(await syncOnePage([], [rejected('2', 'state is "X"')], FEBRUARY)).toBe('COMPLETED');
    expect(await syncOnePage([], [rejected('2'), rejected('3')], FEBRUARY)).toBe('PARTIAL');
    expect(await readDeadLetters()).toMatchObject([
      { key: '2', attempts: 3, resolved: false },
      { key: '3', attempts: 1, resolved: false },
    ]);
  });

  it('without a number makes each sync partial that meets another: with another reason, or after a sync without it', async () => {
    expect(await syncOnePage([], [rejected('unknown')], JANUARY)).toBe('PARTIAL');
    expect(await syncOnePage([], [rejected('unknown')], FEBRUARY)).toBe('COMPLETED');
    expect(await syncOnePage([], [rejected('unknown', 'number is 0')], FEBRUARY)).toBe('PARTIAL');
    expect(await syncOnePage([aPullRequest({ number: 1 })], [], FEBRUARY)).toBe('COMPLETED');
    expect(await syncOnePage([], [rejected('unknown', 'number is 0')], FEBRUARY)).toBe('PARTIAL');
  });

  it('and contradicts itself is the same whatever it counts, and another one further back', async () => {
    const now = new Date().toISOString();
    const meet = (reason: string, since?: string): Promise<string> =>
      syncOnePage(
        [],
        [{ ...rejected('unknown', reason), reasonCode: 'CONTRADICTORY' }],
        now,
        since,
      );
    expect(await meet('no list, of 3 in all')).toBe('PARTIAL');
    expect(await meet('no list, of 14 in all')).toBe('COMPLETED');
    expect(await meet('7 of them twice')).toBe('PARTIAL');
    expect(await meet('no list, of 15 in all')).toBe('COMPLETED');
    expect(await meet('8 of them twice')).toBe('COMPLETED');
    expect(await readDeadLetters()).toMatchObject([
      { reason: 'no list, of 14 in all 7 of them twice', attempts: 5 },
    ]);
    expect(await meet('8 of them twice', '2025-01-01T00:00:00Z')).toBe('PARTIAL');
    expect(await meet('8 of them twice')).toBe('COMPLETED');
  });

  it('is one row for several of one key, with tricky reasons as they are', async () => {
    const reason = '"{},\\ NULL \u{1F680}\n';
    await syncOnePage([], [rejected('unknown', reason), rejected('unknown', reason)], JANUARY);
    expect(await readDeadLetters()).toMatchObject([{ key: 'unknown', reason, attempts: 1 }]);
  });

  it("does not touch another repository's or team's dead letters", async () => {
    const ours = team;
    await syncOnePage([], [rejected('2')], JANUARY);
    team = await addTeam(scene.sql, `team-${teams}-other`);
    await syncOnePage([aPullRequest({ number: 2 })], [], FEBRUARY);
    team = ours;
    expect(await readDeadLetters()).toMatchObject([{ key: '2', resolved: false }]);
  });
});

describe('what PostgreSQL refuses', () => {
  it('is dead-lettered alone, wherever it stands on its page, and its neighbours are stored', async () => {
    const facts = Array.from({ length: 9 }, (_, index) => aPullRequest({ number: index + 1 }));
    for (const bad of [1, 5, 9]) {
      const broken = facts.map((fact) =>
        fact.number === bad
          ? { ...fact, state: 'QUEUED' as 'OPEN', title: 'New' }
          : { ...fact, title: `Round ${bad}` },
      );
      expect(await syncOnePage(broken, [], JANUARY)).toBe('PARTIAL');
      expect((await readDeadLetters()).filter(({ resolved }) => resolved === false)).toMatchObject([
        { key: String(bad), reason: expect.stringContaining('pull_request_state_check') },
      ]);
      const { rows } = await scene.sql.query(
        'SELECT count(*)::int AS stored FROM pull_request WHERE team_id = $1 AND title = $2',
        [team.teamId, `Round ${bad}`],
      );
      expect(rows).toEqual([{ stored: 8 }]);
    }
  });

  it('leaves nothing of its own behind: no account, no nested row, no dirty mark', async () => {
    const broken = aPullRequest({
      number: 2,
      author: anActor({ login: 'zoe' }),
      reviews: [aReview({ state: 'PRAISED' as 'APPROVED' })],
    });
    expect(await syncOnePage([aPullRequest({ number: 1 }), broken], [], JANUARY)).toBe('PARTIAL');
    const { rows } = await scene.sql.query(
      `SELECT (SELECT count(*)::int FROM member WHERE team_id = $1 AND login IN ('zoe', 'bo')) AS members,
        (SELECT count(*)::int FROM pull_request WHERE team_id = $1) AS pulls,
        (SELECT count(*)::int FROM review WHERE team_id = $1) AS reviews`,
      [team.teamId],
    );
    expect(rows).toEqual([{ members: 0, pulls: 1, reviews: 0 }]);
  });

  it('does not hold the watermark, and is resolved once it is taken', async () => {
    const bad = aPullRequest({ number: 3, state: 'QUEUED' as 'OPEN' });
    await syncOnePage([bad], [], JANUARY);
    const { rows } = await scene.sql.query('SELECT watermark FROM repository WHERE team_id = $1', [
      team.teamId,
    ]);
    expect(rows).toEqual([{ watermark: bad.updatedAt }]);
    expect(await syncOnePage([aPullRequest({ number: 3 })], [], FEBRUARY)).toBe('COMPLETED');
    expect(await readDeadLetters()).toMatchObject([{ key: '3', resolved: true }]);
  });

  it('for another reason than its values is an error, and nothing is stored', async () => {
    const broken = { ...aPullRequest({ number: 4 }), labels: null as unknown as [] };
    await expect(syncOnePage([broken], [], JANUARY)).rejects.toThrow(TypeError);
    expect(await readDeadLetters()).toEqual([]);
  });
});
