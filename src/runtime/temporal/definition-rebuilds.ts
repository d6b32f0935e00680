import type { WorkflowLauncher } from '../../contracts/launcher.ts';
import { toDefinitionRebuild, toRebuildStart } from '../../contracts/rollups.ts';
import type { Db } from '../../db/core/client.ts';
import { readRollupDefinition } from '../../db/rollups/finish-rebuild.ts';
import { eachTeam } from '../../db/core/teams.ts';
import { isOlderDefinition } from '../../domain/rollups/definition-version.ts';

/**
 * Starts the rebuild of every team whose weeks are of older definitions than this code's. Until it is done, the team's
 * weeks and dirty marks stay as they are. Several workers may do this at the same time. A team whose rebuild already runs
 * is left to the next call: that rebuild may be of older definitions.
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
        toRebuildStart(toDefinitionRebuild(String(teamId))),
      );
      if (!joined) {
        teamIds.push(teamId);
      }
    }
  }
  return teamIds;
}

/**
 * Calls `task` once a period, one call after another, until it is closed. It does not keep the process alive.
 * @param task never throws
 * @returns close, which waits for a running call
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
