import { join } from 'node:path';
import { rollUpTeam } from '../../../src/db/rollups/roll-up-team.ts';
import type { GitHubData } from '../../../src/demo/core/github-data.ts';
import { readRecording } from '../../../src/demo/recording/recording.ts';
import { mintAccessToken } from '../../../src/db/teams/provision.ts';
import { createApiWorld } from '../api/api-world.ts';
import { openStageWorld, type StageWorld } from '../sync/stage-world.ts';

/** When the trials were made. */
export const TRIED_AT = new Date('2026-11-29T12:00:00Z');
const SINCE = new Date('2026-11-01T00:00:00Z');

/** A recorded repository of this folder that is synced and rolled up, with an API over it. */
export interface TrialWorld extends StageWorld {
  /** Reads the same history once more, and rolls up what that marked dirty. */
  syncAgain(): Promise<void>;
  /** Asks as the team's admin; fails on errors. */
  ask<Data>(query: string, variables?: Readonly<Record<string, unknown>>): Promise<Data>;
}

/** Reads a recorded repository of this folder. */
export async function readTrial(name: string): Promise<GitHubData> {
  return readRecording(join(import.meta.dirname, name, 'data', name));
}

export async function openTrialWorld(source: GitHubData): Promise<TrialWorld> {
  const world = await openStageWorld(source, TRIED_AT);
  const { scene, teamId } = world;
  const maintenance = scene.maintenanceDb();
  const admin = await maintenance.appUser.findFirstOrThrow();
  const token = await mintAccessToken(maintenance, {
    userId: admin.id,
    name: 'trial',
    lifetimeMs: 365 * 24 * 60 * 60 * 1000,
    now: new Date(),
  });
  // The database is the stage world's.
  const api = await createApiWorld({ ...scene.database, drop: async () => undefined });
  const gateway = api.createGateway({ now: () => TRIED_AT });
  const syncAgain = async (): Promise<void> => {
    const due = await world.syncPullRequests(SINCE);
    for (const stage of due) {
      await world.run(stage);
    }
    await world.finish();
    await rollUpTeam(scene.db, teamId);
  };
  await syncAgain();
  return {
    ...world,
    syncAgain,
    async ask<Data>(query: string, variables = {}) {
      const { data, errors } = await api.ask<Data>(token, query, variables, gateway);
      if (errors.length > 0) {
        throw new Error(`the API refuses: ${JSON.stringify(errors)}`);
      }
      return data;
    },
    async close() {
      await gateway.dispose();
      await api.close();
      await world.close();
    },
  };
}
