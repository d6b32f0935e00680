import { NativeConnection } from '@temporalio/worker';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import {
  startEmbeddedTemporal,
  type EmbeddedTemporal,
} from '../../../../src/runtime/embedded/temporal.ts';
import { readPrintedJson, runCommand, startCommand } from '../../../support/processes/command.ts';
import { WORLD_ENCRYPTION_KEY } from '../../../support/worlds/connected-team.ts';
import { addTeam, openScene, type Scene } from '../../db/scene.ts';

const NAMESPACE = 'fresh';

/** A dev server that knows nothing of us, as a cluster of others does. */
let server: EmbeddedTemporal;
let connection: NativeConnection;
let scene: Scene;

beforeAll(async () => {
  [server, scene] = await Promise.all([
    startEmbeddedTemporal({
      executable: inject('temporalExecutable'),
      onProgress: () => undefined,
      searchAttributes: [],
      startAttempts: 50,
    }),
    openScene(),
  ]);
  connection = await NativeConnection.connect({ address: server.address });
});

afterAll(async () => {
  await connection.close();
  await server.stop();
  await scene.close();
});

function settings(): Record<string, string> {
  return {
    DATABASE_URL: scene.database.applicationUrl,
    DATABASE_DIRECT_URL: scene.database.maintenanceUrl,
    TEMPORAL_ADDRESS: server.address,
    TEMPORAL_NAMESPACE: NAMESPACE,
    THROUGHLINE_ENCRYPTION_KEY: WORLD_ENCRYPTION_KEY,
    WORKER_QUEUES: 'sync,compute',
  };
}

async function readIdentity(...flags: string[]): Promise<string> {
  const result = await runCommand(['db', 'identity', '--json', ...flags], settings());
  return (readPrintedJson(result) as { identity: string }).identity;
}

/** Starts a worker as an operator does, and answers the schedules that are there once it has made its own. */
async function schedulesOfWorker(identity: string): Promise<string[]> {
  const client = new Client({
    connection: await Connection.connect({ address: server.address }),
    namespace: NAMESPACE,
  });
  const own = async (): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { scheduleId } of client.schedule.list()) {
      ids.push(scheduleId);
    }
    return ids.filter((id) => id.startsWith(`${identity}:`)).toSorted();
  };
  const worker = startCommand(['worker'], settings());
  try {
    await worker.line(/Working on sync, compute/);
    await expect.poll(own).toHaveLength(7);
    await worker.stop();
    return await own();
  } finally {
    worker.process.kill('SIGKILL');
    await client.connection.close();
  }
}

it('a worker makes all that a fresh cluster lacks, and a copy of the database starts with names of its own', async () => {
  const { teamId } = await addTeam(scene.sql, 'alpha');
  const identity = await readIdentity();
  expect(identity).toMatch(/^[0-9a-f]{10}$/);
  const names = [
    'housekeeping',
    `members:${teamId}`,
    `reconcile:${teamId}`,
    'retention',
    `sync-team:${teamId}`,
    'webhooks-redelivery',
    'webhooks-sweep',
  ];
  expect(await schedulesOfWorker(identity)).toEqual(names.map((name) => `${identity}:${name}`));
  const { customAttributes } = await connection.operatorService.listSearchAttributes({
    namespace: NAMESPACE,
  });
  expect(Object.keys(customAttributes)).toEqual(
    expect.arrayContaining(['TeamId', 'Repository', 'SyncKind', 'WaitingFor']),
  );

  await scene.sql.query(
    `INSERT INTO sync_run (team_id, kind, workflow_id, workflow_run_id, requested_names, since, started_at, updated_at)
     VALUES ($1, 'BACKFILL', $2, 'run', '{}', now(), now(), now())`,
    [teamId, `${identity}:backfill:${teamId}`],
  );
  const renewed = await readIdentity('--new');
  expect(renewed).not.toBe(identity);
  expect(await readIdentity()).toBe(renewed);
  const { rows } = await scene.sql.query('SELECT status, error_code FROM sync_run');
  expect(rows).toEqual([{ status: 'FAILED', error_code: 'ABANDONED' }]);
  expect(await schedulesOfWorker(renewed)).toEqual(names.map((name) => `${renewed}:${name}`));
});
