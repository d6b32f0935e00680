import { isOlderDefinition } from '../../domain/rollups/definition-version.ts';
import type { Db, DbTransaction } from '../core/client.ts';
import { withTeam } from '../core/team-transaction.ts';
import { memberChange } from '../members/member-kind.ts';
import { reclassifyMembers } from '../members/member-rules.ts';
import { refreshBaseKinds } from '../pulls/base-kinds.ts';
import { recomputeNatures } from '../pulls/pull-request-natures.ts';
import {
  countPullRequestsLeft,
  moveDefinitionProgress,
  noteAppliedDefinition,
  readDefinitionProgress,
} from '../rollups/definition-progress.ts';
import { withDirtyMarks } from '../rollups/dirty-marks.ts';
import { readRollupDefinition } from '../rollups/finish-rebuild.ts';
import { recomputePhases } from '../rollups/pull-request-phases.ts';
import { expectOwnDefinition } from '../rollups/rebuild-definition.ts';
import type { RebuildKey } from '../rollups/rollup-rebuild.ts';

/** Pull requests of one transaction: pages of a sync wait for it. */
export const PULL_REQUESTS_PER_BATCH = 500;

/** How far a rebuild has come with the stored pull requests. */
export interface DefinitionStep {
  /** False when the rebuild has been closed meanwhile. */
  readonly isRunning: boolean;
  readonly pullRequestsDone: number;
  readonly pullRequestsTotal: number;
  /** Whether further pull requests may be left. */
  readonly more: boolean;
}

/**
 * Prepares a rebuild whose team has weeks by an older definition than this code's: members get the kinds that today's list
 * says, and the pull requests that are left are counted. Done twice it changes nothing.
 * @returns whether there is a newer definition to apply, with `applyDefinition`
 */
export async function beginDefinition(db: Db, key: RebuildKey): Promise<boolean> {
  if (!isOlderDefinition(await readRollupDefinition(db, key.teamId))) {
    return false;
  }
  await reclassifyMembers(db, key.teamId);
  await withTeam(db, key.teamId, (tx) => countPullRequestsLeft(tx, key));
  return true;
}

/**
 * Computes anew, from what is stored of the next pull requests of a team, what a newer definition says of each: phases,
 * whether it is a revert or hotfix, and whether its merge counts. Facts, dirty marks and the progress in the rebuild's row
 * are one transaction: killed before its commit, the batch is done again; killed after it, the next call goes on behind it.
 * Of two calls at a time one waits for the other. Nothing happens where the team's weeks are of this definition.
 * @param maxPullRequests bounds the transaction
 * @throws as `expectOwnDefinition` does
 */
export async function applyDefinition(
  db: Db,
  key: RebuildKey,
  maxPullRequests = PULL_REQUESTS_PER_BATCH,
): Promise<DefinitionStep> {
  const { teamId } = key;
  return withTeam(
    db,
    teamId,
    async (tx) => {
      const progress = await readDefinitionProgress(tx, key);
      const { pullRequestsDone, pullRequestsTotal } = progress;
      const isRunning = progress.status === 'RUNNING';
      if (!isRunning || !isOlderDefinition(progress.rollupDefinition)) {
        return { isRunning, pullRequestsDone, pullRequestsTotal, more: false };
      }
      expectOwnDefinition(progress);
      const ids = await readNextIds(tx, teamId, progress.lastPullRequestId, maxPullRequests);
      const more = ids.length === maxPullRequests;
      if (!more) {
        await noteAppliedDefinition(tx, key);
      }
      if (ids.length === 0) {
        return { isRunning, pullRequestsDone, pullRequestsTotal, more };
      }
      await withDirtyMarks(tx, teamId, ids, async () => {
        await recomputePhases(tx, teamId, ids);
        await recomputeNatures(tx, teamId, ids);
      });
      await refreshBaseKinds(tx, teamId, { ids });
      await moveDefinitionProgress(tx, key, ids);
      const done = pullRequestsDone + ids.length;
      return {
        isRunning,
        pullRequestsDone: done,
        pullRequestsTotal: Math.max(pullRequestsTotal, done),
        more,
      };
    },
    memberChange(teamId),
  );
}

async function readNextIds(
  tx: DbTransaction,
  teamId: bigint,
  after: bigint,
  limit: number,
): Promise<bigint[]> {
  const rows = await tx.$queryRaw<{ id: bigint }[]>`
    SELECT id FROM pull_request WHERE team_id = ${teamId} AND id > ${after} ORDER BY id LIMIT ${limit}`;
  return rows.map(({ id }) => id);
}
