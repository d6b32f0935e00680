import type { WorkflowLauncher } from '../../contracts/launcher.ts';
import { toRebuildStart } from '../../contracts/rollups.ts';
import type { Db } from '../../db/core/client.ts';
import { readRollupDefinition } from '../../db/rollups/finish-rebuild.ts';
import { eachTeam } from '../../db/core/teams.ts';
import { isOlderDefinition } from '../../domain/rollups/definition-version.ts';

/**
 * Starts the rebuild of every team whose weeks are of older definitions than this code's. Until it is done their
 * weeks stay as they are, and so do the marks of what has changed. Harmless when several workers do it. A team that has
 * a rebuild running is left to the next look: that one may be by older definitions.
 * @returns ids of the teams whose rebuild was started
 * @throws DomainError TEMPORAL_UNAVAILABLE
 */
export async function startDefinitionRebuilds(
  db: Db,
  launcher: Pick<WorkflowLauncher, 'startWorkflow'>,
): Promise<bigint[]> {
  const teamIds: bigint[] = [];
  for await (const teamId of eachTeam(db)) {
    if (isOlderDefinition(await readRollupDefinition(db, teamId))) {
      const { joined } = await launcher.startWorkflow(
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
      if (!joined) {
        teamIds.push(teamId);
      }
    }
  }
  return teamIds;
}

/**
 * Calls `look` once a period, one after the other, until it is closed. It does not keep the process alive.
 * @param task never throws
 * @returns close, which waits for a look that is going on
 */
export function runPeriodically(
  periodMs: number,
  task: () => Promise<void>,
): { readonly close: () => Promise<void> } {
  let running = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(task);
  }, periodMs);
  timer.unref();
  return {
    async close() {
      clearInterval(timer);
      await running;
    },
  };
}
