import type pg from 'pg';
import type { Db } from '../../../src/db/core/client.ts';
import { storePullRequests, type StoredCounts } from '../../../src/db/pulls/pull-requests.ts';
import { withTeam } from '../../../src/db/core/team-transaction.ts';
import type { PullRequestFact } from '../../../src/domain/pulls/github-facts.ts';
import type { SceneTeam } from './scene.ts';

const SYNCED_AT = new Date('2026-01-31T00:00:00Z');

/** Stores pull requests in a transaction of their own. */
export function store(
  db: Db,
  team: SceneTeam,
  pullRequests: readonly PullRequestFact[],
  syncedAt: Date = SYNCED_AT,
): Promise<StoredCounts> {
  return withTeam(db, team.teamId, (tx) =>
    storePullRequests(tx, { ...team, pullRequests, syncedAt }),
  );
}

/** Weeks that are marked dirty, each once, in order. */
export async function readDirtyWeeks(sql: pg.Client, { teamId }: SceneTeam): Promise<string[]> {
  const { rows } = await sql.query<{ week: string }>(
    'SELECT DISTINCT week_start::text AS week FROM rollup_dirty WHERE team_id = $1 ORDER BY 1',
    [teamId],
  );
  return rows.map(({ week }) => week);
}

export async function clearDirtyMarks(sql: pg.Client, { teamId }: SceneTeam): Promise<void> {
  await sql.query('DELETE FROM rollup_dirty WHERE team_id = $1', [teamId]);
}

const FACT_TABLES = [
  'member',
  'pull_request',
  'pull_request_label',
  'review',
  'commit',
  'pull_request_file',
  'comment',
  'pull_request_event',
  'check_run',
  'ai_signal',
  'pull_request_gap',
] as const;

/** All that is stored of a team's facts, with the physical version of each row. */
export async function dumpFacts(
  sql: pg.Client,
  { teamId }: SceneTeam,
): Promise<Record<string, string[]>> {
  const dump: Record<string, string[]> = {};
  for (const table of FACT_TABLES) {
    const { rows } = await sql.query<{ line: string }>(
      `SELECT xmin || ' ' || to_jsonb(t) AS line FROM "${table}" t WHERE team_id = $1 ORDER BY to_jsonb(t)::text COLLATE "C"`,
      [teamId],
    );
    dump[table] = rows.map(({ line }) => line);
  }
  return dump;
}
