import type { DbTransaction } from '../core/client.ts';

/** Rows a statement: more hold their locks longer and win nothing. */
const EXPIRED_BATCH = 10_000;

/** Runs that one statement looks at: each repository sync brings its pages. */
const RUNS_PER_BATCH = 1_000;

interface ScannedRuns {
  readonly last: bigint | null;
  readonly isEnd: boolean;
}

/**
 * Reads a batch of a team's runs after `after`, oldest first, and deletes those that ended before an instant with
 * their pages. A job is deleted once its repository syncs are, so a team is gone through twice. Ids grow with time: the
 * first batch with a run that began since then is the last.
 * @returns the last run that was read; null when no old ones are left after it
 */
export async function deleteOldSyncRuns(
  tx: DbTransaction,
  teamId: bigint,
  range: { readonly before: Date; readonly after: bigint },
  batch = RUNS_PER_BATCH,
): Promise<bigint | null> {
  const [scanned] = await tx.$queryRaw<ScannedRuns[]>`
    WITH scanned AS (
      SELECT id, started_at FROM sync_run WHERE team_id = ${teamId} AND id > ${range.after}
      ORDER BY id LIMIT ${batch}::integer
    ), old AS (
      SELECT s.id FROM scanned JOIN sync_run s ON s.team_id = ${teamId} AND s.id = scanned.id
      WHERE s.finished_at < ${range.before}
        AND NOT EXISTS (SELECT FROM sync_run part WHERE part.team_id = s.team_id AND part.parent_id = s.id)
    ), pages AS (
      DELETE FROM sync_page p USING old WHERE p.team_id = ${teamId} AND p.sync_run_id = old.id
    ), runs AS (
      DELETE FROM sync_run s USING old WHERE s.team_id = ${teamId} AND s.id = old.id
    )
    SELECT max(id) AS last, count(*) < ${batch}::integer OR bool_or(started_at >= ${range.before}) AS "isEnd" FROM scanned`;
  return scanned === undefined || scanned.isEnd ? null : scanned.last;
}

/**
 * Deletes a batch of a team's letters that were resolved before an instant; open ones stay.
 * @returns true when more may be left
 */
export async function deleteResolvedLetters(
  tx: DbTransaction,
  teamId: bigint,
  before: Date,
): Promise<boolean> {
  const deleted = await tx.$executeRaw`
    DELETE FROM dead_letter d
    USING (SELECT repository_id, entity, natural_key FROM dead_letter
      WHERE team_id = ${teamId} AND resolved_at < ${before}
      ORDER BY repository_id, entity, natural_key LIMIT ${EXPIRED_BATCH}::integer FOR UPDATE) AS old
    WHERE d.team_id = ${teamId} AND d.repository_id = old.repository_id AND d.entity = old.entity
      AND d.natural_key = old.natural_key`;
  return deleted === EXPIRED_BATCH;
}
