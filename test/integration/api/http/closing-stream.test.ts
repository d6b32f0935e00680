import { request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { NodeHost } from '../../../../src/runtime/http/node-host.ts';
import { eventually } from '../../../support/eventually.ts';
import { NEVER_MS } from '../../../support/patience.ts';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';
import { seedRun } from '../sync/seed-sync-run.ts';
import { startTestHost } from '../../../support/test-host.ts';

let world: ApiWorld;
let team: SeededTeam;
let host: NodeHost;

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'alpha' });
});
afterAll(async () => {
  await host?.close();
  await world?.close();
});

it('a gateway that closes says so in its streams before they break off', async () => {
  const gateway = world.createGateway({ pollMs: NEVER_MS });
  const errors: unknown[] = [];
  host = await startTestHost(gateway.fetch, {
    onError: (error) => errors.push(error),
  });
  const id = globalId.row('SyncRun', team.teamId, await seedRun(world, team, { runId: 'job' }));
  const stream = { text: '', isWhole: null as boolean | null };
  const asking = request(`${host.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: `Bearer ${team.viewerToken}`,
    },
  });
  asking.on('response', (response) => {
    response.setEncoding('utf8').on('data', (chunk: string) => {
      stream.text += chunk;
    });
    response.on('error', () => undefined);
    response.on('close', () => {
      stream.isWhole = response.complete;
    });
  });
  asking.end(
    JSON.stringify({
      query: 'subscription ($id: ID!) { syncRunProgress(id: $id) { status } }',
      variables: { id },
    }),
  );
  await eventually(() => expect(stream.text).toContain('"status":"RUNNING"'));
  gateway.endStreams();
  await eventually(() => expect(stream.isWhole).not.toBeNull());
  // Cut, and not completed: what completes is taken for the end of the run.
  expect(stream.isWhole).toBe(false);
  expect(stream.text).toMatch(/\n: the gateway is closing, connect again\n\n$/);
  expect(stream.text).not.toContain('event: complete');
  await eventually(() => expect(gateway.activeStreams()).toBe(0));
  expect([world.log, errors]).toEqual([[], []]);
  await gateway.dispose();
});
