import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LoadedHistory, MAX_LOADED } from '../../../../src/activities/delivery/loaded-history.ts';
import { createRetentionActivities } from '../../../../src/activities/retention/retention.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { loadHistory, storeHistory } from '../../../../src/db/delivery/history-commits.ts';
import { addTeam, countStatements, openScene, type Scene, type SceneTeam } from '../scene.ts';

let scene: Scene;
let team: SceneTeam;

beforeAll(async () => {
  scene = await openScene();
  team = await addTeam(scene.sql, 'alpha');
});
afterAll(() => scene.close());
beforeEach(async () => {
  await scene.sql.query('DELETE FROM history_commit');
});

const AT = new Date('2026-03-01T00:00:00Z');
const sha = (ordinal: number): string => ordinal.toString(16).padStart(40, '0');
const NOTHING: ReadonlyMap<string, number> = new Map();

const inTeam = <T>(work: Parameters<typeof withTeam<T>>[2]): Promise<T> =>
  withTeam(scene.db, team.teamId, work);

/** One line of so many commits, as they are stored. */
async function addLine(commits: number): Promise<void> {
  await scene.sql.query(
    `INSERT INTO history_commit (team_id, repository_id, sha, parents, committed_at)
    SELECT $1, $2, lpad(to_hex(n), 40, '0'),
      CASE WHEN n = 1 THEN '{}' ELSE ARRAY[lpad(to_hex(n - 1), 40, '0')] END, $3::timestamptz + n * interval '1 second'
    FROM generate_series(1, $4::integer) AS n`,
    [team.teamId, team.repositoryId, AT, commits],
  );
}

describe('the commits of a history', () => {
  it('keep what is known of them, whatever is read again', async () => {
    await inTeam((tx) =>
      storeHistory(
        tx,
        team,
        [
          { sha: sha(2), parents: [sha(1)], committedAt: AT },
          { sha: sha(3), parents: [sha(2), sha(1)], committedAt: AT },
          { sha: sha(4), parents: null, committedAt: AT },
          { sha: sha(1), parents: [], committedAt: AT },
        ],
        new Map([
          [sha(3), 3],
          [sha(9), 12],
        ]),
      ),
    );
    await inTeam((tx) =>
      storeHistory(
        tx,
        team,
        [
          { sha: sha(2), parents: [sha(7)], committedAt: AT },
          { sha: sha(9), parents: [sha(8)], committedAt: AT },
        ],
        NOTHING,
      ),
    );
    const known = await inTeam((tx) => loadHistory(tx, team, [sha(3), sha(4), sha(9)], 100));
    const committedAt = AT.getTime();
    expect(Object.fromEntries(known)).toEqual({
      [sha(3)]: { isRead: true, parents: [sha(2), sha(1)], committedAt, ancestors: 3 },
      [sha(4)]: { isRead: true, parents: null, committedAt, ancestors: null },
      [sha(9)]: { isRead: true, parents: [sha(8)], committedAt, ancestors: 12 },
      [sha(2)]: { isRead: true, parents: [sha(1)], committedAt, ancestors: null },
      [sha(1)]: { isRead: true, parents: [], committedAt, ancestors: null },
      [sha(8)]: null,
    });
  });

  it('are a hundred thousand, of which a range loads what it reaches', async () => {
    await addLine(100_000);
    const known = new LoadedHistory(team);
    const range = await inTeam((tx) => known.find(tx, sha(99_000), sha(99_040)));
    expect(range).toMatchObject({ state: 'KNOWN', shas: { length: 40 } });
    expect(known.size).toBeLessThan(1_000);
    const long = await inTeam((tx) => known.find(tx, sha(80_000), sha(90_000)));
    expect(long).toMatchObject({ state: 'KNOWN', shas: { length: 10_000 } });
    expect(known.size).toBeLessThan(25_000);
    // Too long, both, and one that goes back.
    const found = [];
    for (const [base, head] of [
      [79_999, 90_000],
      [1, 70_000],
      [70_000, 69_000],
    ] as const) {
      found.push(await inTeam((tx) => known.find(tx, sha(base), sha(head))));
      expect(known.size).toBeLessThanOrEqual(MAX_LOADED);
    }
    expect(found).toEqual([
      { state: 'UNKNOWN', edge: null },
      { state: 'UNKNOWN', edge: null },
      { state: 'KNOWN', shas: [] },
    ]);
  });

  it('are loaded for a range with few statements', async () => {
    await addLine(12_000);
    const statements = await inTeam(async (tx) => {
      const counted = countStatements(tx);
      await new LoadedHistory(team).find(counted.tx, sha(1_000), sha(11_000));
      return counted.count();
    });
    expect(statements).toBeLessThan(10);
  });

  it('go 90 days after they were read', async () => {
    await addLine(3);
    await scene.sql.query(
      `UPDATE history_commit SET read_at = timestamptz '2026-07-15T12:00:00Z' - interval '90 days'
        + CASE WHEN sha = $1 THEN interval '1 hour' ELSE interval '-1 hour' END`,
      [sha(3)],
    );
    const now = (): Date => new Date('2026-07-15T12:00:00Z');
    await createRetentionActivities({ db: scene.db, directUrl: null, now }).deleteOldLogs({
      after: '0',
    });
    const { rows } = await scene.sql.query<{ sha: string }>('SELECT sha FROM history_commit');
    expect(rows).toEqual([{ sha: sha(3) }]);
  });
});
