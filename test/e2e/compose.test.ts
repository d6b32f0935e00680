import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { followBackfill, requestBackfill } from '../../src/cli/sync/backfill.ts';
import { gql } from '../../src/cli/core/graphql.ts';
import { createGraphQLClient } from '../../src/cli/core/graphql-client.ts';
import { mintAccessToken } from '../../src/db/teams/provision.ts';
import { organisationWithoutDeployments } from '../support/github/organisation.ts';
import { TEST_ROLE_PASSWORD } from '../support/postgres/postgres.ts';
import {
  readPrintedJson,
  runCommand,
  startCommand,
  type RunningCommand,
} from '../support/processes/command.ts';
import { PROJECT_DIRECTORY } from '../support/sources/scratch-tree.ts';
import { WORLD_ENCRYPTION_KEY } from '../support/worlds/connected-team.ts';
import { createSyncWorld, type SyncWorld } from '../support/worlds/sync-world.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const source = organisationWithoutDeployments({ seed: 11, now: NOW });

/** What an operator writes into deploy/compose.env; the fake GitHub is on loopback, which has to be allowed. */
const FILLED_IN: Readonly<Record<string, string>> = {
  POSTGRES_PASSWORD: TEST_ROLE_PASSWORD,
  MAINTENANCE_PASSWORD: TEST_ROLE_PASSWORD,
  APPLICATION_PASSWORD: TEST_ROLE_PASSWORD,
  TEMPORAL_PASSWORD: TEST_ROLE_PASSWORD,
  THROUGHLINE_ENCRYPTION_KEY: WORLD_ENCRYPTION_KEY,
  GITHUB_ALLOWED_HOSTS: '127.0.0.1',
  SYNC_CONCURRENCY: '7',
};

/** A container has an address of its own, on which every port is free; on this machine any free port takes its place. */
const OF_A_CONTAINER: Readonly<Record<string, string>> = {
  HOST: '127.0.0.1',
  METRICS_HOST: '127.0.0.1',
  PORT: '0',
  METRICS_PORT: '0',
};

interface Service {
  readonly command?: string;
  readonly build?: string;
  readonly environment?: Readonly<Record<string, string | number>>;
}

let world: SyncWorld;
let services: Readonly<Record<string, Service>>;
const running: RunningCommand[] = [];

beforeAll(async () => {
  world = await createSyncWorld({ source, now: () => NOW });
  const text = await readFile(join(PROJECT_DIRECTORY, 'docker-compose.yml'), 'utf8');
  ({ services } = parse(text, { merge: true }) as { services: typeof services });
});
afterAll(async () => {
  await Promise.all(running.map((command) => command.stop('SIGKILL')));
  await world?.close();
});

/** Fills in variables as Compose does: `${NAME:?message}` must be given, `${NAME:-default}` may be. */
function fillIn(text: string): string {
  return text.replaceAll(
    /\$\{(\w+):([?-])([^}]*)\}/g,
    (_, name: string, kind: string, rest: string) => {
      const given = FILLED_IN[name] ?? '';
      if (given === '' && kind === '?') {
        throw new Error(`${name} ${rest}`);
      }
      return given === '' ? rest : given;
    },
  );
}

/** The environment of a service, its image's included, with names of hosts that lead to the servers of the tests. */
function environmentOf(name: string): Record<string, string> {
  const { host, pathname } = new URL(world.database.applicationUrl);
  const servers: readonly (readonly [string, string])[] = [
    ['pgbouncer:6432/throughline', `${host}${pathname}`],
    ['postgres:5432/throughline', `${host}${pathname}`],
    ['temporal:7233', world.temporal.address],
  ];
  const environment = Object.entries(services[name]?.environment ?? {}).map(([setting, value]) => {
    const filled = servers.reduce(
      (text, [from, to]) => text.replace(from, to),
      fillIn(String(value)),
    );
    return [setting, OF_A_CONTAINER[setting] ?? filled];
  });
  return { NODE_ENV: 'production', ...Object.fromEntries(environment) };
}

function startService(name: string): RunningCommand {
  const command = startCommand([services[name]?.command ?? ''], environmentOf(name));
  running.push(command);
  return command;
}

