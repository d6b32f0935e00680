import { isOlderDefinition } from '../../domain/rollups/definition-version.ts';
import type { Db } from '../core/client.ts';
import { withTeam } from '../core/team-transaction.ts';
import { memberChange } from '../members/member-kind.ts';
import { refreshBaseKinds } from '../pulls/base-kinds.ts';
import { recomputeNatures } from '../pulls/pull-request-natures.ts';
import { withDirtyMarks } from '../rollups/dirty-marks.ts';
import { readRollupDefinition } from '../rollups/finish-rebuild.ts';
import { recomputePhases } from '../rollups/pull-request-phases.ts';

/** Pull requests of one transaction: pages of a sync wait for it. */
const PULL_REQUESTS_AT_ONCE = 500;

/**
 * Computes anew, from what is stored of a team's pull requests, what a newer definition says of each: phases, whether
 * it is a revert or hotfix, and whether its merge counts. Nothing happens where the team's weeks are of this
 * definition; done twice it changes nothing.
 * @returns how many pull requests were looked at
 */
export async function applyDefinition(
  db: Db,
  teamId: bigint,
  batch = PULL_REQUESTS_AT_ONCE,
): Promise<number> {
  if (!isOlderDefinition(await readRollupDefinition(db, teamId))) {
    return 0;
  }
  let looked = 0;
  for (let after: bigint | undefined = 0n; after !== undefined;) {
    const ids: bigint[] = await applyToNext(db, teamId, after, batch);
    looked += ids.length;
    after = ids.at(-1);
  }
  return looked;
}

async function applyToNext(
  db: Db,
  teamId: bigint,
  after: bigint,
  batch: number,
): Promise<bigint[]> {
  return withTeam(
    db,
    teamId,
    async (tx) => {
      const rows = await tx.$queryRaw<{ id: bigint }[]>`
        SELECT id FROM pull_request WHERE team_id = ${teamId} AND id > ${after} ORDER BY id LIMIT ${batch}`;
      const ids = rows.map(({ id }) => id);
      await withDirtyMarks(tx, teamId, ids, async () => {
        await recomputePhases(tx, teamId, ids);
        await recomputeNatures(tx, teamId, ids);
      });
      await refreshBaseKinds(tx, teamId, { ids });
      return ids;
    },
    memberChange(teamId),
  );
}
