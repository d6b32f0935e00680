import type pg from 'pg';
import { withTeam } from '../src/db/core/team-transaction.ts';
import type { Db } from '../src/db/core/client.ts';
import {
  changedMemberWeeks,
  markMemberWeeksDirty,
  readTouchedMemberWeeks,
} from '../src/db/rollups/dirty-marks.ts';
import { finishRebuild } from '../src/db/rollups/finish-rebuild.ts';
import { openRebuild, rebuildNextWeeks } from '../src/db/rollups/rollup-rebuild.ts';
import { MEMBER_WEEK_NUMBERS, COMPUTE_WEEKS } from '../src/db/rollups/member-weeks.ts';
import { spanBounds } from '../src/db/rollups/week-bounds.ts';
import { rollUpDirtyWeeks } from '../src/db/rollups/weekly-rollup.ts';
import type { FactTeam } from './rollup-facts.ts';

/** More than any team has: a team is one statement. */
const ALL_WEEKS = 10_000;

export async function timeSeconds(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

/** Rebuilds all weeks of the teams into new generations and switches to them. Returns the number of member weeks written. */
export async function rebuildAll(
  db: Db,
  teams: readonly FactTeam[],
  name: string,
): Promise<number> {
  let written = 0;
  for (const { teamId } of teams) {
    const rebuildId = await openRebuild(db, {
      teamId,
      workflowId: `bench:${name}`,
      workflowRunId: name,
      reason: 'REQUESTED',
      isDryRun: false,
      from: null,
      to: null,
      timeZone: null,
      weekStart: null,
      requestedBy: null,
    });
    const key = { teamId, rebuildId };
    const step = await rebuildNextWeeks(db, { ...key, maxWeeks: ALL_WEEKS });
    written += step.rowsWritten;
    await finishRebuild(db, key);
  }
  return written;
}

export interface RolledUp {
  readonly written: number;
  readonly removed: number;
  readonly dirtyMarks: number;
}

/** Brings everything that is dirty up to date. */
export async function rollUpAll(db: Db, teams: readonly FactTeam[]): Promise<RolledUp> {
  const total = { written: 0, removed: 0, dirtyMarks: 0 };
  for (const { teamId } of teams) {
    for (let more = true; more;) {
      const result = await rollUpDirtyWeeks(db, { teamId, maxWeeks: ALL_WEEKS });
      total.written += result.rowsWritten;
      total.removed += result.rowsRemoved;
      total.dirtyMarks += result.dirtyMarksConsumed;
      ({ more } = result);
    }
  }
  return total;
}

/** Marks every week with a member week dirty, as a whole. */
export async function markEverythingDirty(superuser: pg.Client): Promise<void> {
  await superuser.query(
    `INSERT INTO rollup_dirty (team_id, week_start, generation)
     SELECT DISTINCT m.team_id, m.week_start, m.generation FROM weekly_metrics m
     JOIN team t ON t.id = m.team_id AND t.rollup_generation = m.generation`,
  );
  await superuser.query('VACUUM (ANALYZE) rollup_dirty');
}

const READS_ALONE = `
WITH cut AS MATERIALIZED (
  SELECT t.rollup_generation AS generation, t.rollup_generation AS read_generation, t.time_zone,
    t.week_start AS first_day, t.ai_usage_retained_from, 0 AS shift
  FROM team t WHERE t.id = $1::bigint
), spans AS MATERIALIZED (
  SELECT c.*, marked.week, marked.last_week, ${spanBounds('marked.week', 'marked.last_week', 'c.time_zone')}
  FROM cut c CROSS JOIN (
    SELECT min(week_start) AS week, max(week_start) AS last_week FROM rollup_dirty WHERE team_id = $1::bigint) AS marked
), ${COMPUTE_WEEKS}
SELECT count(*)::integer AS "memberWeeks", ${MEMBER_WEEK_NUMBERS.map((name) => `sum(${name})`).join(', ')} FROM computed`;

/** Aggregates all dirty weeks without the comparison, the write and the dirty marks. Returns the number of member weeks. */
export async function readAlone(db: Db, teams: readonly FactTeam[]): Promise<number> {
  let memberWeeks = 0;
  for (const { teamId } of teams) {
    // The product's own transaction for rollups: the planner gets the same settings.
    await withTeam(
      db,
      teamId,
      async (tx) => {
        const [row] = await tx.$queryRawUnsafe<{ memberWeeks: number }[]>(READS_ALONE, teamId);
        memberWeeks += row?.memberWeeks ?? 0;
      },
      { timeoutMs: 120_000, joinsAsWritten: true },
    );
  }
  return memberWeeks;
}

/** Most change in size; one in five was opened five days earlier, so that some member weeks empty and others fill. */
const CHANGE = `
UPDATE pull_request SET additions = additions + 7, is_hotfix = NOT is_hotfix,
  created_at = CASE WHEN number % 5 = 0 THEN created_at - interval '5 days' ELSE created_at END
WHERE team_id = $1 AND id = ANY ($2::bigint[])`;

/** One pull request in a hundred changes … */
const ONE_IN = 100;

export interface Change {
  /** … and another one each time. */
  readonly pass: number;
  /** The number of pull requests that change, at most; the latest ones. */
  readonly limit: number;
}

/** Changes pull requests that lie all over the history, and marks their member weeks dirty as the sync does. */
export async function changePullRequests(
  db: Db,
  teams: readonly FactTeam[],
  { pass, limit }: Change,
): Promise<number> {
  let changed = 0;
  for (const { teamId } of teams) {
    await withTeam(db, teamId, async (tx) => {
      const rows = await tx.$queryRaw<{ id: bigint }[]>`
        SELECT id FROM (
          SELECT id, row_number() OVER (ORDER BY created_at DESC, id) AS n FROM pull_request WHERE team_id = ${teamId}
        ) AS numbered WHERE n % ${ONE_IN} = ${pass} ORDER BY n LIMIT ${limit}`;
      const ids = rows.map(({ id }) => id);
      const before = await readTouchedMemberWeeks(tx, teamId, ids);
      await tx.$executeRawUnsafe(CHANGE, teamId, ids);
      const after = await readTouchedMemberWeeks(tx, teamId, ids);
      await markMemberWeeksDirty(tx, teamId, changedMemberWeeks(ids, before, after));
      changed += ids.length;
    });
  }
  return changed;
}

/** The member weeks that readers see (or those of a baseline's generation), byte for byte but for when they were computed. */
export async function fingerprintMemberWeeks(
  superuser: pg.Client,
  teams: readonly FactTeam[],
  generation: number | null,
): Promise<string> {
  const columns = ['m.team_id', 'm.member_id', 'm.week_start'].concat(
    MEMBER_WEEK_NUMBERS.map((name) => `m.${name}`),
    'm.definition_version',
  );
  const { rows } = await superuser.query<{ count: string; md5: string }>(
    `SELECT count(*) AS count, md5(string_agg(ROW(${columns.join(', ')})::text, '\n'
       ORDER BY m.team_id, m.member_id, m.week_start)) AS md5
     FROM weekly_metrics m JOIN team t ON t.id = m.team_id
     WHERE m.team_id = ANY ($1::bigint[]) AND m.generation = coalesce($2::integer, t.rollup_generation)`,
    [teams.map(({ teamId }) => teamId), generation],
  );
  return `${rows[0]?.count} member weeks, ${rows[0]?.md5}`;
}