async function mintToken(operator: boolean): Promise<string> {
  const user = await world.maintenance.appUser.findFirstOrThrow();
  await world.maintenance.appUser.update({
    where: { id: user.id },
    data: { instanceRole: operator ? 'OPERATOR' : null },
  });
  return mintAccessToken(world.maintenance, {
    userId: user.id,
    name: 'test',
    lifetimeMs: 3_600_000,
    now: new Date(),
  });
}

/** What a process serves to Prometheus; where, says its log. */
async function scrape(command: RunningCommand): Promise<string> {
  const address = await command.line(/"url":"([^"]+\/metrics)"/);
  return (await fetch(address)).text();
}

const QUIET = { update() {}, columns: () => null, done() {}, note() {}, warn() {}, stop() {} };

test('each service does its work with the environment that docker-compose.yml gives it', async () => {
  const gateway = startService('gateway');
  const url = await gateway.line(/The gateway answers at (\S+)/);
  const client = createGraphQLClient({ url, token: await mintToken(true) });
  const workers = Object.keys(services).filter((name) => services[name]?.command === 'worker');
  expect(workers).toEqual(['worker-sync', 'worker-llm', 'worker-compute']);
  const started = workers.map(startService);

  // The main job.
  const { team } = await client.query(gql('{ team(slug: "world") { id } }'), {});
  const job = await requestBackfill(client, {
    teamId: team?.id ?? '',
    repositories: source.repositories.map(({ owner, name }) => `${owner}/${name}`),
    reach: { since: new Date('2026-01-01T00:00:00Z') },
  });
  const finished = await followBackfill(client, job.id, QUIET);
  expect(finished.status).toBe('COMPLETED');
  expect(await world.maintenance.weeklyMetrics.count()).toBeGreaterThan(100);
  expect(world.github.stats().brokenRules).toEqual([]);

  // What reads as the owner of the tables.
  const { databaseReport } = await client.query(
    gql('{ databaseReport(top: 1) { sections { key } } }'),
    {},
  );
  expect(databaseReport?.sections.map(({ key }) => key)).toContain('sizes');

  // What drops tables: a month that no team keeps any more.
  await world.maintenance.$queryRaw`SELECT throughline_ensure_usage_partition('2019-03-01')`;
  const partitions = async (): Promise<string[]> =>
    (
      await world.maintenance.$queryRaw<{ name: string }[]>`
        SELECT inhrelid::regclass::text AS name FROM pg_inherits
        WHERE inhparent = 'ai_usage_daily'::regclass AND inhrelid::regclass::text LIKE '%2019%'`
    ).map(({ name }) => name);
  expect(await partitions()).toHaveLength(1);
  const retention = await runCommand(['retention', '--json'], environmentOf('worker-compute'));
  expect(retention.code, retention.stderr).toBe(0);
  expect(readPrintedJson(retention)).toMatchObject({ dryRun: false });
  expect(await partitions()).toEqual([]);

  // What each of them counted, in one scrape.
  const [ofGateway = '', ofSync = '', , ofCompute = ''] = await Promise.all(
    [gateway, ...started].map(scrape),
  );
  expect(ofGateway).toMatch(/^throughline_graphql_requests_total\{.*type="mutation".*\} 1$/m);
  expect(ofGateway).toMatch(
    /^throughline_database_connections\{pool="gateway",state="idle"\} \d+$/m,
  );
  expect(ofSync).toMatch(/^throughline_sync_pages_total [1-9]\d*$/m);
  expect(ofSync).toMatch(/^throughline_github_points_total\{resource="graphql"\} [1-9]\d*$/m);
  expect(ofSync).toMatch(/^throughline_worker_slots\{queue="sync"\} 7$/m);
  expect(ofSync).toMatch(/^temporal_worker_task_slots_available\{.*\} \d+$/m);
  expect(ofSync).toMatch(
    new RegExp(
      `^throughline_repository_syncs_total\\{outcome="COMPLETED"\\} ${source.repositories.length}$`,
      'm',
    ),
  );
  expect(ofCompute).toMatch(/^throughline_rollup_rows_written_total [1-9]\d*$/m);
  expect(ofCompute).toMatch(/^throughline_dirty_marks 0$/m);
  expect(`${ofGateway}${ofSync}${ofCompute}`).not.toMatch(/world|team_id/);

  await Promise.all([...started, gateway].map((command) => command.stop()));
  expect([...started, gateway].map(({ process }) => process.exitCode)).toEqual([0, 0, 0, 0]);
});
