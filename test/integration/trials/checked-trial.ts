import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rollUpTeam } from '../../../src/db/rollups/roll-up-team.ts';
import { openStageWorld, type StageWorld } from '../sync/stage-world.ts';
import { readTrial, TRIED_AT } from './trial-world.ts';

const SINCE = new Date('2026-09-01T00:00:00Z');

/** A value that a trial is about, and what is right. */
interface TrialCheck {
  readonly what: string;
  readonly expected: unknown;
}

/** A repository of a trial in a world of its own, not yet synced. */
export interface Trial extends StageWorld {
  readonly checks: readonly TrialCheck[];
  /** Syncs it and computes the weeks. */
  sync(): Promise<void>;
  /** The sums of the week of 2026-11-16 over all members: whole numbers by column. */
  weekOf(columns: string): Promise<unknown[] | undefined>;
}

/** Opens the trial of a folder beside this file. */
export async function openTrial(name: string): Promise<Trial> {
  const { checks } = JSON.parse(
    await readFile(join(import.meta.dirname, name, 'case.json'), 'utf8'),
  ) as {
    readonly checks: readonly TrialCheck[];
  };
  const world = await openStageWorld(await readTrial(name), TRIED_AT);
  return {
    ...world,
    checks,
    async sync() {
      await world.syncPullRequests(SINCE);
      await world.finish();
      await rollUpTeam(world.scene.db, world.teamId);
    },
    async weekOf(columns) {
      const sums = columns.split(', ').map((column) => `sum(w.${column})::integer`);
      const [week] = await world.rows(`
        SELECT ${sums.join(', ')} FROM weekly_metrics w JOIN team t ON t.id = w.team_id
        WHERE w.generation = t.rollup_generation AND w.week_start = '2026-11-16'`);
      return week;
    },
  };
}
