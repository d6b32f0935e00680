import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';

const START = `mutation ($input: StartBackfillInput!) {
  startBackfill(input: $input) {
    ... on StartBackfillPayload { syncRun { since } }
    ... on UserError { code message }
  }
}`;

interface Answer {
  readonly startBackfill: Readonly<Record<string, unknown>>;
}

const DAY_MS = 24 * 60 * 60 * 1000;

describe('how far a backfill goes back', () => {
  let world: ApiWorld;
  let team: SeededTeam;

  beforeAll(async () => {
    world = await createApiWorld();
    team = await seedTeam(world, { slug: 'alpha' });
  });
  beforeEach(async () => {
    world.launcher.started.length = 0;
    await world.sql('DELETE FROM sync_run');
  });
  afterAll(async () => {
    await world?.close();
  });

  const start = (input: object, gateway = world.gateway) =>
    world.ask<Answer>(
      team.adminToken,
      START,
      { input: { teamId: globalId.team(team.teamId), ...input } },
      gateway,
    );

  const databaseNow = async (): Promise<Date> => {
    const [row] = await world.sql<{ now: Date }>('SELECT now() AS now');
    return row?.now ?? new Date(Number.NaN);
  };

  /** How many days before now an instant lies, by the database's clock; the part of a day that passes meanwhile is cut. */
  const daysAgo = async (instant: string | null | undefined): Promise<number> =>
    Math.floor(((await databaseNow()).getTime() - Date.parse(String(instant))) / DAY_MS);

  it('goes back to 1970 and no further, whatever the number of days', async () => {
    const { data } = await start({ daysBack: 36_500 });
    expect(data.startBackfill).toMatchObject({ syncRun: { since: '1970-01-01T00:00:00.000Z' } });
    expect(world.launcher.started[0]?.since).toBe('1970-01-01T00:00:00.000Z');
    await start({ since: '1970-01-01T00:00:00Z' });
    expect(world.launcher.started[1]?.since).toBe('1970-01-01T00:00:00.000Z');
  });

  it('counts by the clock of the database, and says how far the gateway’s is from it', async () => {
    const now = await databaseNow();
    const ahead = (ms: number): Date => new Date(now.getTime() + ms);
    const gateway = world.createGateway({ now: () => ahead(400 * DAY_MS + DAY_MS / 48) });
    const { data } = await start({ since: ahead(300 * DAY_MS).toISOString() }, gateway);
    expect(data.startBackfill).toMatchObject({
      code: 'INVALID_INPUT',
      message:
        "since lies in the future: name an instant before now. The clock of the gateway is 400 d ahead of the database's: set both by NTP.",
    });
    expect(world.launcher.started).toEqual([]);
    await start({ daysBack: 90 }, gateway);
    expect(await daysAgo(world.launcher.started[0]?.since)).toBe(90);
    await gateway.dispose();
  });

  it.each([
    '0000-01-01T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '1969-12-31T23:59:59Z',
    '10000-01-01T00:00:00Z',
  ])('refuses %s, which no job can go back to, and starts nothing', async (since) => {
    const { errors } = await start({ since });
    expect(errors[0]).toMatchObject({
      message: expect.stringContaining('an instant of the years 1970 to 2100') as string,
      extensions: { code: 'BAD_USER_INPUT' },
    });
    expect(world.launcher.started).toEqual([]);
    expect(await world.sql('SELECT id FROM sync_run')).toEqual([]);
  });
});
