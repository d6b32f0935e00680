import { firstRow } from '../core/first-row.ts';
import type { ReadSession } from './read-source.ts';

/** What a team needs before a backfill can start. */
export interface BackfillReadiness {
  readonly hasConnection: boolean;
  readonly repositories: number;
  /** What the database's clock says. */
  readonly now: Date;
}

/** Reads whether a team is connected to GitHub, how many repositories it has, and the database's clock. */
export async function readBackfillReadiness(
  session: ReadSession,
  teamId: bigint,
): Promise<BackfillReadiness> {
  const rows = await session.query<BackfillReadiness>(
    `SELECT EXISTS (SELECT 1 FROM github_connection c WHERE c.team_id = $1::text::bigint AND c.status = 'ACTIVE')
    AS "hasConnection",
  (SELECT count(*) FROM repository r WHERE r.team_id = $1::text::bigint)::integer AS repositories, now() AS now`,
    [String(teamId)],
  );
  return firstRow(rows, 'the readiness of a team was read, but no row came back');
}
