import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '../../../../src/domain/core/errors.ts';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';

const APPLY = `mutation ($input: ApplyRetentionInput!) {
  applyRetention(input: $input) {
    __typename
    ... on ApplyRetentionPayload {
      joined workflowId temporalUrl
      expired { table kind days retainedFrom rows oldest newest examples }
    }
    ... on UserError { code message }
  }
}`;

interface Expired {
  readonly table: string;
  readonly rows: number;
}

interface Answer {
  readonly applyRetention: Readonly<Record<string, unknown>> & {
    readonly __typename: string;
    readonly expired: readonly Expired[];
  };
}

describe('applyRetention', () => {
  let world: ApiWorld;
  let team: SeededTeam;
  let other: SeededTeam;

  // The clock of the world stands at 2026-03-12: 365 days before it is 2025-03-12.
  beforeAll(async () => {
    world = await createApiWorld();
    team = await seedTeam(world, { slug: 'alpha' });
    other = await seedTeam(world, { slug: 'beta' });
    await world.sql(`SELECT throughline_ensure_usage_partition('2025-03-01')`);
    for (const { teamId } of [team, other]) {
      await world.sql(
        `INSERT INTO ai_usage_daily (team_id, member_id, date, source, suggestions_shown, suggestions_accepted,
          lines_suggested, lines_accepted, interactions, synced_at)
        SELECT $1, 7, day::date, 'CURSOR', 1, 1, 1, 1, 1, now()
        FROM generate_series('2025-03-10'::date, '2025-03-12'::date, '1 day') AS day`,
        [teamId],
      );
    }
  });

  beforeEach(() => {
    world.launcher.workflows.length = 0;
    world.launcher.answer = { workflowId: 'any', workflowRunId: 'run-1', joined: false };
  });

  afterAll(async () => {
    await world?.close();
  });

  const apply = (input: object, token: string | null = team.adminToken) =>
    world.ask<Answer>(token, APPLY, { input: { teamId: globalId.team(team.teamId), ...input } });

  it('says what would go, and starts nothing unless it is told to', async () => {
    const { data, errors } = await apply({ kind: 'AI_USAGE' });
    expect(errors).toEqual([]);
    expect(data.applyRetention).toMatchObject({
      joined: null,
      workflowId: null,
      temporalUrl: null,
    });
    expect(data.applyRetention.expired[0]).toEqual({
      table: 'ai_usage_daily',
      kind: 'AI_USAGE',
      days: 365,
      retainedFrom: '2025-03-12',
      rows: 2,
      oldest: '2025-03-10',
      newest: '2025-03-11',
      examples: [
        'member_id=7 date=2025-03-10 source=CURSOR',
        'member_id=7 date=2025-03-11 source=CURSOR',
      ],
    });
    expect(data.applyRetention.expired.slice(1).map(({ rows }) => rows)).toEqual([0, 0, 0]);
    expect(world.launcher.workflows).toEqual([]);
  });

  it('starts the removal for the team alone, with who asked', async () => {
    const { data } = await apply({ dryRun: false, days: 400 });
    expect(data.applyRetention).toMatchObject({
      __typename: 'ApplyRetentionPayload',
      joined: false,
      workflowId: `retention:${team.teamId}`,
      temporalUrl: `http://temporal.test/workflows/retention:${team.teamId}`,
    });
    expect(data.applyRetention.expired.map(({ table, rows }) => [table, rows])).toEqual([
      ['ai_usage_daily', 0],
      ['ai_usage_report', 0],
      ['ai_usage_total_daily', 0],
      ['ai_seat_daily', 0],
      ['weekly_metrics', 0],
    ]);
    expect(world.launcher.workflows).toEqual([
      {
        workflowType: 'applyRetention',
        workflowId: `retention:${team.teamId}`,
        taskQueue: 'compute',
        input: {
          teamId: team.teamId,
          days: 400,
          kind: null,
          requestedBy: team.adminUserId,
          carryOver: null,
        },
        summary: 'Retention of one team',
        teamId: team.teamId,
      },
    ]);
  });

  it('joins the removal that runs', async () => {
    world.launcher.answer = { workflowId: 'any', workflowRunId: 'run-1', joined: true };
    const { data } = await apply({ dryRun: false });
    expect(data.applyRetention).toMatchObject({ joined: true });
  });

  it.each([
    ['fewer than 30 days', { days: 29 }],
    ['no days at all', { days: 0 }],
    ['more than ten years', { days: 3651 }],
  ])('refuses %s and starts nothing', async (_what, input) => {
    const { data } = await apply({ dryRun: false, ...input });
    expect(data.applyRetention).toMatchObject({
      __typename: 'InvalidInputError',
      message: expect.stringMatching(/30 to 3650 days/) as string,
    });
    expect(world.launcher.workflows).toEqual([]);
  });

  it('is for admins of the team: others learn nothing', async () => {
    const viewer = await apply({}, team.viewerToken);
    expect(viewer.data.applyRetention).toMatchObject({ __typename: 'ForbiddenError' });
    const stranger = await apply({}, other.adminToken);
    expect(stranger.data.applyRetention).toMatchObject({ __typename: 'NotFoundError' });
    const nobody = await apply({}, null);
    expect(nobody.errors[0]?.extensions?.code).toBe('UNAUTHENTICATED');
    expect(world.launcher.workflows).toEqual([]);
  });

  it('stands in the audit, which admins of the team read, newest first', async () => {
    await world.sql(
      `INSERT INTO admin_audit (team_id, actor_id, action, details)
      VALUES ($1, $2, 'RETENTION', '{"rows": 1}'), ($1, NULL, 'RETENTION', '{"rows": 2}')`,
      [team.teamId, team.adminUserId],
    );
    const read = (token: string) =>
      world.ask<{ team: { auditLog: unknown } | null }>(
        token,
        `query ($id: ID!) { team(id: $id) { auditLog(first: 1) { totalCount nodes { action actorId details } } } }`,
        { id: globalId.team(team.teamId) },
      );
    const { data, errors } = await read(team.adminToken);
    expect(errors).toEqual([]);
    expect(data.team?.auditLog).toEqual({
      totalCount: 2,
      nodes: [{ action: 'RETENTION', actorId: null, details: '{"rows":2}' }],
    });
    const viewer = await read(team.viewerToken);
    expect(viewer.errors[0]?.extensions?.code).toBe('FORBIDDEN');
    expect((await read(other.adminToken)).data).toEqual({ team: null });
  });

  it('says so when Temporal is away', async () => {
    world.launcher.answer = new DomainError('TEMPORAL_UNAVAILABLE', 'Temporal does not answer.');
    const { data } = await apply({ dryRun: false });
    expect(data.applyRetention).toMatchObject({ __typename: 'TemporalUnavailableError' });
  });
});
