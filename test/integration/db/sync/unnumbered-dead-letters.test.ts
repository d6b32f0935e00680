import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DbTransaction } from '../../../../src/db/core/client.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { storeUnnumbered } from '../../../../src/db/sync/unnumbered-dead-letters.ts';
import { addTeam, openScene, readNumber, type Scene, type SceneTeam } from '../scene.ts';

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

function meet(tx: DbTransaction, reason: string): Promise<void> {
  const rejected = { naturalKey: 'unknown', reasonCode: 'CONTRADICTORY', reason };
  const { teamId, repositoryId } = team;
  const input = { teamId, repositoryId, entity: 'releases', rejected };
  return storeUnnumbered(tx, { ...input, seenAt: null, syncRunId: null });
}

async function readLetters(): Promise<unknown[]> {
  const { rows } = await scene.sql.query<Record<string, unknown>>(
    'SELECT reason, attempts, resolved_at AS resolved FROM dead_letter WHERE team_id = $1',
    [team.teamId],
  );
  return rows;
}

const NEAR = '2026-03-01Z';
const FAR = '2026-01-01Z';

interface StoredSync {
  readonly since: string;
  readonly status?: string;
  readonly pages?: number;
  /** Where its first page began. */
  readonly cursor?: string;
}

/** A sync of the repository; answers the id of its row. */
async function addSync({ since, status = 'COMPLETED', pages = 1, cursor }: StoredSync) {
  const id = BigInt(
    await readNumber(
      scene.sql,
      `INSERT INTO sync_run (team_id, repository_id, kind, workflow_id, workflow_run_id, requested_names, since, status,
        pages, started_at, updated_at, finished_at)
      VALUES ($1, $2, 'INCREMENTAL', 'sync', gen_random_uuid()::text, '{}', $3, $4, $5, now(), now(),
        CASE WHEN $4 <> 'RUNNING' THEN now() END) RETURNING id`,
      [team.teamId, team.repositoryId, since, status, pages],
    ),
  );
  if (pages > 0) {
    await scene.sql.query(
      `INSERT INTO sync_page (team_id, sync_run_id, page, cursor_before, points, requests, pull_requests_in,
        pull_requests_inserted, pull_requests_updated, pull_requests_unchanged, pull_requests_dead_lettered, children_in,
        children_written, committed_at)
      VALUES ($1, $2, 1, $3, 1, 1, 0, 0, 0, 0, 0, 0, 0, now())`,
      [team.teamId, id, cursor ?? null],
    );
  }
  return id;
}

/** A sync that goes back so far meets a contradiction, or something that is withheld. */
async function meetPullRequest(since: string, reasonCode: string): Promise<bigint> {
  const syncRunId = await addSync({ since, status: 'RUNNING' });
  const { teamId, repositoryId } = team;
  const rejected = { naturalKey: 'unknown', reasonCode, reason: 'why' };
  const input = { teamId, repositoryId, entity: 'pull_request', rejected, seenAt: null, syncRunId };
  await withTeam(scene.db, teamId, (tx) => storeUnnumbered(tx, input));
  return syncRunId;
}

const MISSING: readonly [string, string, StoredSync, boolean][] = [
  ['as far back as the one that meets it', FAR, { since: FAR }, true],
  ['further back', NEAR, { since: FAR }, true],
  ['what is new, as the one that meets it did,', NEAR, { since: NEAR }, true],
  ['what is new only', FAR, { since: NEAR }, false],
  ['from where another one broke off', FAR, { since: FAR, cursor: 'page 3' }, false],
  ['no page', FAR, { since: FAR, pages: 0 }, false],
  ['and failed', FAR, { since: FAR, status: 'FAILED' }, false],
];

const WAITING = `SELECT count(*)::int AS waiting FROM pg_stat_activity
  WHERE datname = current_database() AND wait_event_type = 'Lock'`;

async function countWaiting(): Promise<number | undefined> {
  const { rows } = await scene.sql.query<{ waiting: number }>(WAITING);
  return rows[0]?.waiting;
}

describe('a dead letter without a number', () => {
  it.each([
    ['that nobody knew', false, ['first second', 2]],
    ['that is known', true, ['known first second', 3]],
  ])(
    '%s loses nothing where two transactions meet one at once',
    async (_what, isKnown, [reason, attempts]) => {
      if (isKnown) {
        await withTeam(scene.db, team.teamId, (tx) => meet(tx, 'known'));
      }
      const second = await withTeam(scene.db, team.teamId, async (tx) => {
        await meet(tx, 'first');
        const waits = withTeam(scene.db, team.teamId, (other) => meet(other, 'second'));
        await expect.poll(countWaiting, { timeout: 60_000 }).toBe(1);
        return { waits };
      });
      await second.waits;
      expect(await readLetters()).toEqual([{ reason, attempts, resolved: null }]);
    },
  );

  it('is opened anew where retention deletes the resolved one between two statements', async () => {
    await withTeam(scene.db, team.teamId, (tx) => meet(tx, 'old'));
    let deleted = 0;
    await withTeam(scene.db, team.teamId, (tx) => {
      const createMany = async (rows: Parameters<typeof tx.deadLetter.createMany>[0]) => {
        const result = await tx.deadLetter.createMany(rows);
        if (result.count === 0) {
          const { rowCount } = await scene.sql.query('DELETE FROM dead_letter WHERE team_id = $1', [
            team.teamId,
          ]);
          deleted += rowCount ?? 0;
        }
        return result;
      };
      const deadLetter = { createMany };
      return meet(
        { $queryRaw: tx.$queryRaw.bind(tx), deadLetter } as unknown as DbTransaction,
        'new',
      );
    });
    expect(deleted).toBe(1);
    expect(await readLetters()).toEqual([{ reason: 'new', attempts: 1, resolved: null }]);
  });

  describe.each(['CONTRADICTORY', 'WITHHELD'])('of a pull request, %s, past its week', (code) => {
    it.each(MISSING)('after a sync that read %s', async (_what, since, missing, isAnother) => {
      const first = await meetPullRequest(FAR, code);
      await scene.sql.query(
        `UPDATE dead_letter SET first_seen_at = now() - interval '8 days' WHERE team_id = $1`,
        [team.teamId],
      );
      await addSync(missing);
      const last = await meetPullRequest(since, code);
      const { rows } = await scene.sql.query<{ id: string }>(
        'SELECT sync_run_id AS id FROM dead_letter WHERE team_id = $1',
        [team.teamId],
      );
      expect(rows.map(({ id }) => BigInt(id))).toEqual([isAnother ? last : first]);
    });
  });
});
