import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNodeDb } from '../../../../src/db/core/node-client.ts';
import { createWriteSource, type WriteSource } from '../../../../src/db/core/write-source.ts';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';

const RESOLVE = `mutation ($input: ResolveIncidentInput!) {
  result: resolveIncident(input: $input) {
    __typename
    ... on IncidentPayload { incident { resolvedAt } }
    ... on UserError { code message }
  }
}`;

/** Longer than any machine needs; no test waits for it. */
const LONG_MS = 60_000;

let world: ApiWorld;
let team: SeededTeam;
let incidentId: string;

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'alpha' });
  const rows = await world.sql<{ id: string }>(
    `INSERT INTO incident (team_id, source, external_id, title, opened_at, updated_at)
     VALUES ($1, 'MANUAL', 'one', 'It burns', now() - interval '1 year', now()) RETURNING id::text`,
    [team.teamId],
  );
  incidentId = globalId.row('Incident', team.teamId, rows[0]?.id ?? '');
});

afterAll(async () => {
  await world?.close();
});

const readAudits = () => world.sql('SELECT action, actor_id::text AS actor FROM admin_audit');
const readEnds = async () =>
  (await world.sql<{ at: Date | null }>('SELECT resolved_at AS at FROM incident')).map(
    ({ at }) => at,
  );

async function resolve(writes: WriteSource) {
  const { data, errors } = await world.ask<{ result: Readonly<Record<string, unknown>> }>(
    team.adminToken,
    RESOLVE,
    { input: { incidentId } },
    world.createGateway({ writes }),
  );
  expect(errors).toEqual([]);
  return data.result;
}

function connect(connectionString: string) {
  return createNodeDb({
    connectionString,
    poolSize: 1,
    applicationName: 'throughline test',
    onConnectionError: () => undefined,
  });
}

function createLatch(): { readonly opened: Promise<void>; open(): void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((settle) => {
    open = settle;
  });
  return { opened, open: () => open() };
}

/** Holds the row of the incident while something else is tried. */
async function withLockedIncident<T>(work: () => Promise<T>): Promise<T> {
  await world.sql('BEGIN');
  try {
    await world.sql('SELECT FROM incident FOR UPDATE');
    return await work();
  } finally {
    await world.sql('ROLLBACK');
  }
}

describe('a mutation whose write fails answers the reason as data, and nothing is stored', () => {
  it('OVERLOADED when no connection comes free in time', async () => {
    const db = connect(world.applicationUrl);
    const [begun, released] = [createLatch(), createLatch()];
    const holding = db.$transaction(
      async (tx) => {
        await tx.$queryRaw`SELECT 1`;
        begun.open();
        await released.opened;
      },
      { timeout: LONG_MS, maxWait: LONG_MS },
    );
    try {
      await begun.opened;
      expect(await resolve(createWriteSource(db, { maxWaitMs: 50 }))).toMatchObject({
        __typename: 'OverloadedError',
        code: 'OVERLOADED',
      });
    } finally {
      released.open();
      await holding;
      await db.$disconnect();
    }
  });

  it('OVERLOADED when other work holds the same rows', async () => {
    const writes = createWriteSource(world.counting.db, { lockTimeoutMs: 50, timeoutMs: LONG_MS });
    expect(await withLockedIncident(() => resolve(writes))).toMatchObject({
      __typename: 'OverloadedError',
      message: expect.stringContaining('Other work holds the same data') as string,
    });
  });

  it('LIMIT_EXCEEDED when the database works on it for too long', async () => {
    const writes = createWriteSource(world.counting.db, { lockTimeoutMs: LONG_MS, timeoutMs: 50 });
    expect(await withLockedIncident(() => resolve(writes))).toMatchObject({
      __typename: 'LimitExceededError',
      code: 'LIMIT_EXCEEDED',
    });
  });

  it('DATABASE_UNAVAILABLE when the database refuses the connection', async () => {
    const url = new URL(world.applicationUrl);
    url.pathname = '/there_is_no_such_database';
    const db = connect(url.href);
    try {
      expect(await resolve(createWriteSource(db))).toMatchObject({
        __typename: 'DatabaseUnavailableError',
        code: 'DATABASE_UNAVAILABLE',
      });
    } finally {
      await db.$disconnect();
    }
  });

  it('and it is written, recorded and read back once nothing stands in the way', async () => {
    expect([await readEnds(), await readAudits()]).toEqual([[null], []]);
    expect(await resolve(createWriteSource(world.counting.db))).toMatchObject({
      __typename: 'IncidentPayload',
      incident: { resolvedAt: expect.any(String) as string },
    });
    expect(await readAudits()).toEqual([{ action: 'INCIDENT_RESOLVED', actor: team.adminUserId }]);
  });

  it('CONFLICT for one of two changes that wait for one another', async () => {
    const latches = [createLatch(), createLatch()] as const;
    const own = createWriteSource(world.counting.db, {
      lockTimeoutMs: LONG_MS,
      timeoutMs: LONG_MS,
    });
    const crossing = (mine: 0 | 1): WriteSource => ({
      ...own,
      inTeam: (teamId, actorId, work, options) =>
        own.inTeam(
          teamId,
          actorId,
          async (tx) => {
            await tx.$queryRaw`SELECT pg_advisory_xact_lock(4711, ${mine}::integer)::text`;
            latches[mine].open();
            await latches[1 - mine]?.opened;
            await tx.$queryRaw`SELECT pg_advisory_xact_lock(4711, ${1 - mine}::integer)::text`;
            return work(tx);
          },
          options,
        ),
    });
    const answers = await Promise.all([resolve(crossing(0)), resolve(crossing(1))]);
    expect(new Set(answers.map(({ __typename }) => __typename))).toEqual(
      new Set(['ConflictError', 'IncidentPayload']),
    );
  });
});
