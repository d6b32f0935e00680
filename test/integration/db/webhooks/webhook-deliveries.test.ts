import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { changeInstallation } from '../../../../src/activities/webhooks/change-installation.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import type { DbTransaction } from '../../../../src/db/core/client.ts';
import {
  countFailedAttempt,
  deleteOldDeliveries,
  listStalledWebhooks,
  readWaitingDeliveries,
  storeDelivery,
} from '../../../../src/db/webhooks/webhook-deliveries.ts';
import { openScene, type Scene } from '../scene.ts';

const RECEIVED = new Date('2026-03-04T12:00:00Z');

let scene: Scene;
let key: { teamId: bigint; connectionId: bigint };

beforeAll(async () => {
  scene = await openScene();
  const { rows } = await scene.sql.query<{ team: string; id: string }>(
    `WITH t AS (INSERT INTO team (slug, name) VALUES ('hooked', 'Hooked') RETURNING id)
     INSERT INTO github_connection (team_id, kind, api_url, app_id, installation_id)
     SELECT id, 'APP', 'https://api.github.com', 1, 2 FROM t RETURNING team_id::text AS team, id::text AS id`,
  );
  key = { teamId: BigInt(rows[0]?.team ?? 0), connectionId: BigInt(rows[0]?.id ?? 0) };
});
afterAll(() => scene.close());
beforeEach(async () => {
  await scene.sql.query('DELETE FROM webhook_delivery');
  await scene.sql.query(`UPDATE github_connection SET status = 'ACTIVE', status_reason = NULL`);
});

const inTeam = <T>(work: (tx: DbTransaction) => Promise<T>): Promise<T> =>
  withTeam(scene.db, key.teamId, work);

const store = (action: string, changedAt: string | null, receivedAt = RECEIVED) =>
  inTeam((tx) =>
    storeDelivery(tx, {
      ...key,
      hookId: 1n,
      deliveryId: crypto.randomUUID(),
      event: 'installation',
      action,
      subject: {
        repository: null,
        pullRequests: [],
        branches: [],
        commits: [],
        repositories: [],
        changedAt,
      },
      ignored: null,
      receivedAt,
    }),
  );

const process = () =>
  inTeam(async (tx) => changeInstallation(tx, key, await readWaitingDeliveries(tx, key, 100)));

async function connection(): Promise<{ status: string; reason: string | null }> {
  const { rows } = await scene.sql.query<{ status: string; reason: string | null }>(
    `SELECT status, status_reason AS reason FROM github_connection`,
  );
  return rows[0] ?? { status: '', reason: null };
}

test('a suspended installation is shown with what to do, and is asked again once it is unsuspended', async () => {
  await store('suspend', '2026-03-04T12:00:00.000Z');
  await process();
  expect(await connection()).toMatchObject({
    status: 'SUSPENDED',
    reason: expect.stringContaining('unsuspend'),
  });
  await store('unsuspend', '2026-03-04T13:00:00.000Z');
  await process();
  expect(await connection()).toEqual({ status: 'ACTIVE', reason: null });
});

test("what happened last on GitHub's clock decides, whatever comes last", async () => {
  await store('unsuspend', '2026-03-04T13:00:00.000Z');
  await process();
  await store('suspend', '2026-03-04T12:00:00.000Z');
  await process();
  expect((await connection()).status).toBe('ACTIVE');
  await store('unsuspend', '2026-03-04T15:00:00.000Z', new Date('2026-03-04T15:00:00Z'));
  await store('suspend', '2026-03-04T14:00:00.000Z', new Date('2026-03-04T16:00:00Z'));
  await process();
  expect((await connection()).status).toBe('ACTIVE');
});

test('an uninstalled App needs another installation, and an unsuspension does not mend that', async () => {
  await store('deleted', '2026-03-04T12:00:00.000Z');
  await process();
  expect(await connection()).toMatchObject({
    status: 'NEEDS_REAUTH',
    reason: expect.stringContaining('install it again'),
  });
  await store('unsuspend', '2026-03-04T13:00:00.000Z');
  await process();
  expect((await connection()).status).toBe('NEEDS_REAUTH');
});

test('a delivery is given up after its last attempt, with the reason', async () => {
  await store('suspend', null);
  const waiting = await inTeam((tx) => readWaitingDeliveries(tx, key, 1));
  const fail = () =>
    inTeam((tx) => countFailedAttempt(tx, key, waiting, { reason: 'Away.', maxAttempts: 2 }));
  expect([await fail(), await fail(), await fail()]).toEqual([true, false, false]);
  const { rows } = await scene.sql.query(`SELECT state, reason, attempts FROM webhook_delivery`);
  expect(rows).toEqual([{ state: 'FAILED', reason: 'Away.', attempts: 2 }]);
});

test('only connections with deliveries that wait since before the grace are found', async () => {
  const find = (before: string) =>
    inTeam((tx) => listStalledWebhooks(tx, key.teamId, new Date(before)));
  expect(await find('2026-03-04T13:00:00Z')).toEqual([]);
  await store('suspend', null);
  expect(await find('2026-03-04T12:00:00Z')).toEqual([]);
  expect(await find('2026-03-04T12:01:00Z')).toEqual([key.connectionId]);
  await process();
  expect(await find('2026-03-04T12:01:00Z')).toEqual([]);
});

test('deliveries that are older than the day of housekeeping are deleted, in any state', async () => {
  await store('suspend', null, new Date('2026-01-01T00:00:00Z'));
  await process();
  await store('suspend', null, new Date('2026-01-02T00:00:00Z'));
  await store('suspend', null, RECEIVED);
  const more = await inTeam((tx) =>
    deleteOldDeliveries(tx, key.teamId, new Date('2026-02-02T00:00:00Z')),
  );
  expect(more).toBe(false);
  const { rows } = await scene.sql.query(`SELECT received_at AS at FROM webhook_delivery`);
  expect(rows).toEqual([{ at: RECEIVED }]);
});
