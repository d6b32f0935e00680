import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withDirectConnection } from '../../../../src/db/core/direct-connection.ts';
import { createNodeDb } from '../../../../src/db/core/node-client.ts';
import type { Db } from '../../../../src/db/core/client.ts';
import { createSecretBox } from '../../../../src/db/core/secret-box.ts';
import type { Gateway } from '../../../../src/runtime/http/gateway.ts';
import type { NodeHost } from '../../../../src/runtime/http/node-host.ts';
import { eventually } from '../../../support/eventually.ts';
import { startOwnCluster, type OwnCluster } from '../../../support/postgres/own-cluster.ts';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedPullRequests, seedTeam, type SeededTeam } from '../seed-team.ts';
import { seedRun } from '../sync/seed-sync-run.ts';
import { openStream } from './sse-client.ts';
import { startTestHost } from '../../../support/test-host.ts';

const QUERY = `{ viewer { name } team(slug: "alpha") { name pullRequests(first: 2) {
  totalCount nodes { number author { login } repository { name } } } } }`;

const CHANGE = `mutation ($input: UpdateTeamSettingsInput!) { updateTeamSettings(input: $input) {
  __typename ... on UserError { code message } } }`;

const FOLLOW = `subscription ($id: ID!) { syncRunProgress(id: $id) { status progress { pages } } }`;

/** What may be told while PostgreSQL is away or has just come back. */
const PASSING = new Set(['OK', 'DATABASE_UNAVAILABLE', 'OVERLOADED']);

let cluster: OwnCluster;
let world: ApiWorld;
let team: SeededTeam;
let db: Db;
let gateway: Gateway;
let host: NodeHost;

beforeAll(async () => {
  cluster = await startOwnCluster();
  world = await createApiWorld(cluster);
  team = await seedTeam(world, { slug: 'alpha' });
  await seedPullRequests(world, team, { count: 3 });
  db = createNodeDb({
    connectionString: cluster.applicationUrl,
    poolSize: 5,
    applicationName: 'throughline gateway',
    onConnectionError: () => undefined,
  });
  const secrets = await createSecretBox([randomBytes(32).toString('base64')]);
  gateway = world.createGateway({ db, secrets, pollMs: 2_000 });
  host = await startTestHost(gateway.fetch, {
    onClosing: gateway.endStreams,
  });
});

afterAll(async () => {
  await host?.close();
  await db?.$disconnect();
  await world?.close();
});

async function codeOf(query: string, variables?: Readonly<Record<string, unknown>>) {
  const { data, errors } = await world.ask<Readonly<Record<string, { code?: string }>> | null>(
    team.adminToken,
    query,
    variables,
    gateway,
  );
  return errors[0]?.extensions?.code ?? data?.['updateTeamSettings']?.code ?? 'OK';
}

/** @param days of a setting; each other value is a change */
const change = (days: number) =>
  codeOf(CHANGE, { input: { teamId: globalId.team(team.teamId), aiUsageRetentionDays: days } });

const write = (text: string, values: readonly unknown[]) =>
  withDirectConnection(cluster.maintenanceUrl, (connection) => connection.query(text, [...values]));

