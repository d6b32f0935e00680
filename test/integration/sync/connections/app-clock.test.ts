import { afterAll, beforeAll, expect, test } from 'vitest';
import { aPullRequest, aSource } from '../../../unit/demo/small-world.ts';
import { openConnectionsWorld, type ConnectionsWorld } from './connections-world.ts';
import { createAppKeys } from '../../../support/github/app-keys.ts';

const { privateKey } = createAppKeys();
const source = aSource([aPullRequest(1), aPullRequest(2)]);

let open: ConnectionsWorld;

beforeAll(async () => {
  // The workers go by the clock of this machine, GitHub by one that is an hour behind.
  open = await openConnectionsWorld({ source, now: () => new Date(Date.now() - 3_600_000) });
});
afterAll(async () => {
  await open.close();
});

test('a GitHub App on workers that are an hour ahead connects, syncs and stays connected', async () => {
  open.world.github.setInstallation(31);
  const app = { appId: '4711', installationId: '31', privateKey };
  const { connection } = await open.connect({ app });
  expect(connection).toMatchObject({ status: 'ACTIVE', statusReason: null });
  expect(await open.backfill(['acme/api'])).toMatchObject({ outcome: 'COMPLETED' });
  expect(await open.world.maintenance.pullRequest.count()).toBe(2);
  expect((await open.test(connection.id)).connection).toMatchObject({
    status: 'ACTIVE',
    statusReason: null,
  });
  expect(open.world.github.stats().brokenRules).toEqual([]);
});
