import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApiWorld, readAnswer, type ApiWorld } from '../integration/api/api-world.ts';
import { openStream } from '../integration/api/http/sse-client.ts';
import { globalId, seedTeam, type SeededTeam } from '../integration/api/seed-team.ts';
import { seedRun } from '../integration/api/sync/seed-sync-run.ts';
import { eventually } from '../support/eventually.ts';
import { COSTLY_REQUESTS } from '../support/hostile/costly-requests.ts';
import { startProgram, type RunningCommand } from '../support/processes/command.ts';

const FOLLOW =
  'subscription ($id: ID!) { syncRunProgress(id: $id) { status progress { requests } } }';

let world: ApiWorld;
let team: SeededTeam;
let cache: string;
let deno: RunningCommand;
let url: string;

/** Where npm has put Deno for this platform: found as its install script does, which does not run here. */
function denoExecutable(): string {
  const { runInstall } = createRequire(import.meta.url)('deno/install_api.cjs') as {
    runInstall(): string;
  };
  return runInstall();
}

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'alpha' });
  cache = await mkdtemp(join(tmpdir(), 'deno-'));
  // The database is all that it may reach; of the environment it sees one variable, of the file system its own modules.
  const permissions = ['--allow-net=127.0.0.1', '--allow-env=DATABASE_URL', '--ignore-env'];
  const modules = ['--no-remote', '--no-lock', '--node-modules-dir=manual'];
  const address = ['--host', '127.0.0.1', '--port', '0'];
  deno = startProgram(
    denoExecutable(),
    ['serve', '--no-prompt', ...permissions, ...modules, ...address, 'test/e2e/deno-gateway.ts'],
    { DATABASE_URL: world.applicationUrl, DENO_DIR: cache, NO_COLOR: '1' },
  );
  url = await deno.line(/Listening on (http:\/\/127\.0\.0\.1:\d+)/);
});

afterAll(async () => {
  await deno?.stop('SIGKILL');
  await world?.close();
  await rm(cache, { recursive: true, force: true });
});

async function post(body: string, token = team.adminToken) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  return readAnswer(await fetch(`${url}/graphql`, { method: 'POST', headers, body }));
}

const ask = (query: string, variables = {}) => post(JSON.stringify({ query, variables }));

it('answers a query under deno serve, and is ready', async () => {
  expect((await fetch(`${url}/ready`)).status).toBe(200);
  const { status, data, errors } = await ask('{ viewer { name } teams { nodes { slug } } }');
  expect([status, errors]).toEqual([200, []]);
  expect(data).toEqual({ viewer: { name: 'alpha-admin' }, teams: { nodes: [{ slug: 'alpha' }] } });
});

it('runs a mutation under deno serve, and records who did it', async () => {
  const member = globalId.row('Member', team.teamId, team.memberIds[0] ?? '');
  const { data } = await ask(
    'mutation ($member: ID!) { setMemberKind(input: { member: $member, kind: BOT }) { __typename ... on ChangedMember { member { kind } } ... on UserError { message } } }',
    { member },
  );
  expect(data).toEqual({ setMemberKind: { __typename: 'ChangedMember', member: { kind: 'BOT' } } });
  expect(await world.sql('SELECT actor_id::text FROM admin_audit')).toEqual([
    { actor_id: team.adminUserId },
  ]);
});

it('follows a sync under deno serve to its end, and takes the next follower when one leaves', async () => {
  const job = await seedRun(world, team, { runId: 'job' });
  const id = globalId.row('SyncRun', team.teamId, job);
  const follow = () => openStream(url, team.viewerToken, FOLLOW, { id });
  const state = (status: string, requests: number) => ({
    data: { syncRunProgress: { status, progress: { requests } } },
  });
  const first = await follow();
  expect([first.status, await first.next()]).toEqual([200, state('RUNNING', 0)]);
  // There is one place, and it is taken.
  expect((await follow()).status).toBe(503);
  first.cut();
  const next = await eventually(async () => {
    const stream = await follow();
    expect(stream.status).toBe(200);
    return stream;
  });
  expect(await next.next()).toEqual(state('RUNNING', 0));
  await world.sql('UPDATE sync_run SET requests = 4');
  expect(await next.next()).toEqual(state('RUNNING', 4));
  await world.sql(`UPDATE sync_run SET status = 'COMPLETED', finished_at = now()`);
  expect(await next.next()).toEqual(state('COMPLETED', 4));
  expect(await next.next()).toBeNull();
});

it.each(COSTLY_REQUESTS)('refuses $name under deno serve by its cost', async ({ body }) => {
  const { status, errors } = await post(body());
  expect(status).toBe(400);
  expect(errors).toMatchObject([{ extensions: { code: 'QUERY_TOO_COMPLEX', measure: 'COST' } }]);
});