describe('while PostgreSQL is away', () => {
  it('each request says so, tokens cannot be looked up, and all works again when it is back', async () => {
    expect([await codeOf(QUERY), await change(31)]).toEqual(['OK', 'OK']);
    await cluster.stop();
    for (const round of [1, 2]) {
      const codes = await Promise.all([
        codeOf(QUERY),
        codeOf('{ __typename }'),
        change(40 + round),
      ]);
      expect(codes).toEqual(Array.from({ length: 3 }, () => 'DATABASE_UNAVAILABLE'));
    }
    const webhook = await gateway.fetch(
      new Request('http://gateway.test/webhooks/github/1', {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-github-event': 'push',
          'x-github-delivery': 'one',
          'x-hub-signature-256': `sha256=${'0'.repeat(64)}`,
        },
        body: '{}',
      }),
    );
    expect(webhook.status).toBe(503);
    expect(await webhook.json()).toMatchObject({
      errors: [{ extensions: { code: 'DATABASE_UNAVAILABLE' } }],
    });
    const ready = await gateway.fetch(new Request('http://gateway.test/ready'));
    expect(ready.status).toBe(503);
    expect(await ready.json()).toEqual({ status: 'unavailable', away: ['database'] });
    await cluster.start();
    expect([await codeOf(QUERY), await change(32)]).toEqual(['OK', 'OK']);
  });

  it('a subscription waits, and goes on with the state of afterwards', async () => {
    const run = await seedRunDirectly('followed');
    const stream = await openStream(host.url, team.viewerToken, FOLLOW, {
      id: globalId.row('SyncRun', team.teamId, run),
    });
    const pages = async () => (await stream.next())?.data?.['syncRunProgress'];
    expect(await pages()).toEqual({ status: 'RUNNING', progress: { pages: 0 } });
    await cluster.stop();
    await cluster.start();
    await write('UPDATE sync_run SET pages = 7 WHERE id = $1', [run]);
    expect(await pages()).toEqual({ status: 'RUNNING', progress: { pages: 7 } });
    stream.cut();
  });
});

/** The world's own connection is gone after a restart. */
async function seedRunDirectly(runId: string): Promise<string> {
  const sql = async (text: string, values: readonly unknown[] = []) =>
    (await write(text, values)).rows as never;
  return seedRun({ ...world, sql }, team, {
    runId,
    repositoryId: team.repositoryIds[0] ?? '',
  });
}

describe('a fast restart under queries and mutations', () => {
  it('answers each of them or says why not, and leaves nothing behind', async () => {
    const outcomes = { query: new Map<string, number>(), mutation: new Map<string, number>() };
    const state = { isOver: false };
    const count = (kind: keyof typeof outcomes, code: string) =>
      outcomes[kind].set(code, (outcomes[kind].get(code) ?? 0) + 1);
    const repeat = async (kind: keyof typeof outcomes, work: () => Promise<string>) => {
      while (!state.isOver) {
        count(kind, await work());
        // A refusal comes at once; the machine has other things to do.
        await delay(5);
      }
    };
    const working = [
      ...Array.from({ length: 8 }, () => repeat('query', () => codeOf(QUERY))),
      ...Array.from({ length: 4 }, (_, index) =>
        repeat('mutation', () => change(50 + ((outcomes.mutation.get('OK') ?? 0) % 100) + index)),
      ),
    ];
    for (let restart = 0; restart < 2; restart += 1) {
      await cluster.stop();
      const seen = outcomes.query.get('DATABASE_UNAVAILABLE') ?? 0;
      await eventually(() =>
        expect(outcomes.query.get('DATABASE_UNAVAILABLE') ?? 0).toBeGreaterThan(seen),
      );
      await cluster.start();
      const answered = [outcomes.query.get('OK') ?? 0, outcomes.mutation.get('OK') ?? 0];
      await eventually(() => {
        expect(outcomes.query.get('OK') ?? 0).toBeGreaterThan((answered[0] ?? 0) + 20);
        expect(outcomes.mutation.get('OK') ?? 0).toBeGreaterThan((answered[1] ?? 0) + 5);
      });
    }
    state.isOver = true;
    await Promise.all(working);
    const codes = [...outcomes.query.keys(), ...outcomes.mutation.keys()];
    expect(codes.filter((code) => !PASSING.has(code))).toEqual([]);
    expect(world.log.filter(({ level }) => level === 'error')).toEqual([]);
    const { rows } = await withDirectConnection(cluster.superuserUrl, (connection) =>
      connection.query(
        `SELECT pid FROM pg_stat_activity WHERE usename = 'throughline_application' AND xact_start IS NOT NULL`,
      ),
    );
    expect(rows).toEqual([]);
  });
});
