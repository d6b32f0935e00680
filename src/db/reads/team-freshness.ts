import { toIdArray } from '../core/array-literal.ts';
import type { ReadSession } from './read-source.ts';
import type { TeamKey } from './rows-by-key.ts';

/** How far the data of a team reaches towards now. */
export interface TeamFreshness extends TeamKey {
  /** The repository that was not synced for longest, a never synced one first; null when there is none. */
  readonly repositoryId: bigint | null;
  /** When its last sync that came to its end began. */
  readonly syncedAt: Date | null;
}

const OLDEST = `
SELECT DISTINCT ON (r.team_id) r.team_id AS "teamId", r.id AS "repositoryId", r.synced_at AS "syncedAt"
FROM repository r
WHERE r.team_id = ANY ($1::text::bigint[]) AND r.sync_state NOT IN ('ARCHIVED', 'GONE')
ORDER BY r.team_id, r.synced_at NULLS FIRST, r.id`;

/** Finds the repositories that hold teams back, with one statement. In the order of `keys`. */
export async function readTeamFreshness(
  session: ReadSession,
  keys: readonly TeamKey[],
): Promise<TeamFreshness[]> {
  const rows = await session.query<TeamFreshness>(OLDEST, [
    toIdArray(keys.map((key) => key.teamId)),
  ]);
  const oldest = new Map(rows.map((row) => [row.teamId, row]));
  return keys.map(
    ({ teamId }) => oldest.get(teamId) ?? { teamId, repositoryId: null, syncedAt: null },
  );
}
