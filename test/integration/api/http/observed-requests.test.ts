import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnsweredOperation } from '../../../../src/api/core/observation.ts';
import type { Db } from '../../../../src/db/core/client.ts';
import { createNodeDb } from '../../../../src/db/core/node-client.ts';
import type { Gateway } from '../../../../src/runtime/http/gateway.ts';
import { createTelemetry } from '../../../../src/runtime/telemetry/telemetry.ts';
import { PATIENT } from '../../../support/patience.ts';
import { createApiWorld, graphqlRequest, readAnswer, type ApiWorld } from '../api-world.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';

const log: Readonly<Record<string, unknown>>[] = [];
const answered: AnsweredOperation[] = [];
const telemetry = createTelemetry({
  logRequests: true,
  operations: new Set(['Viewer']),
  logger: { info: (fields: object) => void log.push({ ...fields }) } as never,
});

let world: ApiWorld;
let team: SeededTeam;
let db: Db;
let gateway: Gateway;
let ask: (request: Request) => Promise<Response>;

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'alpha' });
  db = createNodeDb({
    connectionString: world.applicationUrl,
    poolSize: 10,
    applicationName: 'throughline gateway',
    onConnectionError: () => undefined,
    onStatement: telemetry.onStatement,
    deadlines: PATIENT.database,
  });
  gateway = world.createGateway({
    db,
    onOperation: (operation) => {
      answered.push(operation);
      telemetry.onOperation(operation);
    },
  });
  ask = telemetry.watchGateway(gateway);
});

afterAll(async () => {
  await gateway?.dispose();
  await db?.$disconnect();
  await world?.close();
});

/** What was logged of a request, which has an id of its own. */
async function logged(query: string, token: string | null = team.viewerToken) {
  const request = graphqlRequest(token, query);
  const requestId = crypto.randomUUID();
  request.headers.set('x-request-id', requestId);
  const response = await ask(request);
  await response.text();
  return log.find((entry) => entry['requestId'] === requestId) ?? {};
}

const VIEWER = 'query Viewer { viewer { name } }';
const TEAM = 'query { team(slug: "alpha") { members { totalCount } } }';

describe('a request that is answered', () => {
  it('is told with its operation, cost, status and statements', async () => {
    expect(await logged(VIEWER)).toMatchObject({
      operation: 'Viewer',
      type: 'query',
      status: 200,
      codes: [],
      cost: expect.any(Number),
    });
    expect(await logged('{ __typename }', null)).toMatchObject({
      operation: null,
      type: 'query',
      statements: 0,
    });
  });

  it.each([
    ['a document that is none', '{', ['GRAPHQL_PARSE_FAILED'], null],
    ['a field that is not there', '{ nonsense }', ['GRAPHQL_VALIDATION_FAILED'], null],
    [
      'a mutation that answers its error as data',
      'mutation M { pauseSync(input: { syncRunId: "VGVhbTox" }) { __typename } }',
      ['NOT_FOUND'],
      'mutation',
    ],
  ])('is told with the codes of its errors: %s', async (_what, query, codes, type) => {
    expect(await logged(query)).toMatchObject({ codes, type });
  });

  it('is told as refused without a valid token', async () => {
    expect(await logged(VIEWER, 'unknown')).toMatchObject({
      operation: 'Viewer',
      codes: ['UNAUTHENTICATED'],
      cost: null,
    });
  });

  it('counts its own statements, also beside others', async () => {
    const [viewer, members] = [await logged(VIEWER), await logged(TEAM)];
    const alone = [viewer['statements'], members['statements']] as number[];
    expect(Math.min(...alone)).toBeGreaterThan(0);
    expect(alone[0]).not.toBe(alone[1]);
    const beside = await Promise.all(
      Array.from({ length: 10 }, (_, index) => logged(index % 2 === 0 ? VIEWER : TEAM)),
    );
    // The look-up of a token is shared by those that come at the same moment.
    beside.forEach(({ statements }, index) => {
      const own = alone[index % 2] ?? 0;
      expect([own, own - 1]).toContain(statements);
    });
  });

  it('is told of a subscription when its stream begins or is refused', async () => {
    const request = graphqlRequest(
      team.viewerToken,
      `subscription Follow { syncRunProgress(id: "${globalId.row('SyncRun', team.teamId, '999')}") { id } }`,
    );
    request.headers.set('accept', 'text/event-stream');
    const { status } = await readAnswer(await ask(request));
    expect(status).toBe(404);
    expect(answered.at(-1)).toMatchObject({ name: 'Follow', type: 'subscription', status: 404 });
    expect([...(answered.at(-1)?.codes ?? [])]).toEqual(['NOT_FOUND']);
  });
});

it('says how many connections are in use and who waits', async () => {
  // A request is answered a moment before its reads have ended.
  await expect.poll(() => db.poolState?.()).toMatchObject({ inUse: 0, waiting: 0 });
  const scarce = createNodeDb({
    connectionString: world.applicationUrl,
    poolSize: 1,
    applicationName: 'throughline gateway',
    onConnectionError: () => undefined,
    deadlines: PATIENT.database,
  });
  try {
    await scarce.$transaction(async (tx) => {
      await tx.$queryRaw`SELECT 1`;
      // Prisma sends nothing before somebody waits for it.
      const waiting = scarce.$queryRaw`SELECT 2`.then(() => undefined);
      waiting.catch(() => undefined);
      await expect.poll(() => scarce.poolState?.()).toEqual({ inUse: 1, idle: 0, waiting: 1 });
    });
    await expect.poll(() => scarce.poolState?.()).toEqual({ inUse: 0, idle: 1, waiting: 0 });
  } finally {
    await scarce.$disconnect();
  }
});
