import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Fault } from '../../../../src/demo/fake-github/fake-github.ts';
import type { Logger } from '../../../../src/runtime/core/logger.ts';
import { aPullRequest, aSource } from '../../../unit/demo/small-world.ts';
import { startTestTemporal, type TestTemporal } from '../../../support/temporal/temporal.ts';
import {
  CONNECT,
  openConnectionsWorld,
  TEST,
  type ConnectionsWorld,
  type ShownAnswer,
} from './connections-world.ts';
import { createAppKeys } from '../../../support/github/app-keys.ts';

const source = aSource(Array.from({ length: 60 }, (_, index) => aPullRequest(index + 1)));
const names = source.repositories.map((repository) => `${repository.owner}/${repository.name}`);

const TOKEN = 'ghp_canary0123456789abcdefghijklmnopqrstuv';
const WEBHOOK_SECRET = 'canary-of-the-webhook-secret';
const PRIVATE_KEY = createAppKeys('pkcs8').privateKey;

/** A line from the middle of the key; whoever quotes the key quotes it. */
const KEY_LINE = PRIVATE_KEY.split('\n')[8] ?? '';

/** What must be nowhere; a minted token is known by its form. */
const CANARIES: readonly (readonly [what: string, text: RegExp])[] = [
  ['the token', /ghp_canary/],
  ['the webhook secret', new RegExp(WEBHOOK_SECRET)],
  ['the private key', new RegExp(KEY_LINE.replaceAll(/[+/]/g, '\\$&'))],
  ['a minted token', /ghs_[\w.-]{8,}/],
  ['a token of the App itself', /eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/],
];

/** GitHub fails in each way that it has, and repeats the credential where it has room to. */
const FAULTS: readonly Fault[] = [
  { status: 500, body: { message: `Server Error for ${TOKEN}` } },
  {
    status: 502,
    body: '<html>Bearer ghp_canary_in_html</html>',
    headers: { 'content-type': 'text/html' },
  },
  { status: 200, body: `<p>${TOKEN}</p>`, headers: { 'content-type': 'text/html' } },
  { status: 403, body: { message: `Resource not accessible by ${TOKEN}` } },
  { status: 404, body: { message: `Not Found ${TOKEN}` } },
  { status: 302, headers: { location: `http://10.0.0.1/?access_token=${TOKEN}` } },
  { graphqlErrors: [{ type: 'SOMETHING', message: `token ${TOKEN} is bad` }] },
  {
    graphqlErrors: [{ type: 'FORBIDDEN', message: `token ${TOKEN} may not`, path: ['repository'] }],
  },
  'reset',
  { retryAfter: 1 },
  { status: 401, body: { message: `Bad credentials ${TOKEN}` } },
];

const lines: string[] = [];

/** A logger of all levels that keeps everything. */
function keeping(): Logger {
  const write = (fields: unknown, message?: string): void => {
    lines.push(showAll([fields, message]));
  };
  return {
    trace: write,
    debug: write,
    info: write,
    warn: write,
    error: write,
  } as unknown as Logger;
}

/** All of a value as text: errors with their causes and stacks, bytes as what they spell. */
function showAll(value: unknown): string {
  const seen = new Set<unknown>();
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'bigint') {
      return String(part);
    }
    if (part instanceof Uint8Array) {
      return Buffer.from(part).toString('utf8');
    }
    if (typeof part !== 'object' || part === null) {
      return part;
    }
    if (seen.has(part)) {
      return '(again)';
    }
    seen.add(part);
    if (part instanceof Error) {
      const { message, stack, cause } = part;
      return Object.assign({}, part, { message, stack, cause });
    }
    return part;
  });
}

let temporal: TestTemporal;
let open: ConnectionsWorld;

beforeAll(async () => {
  temporal = await startTestTemporal(keeping());
  open = await openConnectionsWorld({
    source,
    temporal,
  });
});
afterAll(async () => {
  await open.close();
  await temporal.stop();
});

