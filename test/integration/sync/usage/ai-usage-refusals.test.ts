import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MONDAY, NOW, openUsageWorld, ORGANIZATION, type UsageWorld } from './usage-world.ts';

let world: UsageWorld;

beforeEach(async () => {
  world = await openUsageWorld();
});

afterEach(async () => {
  await world.close();
});

const sync = (...days: string[]) => world.activities.syncAiUsageDays({ ...world.source, days });

const readStatus = async () =>
  (
    await world.rows<{ status: string; status_reason: string | null }>(
      'SELECT status, status_reason FROM ai_usage_source',
    )
  )[0];

const count = async (table: string) =>
  (await world.rows<{ n: number }>(`SELECT count(*)::integer AS n FROM ${table}`))[0]?.n;

describe('what stands in the way', () => {
  it.each([
    ['POLICY_DISABLED', () => world.fake.setCopilot({ policy: 'DISABLED' }), 'set the policy'],
    ['MISSING_SCOPE', () => world.fake.setCopilot({ reports: 'FORBIDDEN' }), 'GitHub asks for'],
  ])('is recognised and shown: %s', async (status, arrange, sentence) => {
    arrange();
    const result = await sync(MONDAY);
    expect(result).toMatchObject({ daysDone: 0, daysLeft: [MONDAY], stop: { status } });
    expect(await readStatus()).toMatchObject({
      status,
      status_reason: expect.stringContaining(sentence) as string,
    });
    expect(await count('ai_usage_report')).toBe(0);
    world.fake.setCopilot({});
    await sync(MONDAY);
    expect(await readStatus()).toMatchObject({ status: 'ACTIVE', status_reason: null });
  });

  it('is a token that is refused: nothing more is asked with it', async () => {
    world.fake.failNext({ status: 401, body: { message: 'Bad credentials' } });
    expect((await sync(MONDAY)).stop?.status).toBe('NEEDS_REAUTH');
    expect(await world.rows('SELECT status FROM github_connection')).toEqual([
      { status: 'NEEDS_REAUTH' },
    ]);
    const asked = world.fake.stats().requests.rest;
    expect((await sync(MONDAY)).stop?.status).toBe('NEEDS_REAUTH');
    expect(world.fake.stats().requests.rest).toBe(asked);
  });

  it('is an organisation that is not there', async () => {
    await world.scene.sql.query(`UPDATE ai_usage_source SET organization = 'nobody'`);
    const result = await world.activities.syncAiUsageDays({
      ...world.source,
      organization: 'nobody',
      days: [MONDAY],
    });
    expect(result.stop).toMatchObject({
      status: 'NOT_FOUND',
      reason: expect.stringContaining('organisation nobody') as string,
    });
  });

  it('is a limit: the day is left, the wait is known, and nobody asks before it is over', async () => {
    world.fake.failNext({ retryAfter: 40 });
    const result = await sync(MONDAY, '2026-06-05');
    expect(result).toMatchObject({
      daysDone: 0,
      daysLeft: [MONDAY, '2026-06-05'],
      wait: { until: new Date(NOW.getTime() + 40_000).toISOString() },
    });
    world.setClock(new Date(NOW.getTime() + 41_000));
    expect(await sync(...result.daysLeft)).toMatchObject({ daysDone: 2, wait: null });
    expect(world.fake.stats().brokenRules).toEqual([]);
  });

  it('is a limit that another sync has met: GitHub is not asked at all', async () => {
    await world.scene.sql.query(
      `INSERT INTO github_quota (identity, resource, point_limit, remaining, used, reset_at, blocked_until, blocked_reason)
      SELECT 'connection:' || team_id || ':' || id, 'core', 0, 0, 0, now(), '2100-01-01T00:00:00Z', 'limit of a sync'
      FROM github_connection`,
    );
    expect(await sync(MONDAY)).toMatchObject({
      wait: { until: '2100-01-01T00:00:00.000Z', reason: 'limit of a sync' },
    });
    expect(await world.activities.syncAiSeats(world.source)).toMatchObject({
      wait: { reason: 'limit of a sync' },
    });
    expect(world.fake.stats().requests.rest).toBe(0);
  });

  it('is a server that does not answer: the source says so, and Temporal tries again', async () => {
    world.fake.failNext({ status: 502 });
    await expect(sync(MONDAY)).rejects.toMatchObject({ kind: 'TRANSIENT' });
    expect((await readStatus())?.status).toBe('UNAVAILABLE');
    await sync(MONDAY);
    expect((await readStatus())?.status).toBe('ACTIVE');
  });
});

describe('seats', () => {
  it('belong to members, are counted by day, and go when they are given up', async () => {
    const { seats } = await world.activities.syncAiSeats(world.source);
    expect(seats).toBeGreaterThanOrEqual(10);
    expect(await count('ai_seat')).toBe(seats);
    expect(
      await world.rows(
        `SELECT date::text, total = active_this_cycle + inactive_this_cycle AS adds_up FROM ai_seat_daily`,
      ),
    ).toEqual([{ date: '2026-06-10', adds_up: true }]);
    world.fake.failNext({ status: 200, body: { seat_breakdown: { total: 1 } } });
    world.fake.failNext({
      status: 200,
      body: { seats: [{ created_at: '2026-01-01T00:00:00Z', assignee: { id: 5, login: 'eve' } }] },
    });
    expect(await world.activities.syncAiSeats(world.source)).toMatchObject({ seats: 1 });
    expect(
      await world.rows('SELECT m.login FROM ai_seat s JOIN member m ON m.id = s.member_id'),
    ).toEqual([{ login: 'eve' }]);
  });

  it('that the token may not see leave the reports alone, with a note', async () => {
    world.fake.setCopilot({ seats: 'FORBIDDEN' });
    await sync(MONDAY);
    expect(await world.activities.syncAiSeats(world.source)).toEqual({
      seats: null,
      wait: null,
      stop: null,
    });
    expect(await readStatus()).toMatchObject({
      status: 'ACTIVE',
      status_reason: expect.stringContaining(`Copilot seats of ${ORGANIZATION}`) as string,
    });
  });
});
