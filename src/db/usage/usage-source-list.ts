import type { Db } from '../core/client.ts';
import { withTeam } from '../core/team-transaction.ts';
import { eachTeam } from '../core/teams.ts';

/** An organisation whose Copilot reports are read for a team. */
export interface UsageSourceName {
  readonly teamId: bigint;
  readonly organization: string;
}

/** The Copilot sources of all teams, team by team. */
export async function* eachUsageSource(db: Db): AsyncGenerator<UsageSourceName> {
  for await (const teamId of eachTeam(db)) {
    yield* await withTeam(
      db,
      teamId,
      (tx) => tx.$queryRaw<UsageSourceName[]>`
        SELECT team_id AS "teamId", organization FROM ai_usage_source
        WHERE team_id = ${teamId} AND source = 'COPILOT' ORDER BY organization`,
    );
  }
}