/** Tests the connection and syncs with it, while the next answer of GitHub is a failure. */
async function live(connectionId: string, fault: Fault): Promise<string> {
  const { github, launcher, client, teamId } = open.world;
  github.failNext(fault);
  const tested = await open.ask(TEST, { input: { connectionId } });
  github.clearFaults();
  await open.ask(TEST, { input: { connectionId } });
  github.failNext(fault);
  const { workflowId } = await launcher.startBackfill({
    teamId: String(teamId),
    repositories: names.slice(0, 1),
    since: '2026-01-01T00:00:00Z',
    requestedBy: null,
  });
  const ended = await client.workflow
    .getHandle(workflowId)
    .result()
    .catch((error: unknown) => error);
  github.clearFaults();
  return tested.body + showAll(ended);
}

async function readHistories(): Promise<string[]> {
  const histories: string[] = [];
  for await (const { workflowId, runId } of open.world.client.workflow.list()) {
    const handle = open.world.client.workflow.getHandle(workflowId, runId);
    histories.push(showAll(await handle.fetchHistory()));
  }
  return histories;
}

/** Every row of every table. */
async function dumpDatabase(): Promise<string[]> {
  const sql = new pg.Client({ connectionString: open.world.database.superuserUrl });
  await sql.connect();
  try {
    const tables = await sql.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
      WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    const rows: string[] = [];
    for (const { name } of tables.rows) {
      const dump = await sql.query<{ line: string }>(
        `SELECT to_jsonb(t)::text AS line FROM ${name} t`,
      );
      rows.push(...dump.rows.map(({ line }) => `${name} ${line}`));
    }
    return rows;
  } finally {
    await sql.end();
  }
}

async function askEverything(): Promise<string> {
  const { body } = await open.ask(`{
    teams(first: 5) { nodes {
      githubConnections { id kind label apiUrl status statusReason belongsTo webhookUrl permissions { permission state } }
      auditLog(first: 50) { nodes { action details } }
    } }
  }`);
  return body;
}

function hitsIn(texts: readonly string[]): string[] {
  return CANARIES.flatMap(([what, pattern]) =>
    texts
      .filter((text) => pattern.test(text))
      .map(
        (text) => `${what}: ${text.slice(Math.max(text.search(pattern) - 200, 0)).slice(0, 400)}`,
      ),
  );
}

it(
  'no credential is in any log, history, table or answer, however GitHub fails',
  { timeout: 180_000 },
  async () => {
    const { github } = open.world;
    github.setToken(TOKEN, { scopes: null });
    github.setInstallation(31);
    const answers: string[] = [];
    const credentials = [
      { token: TOKEN },
      { app: { appId: '4711', installationId: '31', privateKey: PRIVATE_KEY } },
    ];
    let connectionId: string | undefined;
    for (const credential of credentials) {
      const input = {
        teamId: open.teamGlobalId,
        apiUrl: github.url,
        webhookSecret: WEBHOOK_SECRET,
        ...(connectionId !== undefined && { connectionId }),
        ...credential,
      };
      const { data, body } = await open.ask<{ connectGitHub: ShownAnswer }>(CONNECT, { input });
      answers.push(body);
      expect(data.connectGitHub.connection.status).toBe('ACTIVE');
      connectionId = data.connectGitHub.connection.id;
      for (const fault of FAULTS) {
        answers.push(await live(connectionId, fault));
      }
    }
    const refused = await open.ask(CONNECT, {
      input: { teamId: open.teamGlobalId, token: `${TOKEN} ${TOKEN}`, apiUrl: github.url },
    });
    answers.push(refused.body, await askEverything());
    const [histories, rows] = [await readHistories(), await dumpDatabase()];
    // What was looked through is there: silence that comes from not looking proves nothing.
    expect(histories.length).toBeGreaterThan(FAULTS.length * 2);
    expect(rows.filter((row) => row.includes('github_connection')).length).toBeGreaterThan(0);
    expect(rows.some((row) => row.includes('sync_run') && row.includes('FAILED'))).toBe(true);
    expect(lines.length).toBeGreaterThan(0);
    expect(hitsIn([`Bearer ${TOKEN}`, PRIVATE_KEY, 'ghs_0123456789'])).toHaveLength(3);
    for (const texts of [answers, histories, rows, lines, open.log]) {
      expect(hitsIn(texts)).toEqual([]);
    }
  },
);
