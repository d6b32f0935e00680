import type { DbTransaction } from '../core/client.ts';
import { firstRow } from '../core/first-row.ts';
import type { RebuildKey, RebuildRow } from './rollup-rebuild.ts';

/** How far a rebuild has come with what a newer definition says of stored pull requests. */
export interface DefinitionProgress extends Pick<RebuildRow, 'status' | 'definitionVersion'> {
  /** Definition of the weeks that are read now. */
  readonly rollupDefinition: string;
  /** The pull requests up to this id are done. */
  readonly lastPullRequestId: bigint;
  readonly pullRequestsDone: number;
  readonly pullRequestsTotal: number;
}

export async function readDefinitionProgress(
  tx: DbTransaction,
  { teamId, rebuildId }: RebuildKey,
): Promise<DefinitionProgress> {
  const rows = await tx.$queryRaw<DefinitionProgress[]>`
    SELECT r.status, r.definition_version AS "definitionVersion", t.rollup_definition AS "rollupDefinition",
      coalesce(r.last_pull_request_id, 0) AS "lastPullRequestId", r.pull_requests_done AS "pullRequestsDone",
      r.pull_requests_total AS "pullRequestsTotal"
    FROM rollup_rebuild r JOIN team t ON t.id = r.team_id
    WHERE r.team_id = ${teamId} AND r.id = ${rebuildId}`;
  return firstRow(rows, `rebuild ${rebuildId} of team ${teamId} is not there`);
}

/** Counts the pull requests that are left to a rebuild, those of its row that are done beside them. */
export async function countPullRequestsLeft(
  tx: DbTransaction,
  { teamId, rebuildId }: RebuildKey,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE rollup_rebuild r SET updated_at = now(), pull_requests_total = r.pull_requests_done + (
      SELECT count(*) FROM pull_request p WHERE p.team_id = ${teamId} AND p.id > coalesce(r.last_pull_request_id, 0))
    WHERE r.team_id = ${teamId} AND r.id = ${rebuildId}`;
}

/** Notes that the next pull requests are done, in the transaction that did them; also of a rebuild that has ended meanwhile. */
export async function moveDefinitionProgress(
  tx: DbTransaction,
  { teamId, rebuildId }: RebuildKey,
  ids: readonly bigint[],
): Promise<void> {
  await tx.$executeRaw`
    UPDATE rollup_rebuild SET updated_at = now(), last_pull_request_id = ${ids.at(-1) ?? null}::bigint,
      pull_requests_done = pull_requests_done + ${ids.length},
      pull_requests_total = greatest(pull_requests_total, pull_requests_done + ${ids.length})
    WHERE team_id = ${teamId} AND id = ${rebuildId}`;
}

/** Notes that no pull request is left to a rebuild: from now on its weeks may be computed, and readers switched to them. */
export async function noteAppliedDefinition(
  tx: DbTransaction,
  { teamId, rebuildId }: RebuildKey,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE rollup_rebuild SET definition_applied_at = now(), updated_at = now()
    WHERE team_id = ${teamId} AND id = ${rebuildId} AND definition_applied_at IS NULL`;
}

/** Lets the team's rebuild begin at its first pull request again: what was done of earlier ones does not hold any more. */
export async function restartDefinition(tx: DbTransaction, teamId: bigint): Promise<void> {
  await tx.$executeRaw`
    UPDATE rollup_rebuild SET last_pull_request_id = NULL, pull_requests_done = 0, definition_applied_at = NULL,
      updated_at = now()
    WHERE team_id = ${teamId} AND status = 'RUNNING' AND NOT is_dry_run`;
}
