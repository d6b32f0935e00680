import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createNodeDb } from '../../../../src/db/core/node-client.ts';
import type { Deadlines } from '../../../../src/domain/core/deadlines.ts';
import type { Gateway } from '../../../../src/runtime/http/gateway.ts';
import { eventually } from '../../../support/eventually.ts';
import { PATIENT } from '../../../support/patience.ts';
import { noteTried } from '../../../support/reliability/tried.ts';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';
import { lockTable } from '../table-lock.ts';

const READ_MEMBERS = `{ team(slug: "alpha") { members(first: 5) { nodes { login } } } }`;
const READ_TEAM = `{ team(slug: "alpha") { name } }`;
const SET_RETENTION = `mutation ($team: ID!) {
  updateTeamSettings(input: { teamId: $team, aiUsageRetentionDays: 400 }) { __typename ... on UserError { code } }
}`;

let world: ApiWorld;
let team: SeededTeam;

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'alpha' });
});

afterAll(() => world?.close());

function connect(deadlines: Deadlines, readsPerUser?: number): Gateway {
  const db = createNodeDb({
    connectionString: world.applicationUrl,
    poolSize: 8,
    applicationName: 'throughline gateway',
    onConnectionError: () => undefined,
    deadlines: PATIENT.database,
  });
  onTestFinished(() => db.$disconnect());
  return world.createGateway({
    db,
    deadlines,
    ...(readsPerUser !== undefined && { readsPerUser }),
  });
}

const readDays = () => world.sql('SELECT ai_usage_retention_days AS days FROM team');

const ask = (gateway: Gateway, query: string) =>
  world.ask<Record<string, unknown>>(
    team.adminToken,
    query,
    { team: globalId.team(team.teamId) },
    gateway,
  );

describe('F7: statements that are slow in the database', () => {
  it('of reads are cut at the limit, and what does not need them is answered', async (context) => {
    noteTried(context, 24);
    await world.sql(
      `CREATE POLICY slow ON member AS RESTRICTIVE FOR SELECT USING (pg_sleep(3600) IS NOT NULL)`,
    );
    const gateway = connect({ ...PATIENT, reads: { ...PATIENT.reads, holdMs: 3_000 } });
    const queries = Array.from({ length: 24 }, (_, index) =>
      index % 6 === 0 ? READ_MEMBERS : READ_TEAM,
    );
    const codes = await Promise.all(
      queries.map(async (query) => {
        const { errors } = await ask(gateway, query);
        return [query, errors[0]?.extensions?.code ?? 'OK'];
      }),
    );
    expect(codes).toEqual(
      queries.map((query) => [query, query === READ_MEMBERS ? 'LIMIT_EXCEEDED' : 'OK']),
    );
    await eventually(async () => expect(await world.openTransactions()).toBe(0));
    await world.sql('DROP POLICY slow ON member');
    expect((await ask(gateway, READ_MEMBERS)).errors).toEqual([]);
    expect(world.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('of one user leave half of the connections to others, however many they are', async (context) => {
    noteTried(context, 24);
    const gateway = connect(PATIENT, 4);
    const unlock = await lockTable(world, 'member');
    const slow = Array.from({ length: 20 }, () => ask(gateway, READ_MEMBERS));
    const countWaiting = async () => {
      const [row] = await world.sql<{ count: number }>(
        `SELECT count(*)::integer AS count FROM pg_stat_activity
         WHERE application_name = 'throughline gateway' AND wait_event_type = 'Lock'`,
      );
      return row?.count;
    };
    await eventually(async () => expect(await countWaiting()).toBe(4));
    for (let times = 0; times < 4; times += 1) {
      const { errors } = await world.ask(team.viewerToken, READ_TEAM, {}, gateway);
      expect(errors).toEqual([]);
    }
    expect(await countWaiting()).toBe(4);
    await unlock();
    const answers = await Promise.all(slow);
    expect(answers.filter(({ errors }) => errors.length > 0)).toEqual([]);
  });

  it('of a mutation are cut at the limit, and nothing has changed', async () => {
    await world.sql(
      `CREATE FUNCTION sleep_long() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN PERFORM pg_sleep(3600); RETURN NEW; END $$`,
    );
    await world.sql(
      'CREATE TRIGGER slow BEFORE UPDATE ON team FOR EACH ROW EXECUTE FUNCTION sleep_long()',
    );
    const gateway = connect({
      ...PATIENT,
      requests: { ...PATIENT.requests, operationMs: 500 },
    });
    const [before] = await readDays();
    const { data, errors } = await ask(gateway, SET_RETENTION);
    expect([data, errors]).toEqual([
      { updateTeamSettings: { __typename: 'LimitExceededError', code: 'LIMIT_EXCEEDED' } },
      [],
    ]);
    await eventually(async () => expect(await world.openTransactions()).toBe(0));
    await world.sql('DROP TRIGGER slow ON team');
    expect(await readDays()).toEqual([before]);
    expect((await ask(world.gateway, SET_RETENTION)).data).toEqual({
      updateTeamSettings: { __typename: 'UpdateTeamSettingsPayload' },
    });
  });
});
