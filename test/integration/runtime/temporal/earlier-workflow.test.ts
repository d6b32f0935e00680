import { asyncLocalStorage } from '@temporalio/activity';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createActivityInterceptor } from '../../../../src/activities/core/interceptor.ts';
import { createComputeActivities } from '../../../../src/activities/rollups/compute.ts';
import { toDefinitionRebuild, toRebuildStart } from '../../../../src/contracts/rollups.ts';
import { readRollupDefinition } from '../../../../src/db/rollups/finish-rebuild.ts';
import { PULL_REQUESTS_PER_BATCH } from '../../../../src/db/sync/stored-definitions.ts';
import { DEFINITION_VERSION } from '../../../../src/domain/rollups/definition-version.ts';
import { createStubActivities } from '../../../support/stubs/stub-workers.ts';
import { openWorkflowWorld } from '../../../support/worlds/workflow-world.ts';
import { openScene, readNumber, type Scene, type SceneTeam } from '../../db/scene.ts';
import { loseConnection, withTrouble, type Trouble } from './batch-trouble.ts';
import { addOlderTeam } from './older-team.ts';

/** Two whole batches and a part. */
const PULL_REQUESTS = 2 * PULL_REQUESTS_PER_BATCH + 200;

// The workflow of the version before, which asks for no steps and makes none whatever the answer is.
const world = openWorkflowWorld({
  change(bundle) {
    const changed = bundle
      .replace('appliesInSteps: true', '')
      .replace('opened.appliesDefinition === true', 'false');
    if (changed.includes('appliesInSteps') || changed.includes('opened.appliesDefinition ===')) {
      throw new Error('the bundle says otherwise that a definition is applied in steps');
    }
    return changed;
  },
});

let scene: Scene;
let team: SceneTeam;
let teams = 0;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene.close());

beforeEach(async () => {
  teams += 1;
  team = await addOlderTeam(scene, `earlier-${teams}`, PULL_REQUESTS);
});

/** Runs a rebuild by the earlier workflow over this version's activities; answers it and the sizes of its batches. */
async function runRebuild(trouble: Trouble) {
  const done: number[] = [];
  const readDone = () =>
    readNumber(scene.sql, 'SELECT max(pull_requests_done) FROM rollup_rebuild WHERE team_id = $1', [
      team.teamId,
    ]);
  const db = withTrouble(scene.db, {
    ...trouble,
    async afterCommit(batch) {
      done.push(await readDone());
      await trouble.afterCommit?.(batch);
    },
  });
  await world.work(
    { sync: createStubActivities().sync, compute: createComputeActivities({ db }) },
    {
      interceptors: { activity: [(context) => ({ inbound: createActivityInterceptor(context) })] },
    },
  );
  const handle = await world.start(toRebuildStart(toDefinitionRebuild(String(team.teamId))));
  await handle.result();
  return { handle, done };
}

async function expectApplied(): Promise<void> {
  const wrong = 'SELECT count(*) FROM pull_request WHERE team_id = $1 AND is_hotfix';
  expect(await readNumber(scene.sql, wrong, [team.teamId])).toBe(0);
  // Pull requests that were no hotfixes before the older definition said so.
  const hotfixes = `SELECT coalesce(sum(m.hotfix_count), 0) FROM weekly_metrics m JOIN team t ON t.id = m.team_id
    AND t.rollup_generation = m.generation WHERE m.team_id = $1`;
  expect(await readNumber(scene.sql, hotfixes, [team.teamId])).toBe(0);
  expect(await readRollupDefinition(scene.db, team.teamId)).toBe(DEFINITION_VERSION);
}

it('has all of a definition applied before it computes weeks, by attempts that add up', async () => {
  const { handle, done } = await runRebuild({
    async afterCommit(batch) {
      if (batch === 1) {
        throw loseConnection();
      }
    },
  });
  expect(done).toEqual([500, 1000, PULL_REQUESTS]);
  await expectApplied();
  // And code that has the steps replays what has none.
  const workflowBundle = { codePath: world.temporal.workflowBundle };
  const history = await handle.fetchHistory();
  await expect(Worker.runReplayHistory({ workflowBundle }, history)).resolves.toBeUndefined();
});

it('computes no weeks behind an attempt that was cancelled before the end', async () => {
  let aborts = 0;
  const { done } = await runRebuild({
    async afterCommit(batch) {
      const context = asyncLocalStorage.getStore();
      if (batch === 1 && context !== undefined) {
        // As when its worker stops, or the attempt has taken too long.
        aborts += 1;
        Object.assign(context, { cancellationSignal: AbortSignal.abort() });
      }
    },
  });
  expect(aborts).toBe(1);
  expect(done).toEqual([500, 1000, PULL_REQUESTS]);
  await expectApplied();
});
