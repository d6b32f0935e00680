import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Gateway } from '../../../../src/runtime/http/gateway.ts';
import type { NodeHost } from '../../../../src/runtime/http/node-host.ts';
import { eventually } from '../../../support/eventually.ts';
import { PATIENT } from '../../../support/patience.ts';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';
import { lockTable } from '../table-lock.ts';
import { seedRun } from '../sync/seed-sync-run.ts';
import { openStream } from './sse-client.ts';
import { startTestHost } from '../../../support/test-host.ts';

const FOLLOW = `subscription ($id: ID!) { syncRunProgress(id: $id) { status team { slug } } }`;

let world: ApiWorld;
let team: SeededTeam;
let run: string;
let gateway: Gateway;
let host: NodeHost;

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'alpha' });
  run = globalId.row('SyncRun', team.teamId, await seedRun(world, team, { runId: 'job' }));
  gateway = world.createGateway({
    deadlines: { ...PATIENT, reads: { ...PATIENT.reads, lockMs: 50 } },
    pollMs: 200,
  });
  host = await startTestHost(gateway.fetch, {
    onClosing: gateway.endStreams,
  });
});

afterAll(async () => {
  await host?.close();
  await gateway?.dispose();
  await world?.close();
});

it('an event that the database cannot answer at the moment is answered later, and the stream goes on', async () => {
  const stream = await openStream(host.url, team.viewerToken, FOLLOW, { id: run });
  const state = { syncRunProgress: { status: 'RUNNING', team: { slug: 'alpha' } } };
  expect(await stream.next()).toEqual({ data: state });
  const unlock = await lockTable(world, 'team');
  world.counting.takeStatements();
  await world.sql(`UPDATE sync_run SET status = 'COMPLETED', finished_at = now()`);
  const last = stream.next();
  const failed: string[] = [];
  await eventually(() => {
    const texts = world.counting.takeStatements().map(({ text }) => text);
    failed.push(...texts.filter((text) => text.includes('FROM team')));
    expect(failed.length).toBeGreaterThan(1);
  });
  await unlock();
  expect(await last).toMatchObject({ data: { syncRunProgress: { status: 'COMPLETED' } } });
  expect(await stream.next()).toBeNull();
});
