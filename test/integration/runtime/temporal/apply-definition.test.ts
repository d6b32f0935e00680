import { asyncLocalStorage } from '@temporalio/activity';
import { WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createActivityInterceptor } from '../../../../src/activities/core/interceptor.ts';
import { createComputeActivities } from '../../../../src/activities/rollups/compute.ts';
import { toDefinitionRebuild, toRebuildStart } from '../../../../src/contracts/rollups.ts';
import { PULL_REQUESTS_PER_BATCH } from '../../../../src/db/sync/stored-definitions.ts';
import { createStubActivities } from '../../../support/stubs/stub-workers.ts';
import { openWorkflowWorld } from '../../../support/worlds/workflow-world.ts';
import { openCountingDatabase, type CountingDatabase } from '../../api/counting-database.ts';
import { openScene, readNumber, type Scene, type SceneTeam } from '../../db/scene.ts';
import { loseConnection, withTrouble, type Trouble } from './batch-trouble.ts';
import { addOlderTeam } from './older-team.ts';

/** More than the 20 batches of one activity: 23 whole ones and a part. */
const PULL_REQUESTS = 11_600;
const BATCHES = 24;

// A worker that is dead is noticed after a second, and a cancellation is heard of in less.
const world = openWorkflowWorld({
  change(bundle) {
    const changed = bundle.replace('HEARTBEAT_SECONDS = 30;', 'HEARTBEAT_SECONDS = 1;');
    if (changed === bundle) {
      throw new Error('the bundle says otherwise how soon a dead worker is noticed');
    }
    return changed;
  },
});

let scene: Scene;
let counting: CountingDatabase;
let team: SceneTeam;
let teams = 0;

beforeAll(async () => {
  scene = await openScene();
  counting = openCountingDatabase(scene.database.applicationUrl);
});

afterAll(async () => {
  await counting.close();
  await scene.close();
});

beforeEach(async () => {
  teams += 1;
  team = await addOlderTeam(scene, `large-${teams}`, PULL_REQUESTS);
  await scene.sql.query('ANALYZE pull_request');
  counting.takeStatements();
});

async function startWorkers(trouble: Trouble): Promise<void> {
  const db = withTrouble(counting.db, trouble);
  await world.work(
    { sync: createStubActivities().sync, compute: createComputeActivities({ db }) },
    {
      interceptors: { activity: [(context) => ({ inbound: createActivityInterceptor(context) })] },
    },
  );
}

function startRebuild() {
  return world.start(toRebuildStart(toDefinitionRebuild(String(team.teamId))));
}

/** How many pull requests each batch took since the last call, empty ones left out. */
function takeBatches(): number[] {
  return counting
    .takeStatements()
    .filter(({ text }) => text.includes('SELECT id FROM pull_request WHERE team_id'))
    .map(({ rows }) => rows)
    .filter((rows) => rows > 0);
}

const countWrong = () =>
  readNumber(scene.sql, 'SELECT count(*) FROM pull_request WHERE team_id = $1 AND is_hotfix', [
    team.teamId,
  ]);

/** The version of the first thousand pull requests: another one where their rows were written. */
const readVersions = async () =>
  (
    await scene.sql.query<{ version: string }>(
      'SELECT xmin::text AS version FROM pull_request WHERE team_id = $1 ORDER BY id LIMIT 1000',
      [team.teamId],
    )
  ).rows.map(({ version }) => version);

const sum = (numbers: readonly number[]) => numbers.reduce((total, n) => total + n, 0);

async function countSteps(handle: Awaited<ReturnType<typeof startRebuild>>): Promise<number> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).filter(
    ({ activityTaskScheduledEventAttributes: scheduled }) =>
      scheduled?.activityType?.name === 'applyDefinition',
  ).length;
}

it('goes on behind what is stored when attempts fail before and after a commit and a worker dies', async () => {
  const died = world.gates.create();
  await startWorkers({
    async beforeCommit(batch) {
      if (batch === 3) {
        throw loseConnection();
      }
    },
    async afterCommit(batch) {
      if (batch === 7) {
        throw loseConnection();
      }
      if (batch === 12) {
        // Nothing is heard of it any more, its heartbeats neither.
        const context = asyncLocalStorage.getStore();
        Object.assign(context ?? {}, { heartbeat: () => undefined });
        await died.passed;
      }
    },
  });
  const handle = await startRebuild();
  await handle.result();
  const batches = takeBatches();
  expect(Math.max(...batches)).toBe(PULL_REQUESTS_PER_BATCH);
  // The third was rolled back, and is the only one that was done twice.
  expect(batches).toHaveLength(BATCHES + 1);
  expect(sum(batches)).toBe(PULL_REQUESTS + PULL_REQUESTS_PER_BATCH);
  expect(await countSteps(handle)).toBe(1);
  expect(await countWrong()).toBe(0);
});

it('ends behind the running batch when it is cancelled, and the next rebuild applies all of it, and writes the rest alone', async () => {
  const running = world.gates.create();
  const trouble: Trouble = {
    async beforeCommit(batch) {
      if (batch === 2) {
        running.open();
        const signal = asyncLocalStorage.getStore()?.cancellationSignal;
        await new Promise((resolve) => {
          signal?.addEventListener('abort', resolve);
        });
      }
    },
  };
  await startWorkers(trouble);
  const cancelled = await startRebuild();
  await running.passed;
  await cancelled.cancel();
  await expect(cancelled.result()).rejects.toBeInstanceOf(WorkflowFailedError);
  const { rows } = await scene.sql.query(
    `SELECT status, pull_requests_done AS done, pull_requests_total AS total, weeks_done AS weeks
     FROM rollup_rebuild WHERE team_id = $1`,
    [team.teamId],
  );
  expect(rows).toEqual([{ status: 'CANCELLED', done: 1000, total: PULL_REQUESTS, weeks: 0 }]);
  expect(takeBatches()).toEqual([500, 500]);
  expect(await countWrong()).toBe(PULL_REQUESTS - 1000);

  delete trouble.beforeCommit;
  const versions = await readVersions();
  const next = await startRebuild();
  await next.result();
  const batches = takeBatches();
  // Workers of the older definition may have written in between: nothing of the rebuild before counts as done.
  expect(batches).toHaveLength(BATCHES);
  expect(await countSteps(next)).toBe(2);
  expect(sum(batches)).toBe(PULL_REQUESTS);
  expect(await readVersions()).toEqual(versions);
  expect(await countWrong()).toBe(0);
});
