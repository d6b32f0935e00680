import type { Db } from '../core/client.ts';
import { expectAppliedDefinition } from './rebuild-definition.ts';
import { withRollupLock } from './rollup-lock.ts';
import { readRebuild, type RebuildKey } from './rollup-rebuild.ts';
import { withTeam } from '../core/team-transaction.ts';
import { MEMBER_WEEK_VALUES } from './member-weeks.ts';

const COLUMNS = [
  'member_id',
  'week_start',
  ...MEMBER_WEEK_VALUES,
  'definition_version',
  'computed_at',
].join(', ');

/** Weeks outside a rebuild's range are read on as they are. */
const COPY_THE_REST = `
INSERT INTO weekly_metrics (team_id, generation, ${COLUMNS})
SELECT $1::bigint, r.generation, ${COLUMNS.replaceAll(/\w+/g, (name) => `m.${name}`)}
FROM rollup_rebuild r JOIN team t ON t.id = $1::bigint
JOIN weekly_metrics m ON m.team_id = $1::bigint AND m.generation = t.rollup_generation
  AND (m.week_start < r.from_week OR m.week_start >= r.to_week)
WHERE r.team_id = $1::bigint AND r.id = $2::bigint
ORDER BY m.member_id, m.week_start
ON CONFLICT DO NOTHING`;

/**
 * Marks those member weeks dirty that are read now, lie outside the weeks that a rebuild has computed and are not
 * copied: they come from commits with wrong clocks. Rollups compute them by the new settings after the flip.
 */
const MARK_OUTSIDE_RANGE_DIRTY = `
INSERT INTO rollup_dirty (team_id, week_start, member_id, generation)
SELECT $1::bigint, m.week_start, m.member_id, m.generation
FROM rollup_rebuild r JOIN team t ON t.id = $1::bigint
JOIN weekly_metrics m ON m.team_id = $1::bigint AND m.generation = t.rollup_generation
  AND ((r.from_week IS NULL AND m.week_start < r.next_week - 7 * r.weeks_done)
    OR (r.to_week IS NULL AND m.week_start >= r.next_week))
WHERE r.team_id = $1::bigint AND r.id = $2::bigint`;

/**
 * Ends a rebuild whose weeks are all computed. In one transaction the team's readers change over to its generation and
 * its settings; a dry run just ends. Done twice it changes nothing.
 * @returns whether the rebuild is completed; false when it was closed otherwise
 * @throws as `expectAppliedDefinition` does
 */
export async function finishRebuild(db: Db, key: RebuildKey): Promise<boolean> {
  return withRollupLock(db, key.teamId, async (tx) => {
    const rebuild = await readRebuild(tx, key);
    if (rebuild.status !== 'RUNNING') {
      return rebuild.status === 'COMPLETED';
    }
    if (rebuild.weeksDone < rebuild.weeksTotal) {
      throw new Error(`rebuild ${key.rebuildId} has weeks left and cannot be finished`);
    }
    expectAppliedDefinition(rebuild);
    if (!rebuild.isDryRun) {
      await tx.$executeRawUnsafe(MARK_OUTSIDE_RANGE_DIRTY, key.teamId, key.rebuildId);
      if (rebuild.isPartial) {
        await tx.$executeRawUnsafe(COPY_THE_REST, key.teamId, key.rebuildId);
      }
    }
    await tx.$executeRaw`
      WITH done AS (
        UPDATE rollup_rebuild SET status = 'COMPLETED', next_week = NULL, finished_at = now(), updated_at = now()
        WHERE team_id = ${key.teamId} AND id = ${key.rebuildId}
        RETURNING *
      )
      UPDATE team t SET rollup_generation = r.generation, time_zone = r.time_zone, week_start = r.week_start,
        rollup_definition = r.definition_version,
        weekly_metrics_retained_from = CASE WHEN t.weekly_metrics_retained_from IS NOT NULL
          THEN least(CASE WHEN r.to_week IS NULL OR r.to_week >= t.weekly_metrics_retained_from THEN r.from_week END,
            t.weekly_metrics_retained_from, throughline_week_start(
            t.weekly_metrics_retained_from::timestamp AT TIME ZONE 'UTC', 'UTC', r.week_start)) END
      FROM done r
      WHERE t.id = ${key.teamId} AND NOT r.is_dry_run`;
    return true;
  });
}

export interface CloseRebuildInput {
  readonly teamId: bigint;
  readonly workflowId: string;
  /** First run of the chain. */
  readonly workflowRunId: string;
  readonly status: 'FAILED' | 'CANCELLED';
  readonly errorCode: string;
  readonly errorMessage: string;
}

/**
 * Ends the rebuild of a workflow's run that is not done; one that has ended keeps its end. What it has written is read
 * by nobody. Found by its run, because who closes may not have got the answer that names its row.
 */
export async function closeRebuild(db: Db, input: CloseRebuildInput): Promise<void> {
  await withRollupLock(
    db,
    input.teamId,
    (tx) => tx.$executeRaw`
      UPDATE rollup_rebuild SET status = ${input.status}, error_code = ${input.errorCode},
        error_message = ${input.errorMessage}, finished_at = now(), updated_at = now()
      WHERE team_id = ${input.teamId} AND workflow_id = ${input.workflowId}
        AND workflow_run_id = ${input.workflowRunId} AND status = 'RUNNING'`,
  );
}

/** Version of the definitions by which the weeks that are read now were computed. */
export async function readRollupDefinition(db: Db, teamId: bigint): Promise<string> {
  const { rollupDefinition } = await withTeam(db, teamId, (tx) =>
    tx.team.findUniqueOrThrow({ where: { id: teamId }, select: { rollupDefinition: true } }),
  );
  return rollupDefinition;
}

/**
 * Removes weeks of generations that nobody reads or builds any more, at most `maxRows` of them.
 * @returns how many were removed; fewer than `maxRows` when none are left
 */
export async function removeOldGenerations(
  db: Db,
  input: { readonly teamId: bigint; readonly maxRows: number },
): Promise<number> {
  return withTeam(
    db,
    input.teamId,
    (tx) => tx.$executeRaw`
      WITH live AS MATERIALIZED (
        SELECT rollup_generation AS generation FROM team WHERE id = ${input.teamId}
        UNION SELECT generation FROM rollup_rebuild WHERE team_id = ${input.teamId} AND status = 'RUNNING'
      ), old AS MATERIALIZED (
        SELECT DISTINCT r.generation FROM (
          SELECT generation FROM rollup_rebuild WHERE team_id = ${input.teamId}
          UNION ALL SELECT min(generation) FROM weekly_metrics WHERE team_id = ${input.teamId}
        ) AS r
        WHERE r.generation IS NOT NULL AND r.generation NOT IN (SELECT generation FROM live)
      )
      DELETE FROM weekly_metrics m WHERE m.team_id = ${input.teamId} AND m.ctid = ANY (ARRAY(
        SELECT dead.ctid FROM old JOIN weekly_metrics dead
          ON dead.team_id = ${input.teamId} AND dead.generation = old.generation
        LIMIT ${input.maxRows}))`,
  );
}
