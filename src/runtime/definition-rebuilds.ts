import type { WorkflowLauncher } from '../contracts/launcher.ts';
import { toRebuildStart } from '../contracts/rollups.ts';
import type { Db } from '../db/client.ts';
import { readRollupDefinition } from '../db/rollup-flip.ts';
import { eachTeam } from '../db/teams.ts';
import { isOlderDefinition } from '../domain/definition-version.ts';

/**
 * Starts the rebuild of every team whose weeks are of older definitions than this code's. Until it is done their
 * weeks stay as they are, and so do the marks of what has changed. Harmless when several workers do it.
 * @returns ids of the teams
 * @throws DomainError TEMPORAL_UNAVAILABLE
 */
export async function startDefinitionRebuilds(
  db: Db,
  launcher: Pick<WorkflowLauncher, 'startWorkflow'>,
): Promise<bigint[]> {
  const teamIds: bigint[] = [];
  for await (const teamId of eachTeam(db)) {
    if (isOlderDefinition(await readRollupDefinition(db, teamId))) {
      await launcher.startWorkflow(
        toRebuildStart({
          teamId: String(teamId),
          reason: 'DEFINITION',
          isDryRun: false,
          from: null,
          to: null,
          timeZone: null,
          weekStart: null,
          requestedBy: null,
        }),
      );
      teamIds.push(teamId);
    }
  }
  return teamIds;
}
