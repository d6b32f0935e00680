import type { Gateway } from '../../../../src/runtime/http/gateway.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { DomainError } from '../../../../src/domain/core/errors.ts';
import { PATIENT } from '../../../support/patience.ts';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';

const REBUILD = `mutation ($input: RebuildRollupsInput!) {
  rebuildRollups(input: $input) {
    __typename
    ... on RebuildRollupsPayload {
      joined
      rebuild { id reason status dryRun fromWeek toWeek error { code } workflowId temporalUrl finishedAt
        progress { pullRequestsDone pullRequestsTotal weeksDone weeksTotal memberWeeksInserted } team { slug } }
    }
    ... on UserError { code message }
  }
}`;

const SETTINGS = `mutation ($input: UpdateTeamSettingsInput!) {
  updateTeamSettings(input: $input) {
    __typename
    ... on UpdateTeamSettingsPayload {
      team { timeZone weekStart aiUsageRetentionDays weeklyMetricsRetentionDays includeExternal }
      rebuild { reason status }
    }
    ... on UserError { code message }
  }
}`;

type Answer = Readonly<
  Record<'rebuildRollups' | 'updateTeamSettings', Readonly<Record<string, unknown>>>
>;

let world: ApiWorld;
let team: SeededTeam;
let runs = 0;

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'alpha' });
});

beforeEach(async () => {
  runs += 1;
  world.launcher.workflows.length = 0;
  world.launcher.answer = { workflowId: '', workflowRunId: `run-${runs}`, joined: false };
  await world.sql('DELETE FROM rollup_rebuild; DELETE FROM admin_audit');
});

afterAll(async () => {
  await world?.close();
});

async function ask(
  query: string,
  input: object,
  token = team.adminToken,
  gateway: Gateway = world.gateway,
) {
  const teamId = globalId.team(team.teamId);
  const { data, errors } = await world.ask<Answer>(
    token,
    query,
    { input: { teamId, ...input } },
    gateway,
  );
  expect(errors).toEqual([]);
  return data.rebuildRollups ?? data.updateTeamSettings;
}

const countRebuilds = async () =>
  (await world.sql('SELECT FROM rollup_rebuild WHERE team_id = $1', [team.teamId])).length;

/** Asks while a rollup of the team takes longer than the mutation waits. */
async function askDuringRollup(query: string, input: object) {
  const gateway = world.createGateway({
    deadlines: { ...PATIENT, requests: { ...PATIENT.requests, rebuildMs: 100 } },
  });
  onTestFinished(() => gateway.dispose());
  const key = `hashtextextended('throughline:roll-up:${team.teamId}', 0)`;
  await world.sql(`SELECT pg_advisory_lock(${key})`);
  try {
    return await ask(query, input, team.adminToken, gateway);
  } finally {
    await world.sql(`SELECT pg_advisory_unlock(${key})`);
  }
}

describe('rebuildRollups', () => {
  it('starts the workflow, writes its row and answers both', async () => {
    const workflowId = `rebuild:${team.teamId}`;
    expect(await ask(REBUILD, { from: '2026-01-01', to: '2026-02-01', dryRun: true })).toEqual({
      __typename: 'RebuildRollupsPayload',
      joined: false,
      rebuild: {
        id: expect.any(String) as string,
        reason: 'REQUESTED',
        status: 'RUNNING',
        dryRun: true,
        fromWeek: '2025-12-29',
        toWeek: '2026-02-02',
        error: null,
        workflowId,
        temporalUrl: `http://temporal.test/workflows/${workflowId}`,
        finishedAt: null,
        progress: {
          pullRequestsDone: 0,
          pullRequestsTotal: 0,
          weeksDone: 0,
          weeksTotal: 5,
          memberWeeksInserted: '0',
        },
        team: { slug: 'alpha' },
      },
    });
    expect(world.launcher.workflows).toMatchObject([
      { workflowType: 'rebuildRollups', workflowId, input: { isDryRun: true, from: '2026-01-01' } },
    ]);
  });

  it('joins the rebuild that runs, and shows that one', async () => {
    const first = await ask(REBUILD, { dryRun: true });
    world.launcher.answer = { workflowId: '', workflowRunId: `run-${runs}`, joined: true };
    const second = await ask(REBUILD, {});
    expect(second).toEqual({ ...first, joined: true });
    expect(await countRebuilds()).toBe(1);
    const { data } = await world.ask<{ node: object; team: object }>(
      team.viewerToken,
      `query ($id: ID!, $team: ID!) {
        node(id: $id) { ... on RollupRebuild { status dryRun } }
        team(id: $team) { rollupRebuilds(first: 5) { nodes { reason dryRun } } }
      }`,
      {
        id: (first['rebuild'] as { id: string }).id,
        team: globalId.team(team.teamId),
      },
    );
    expect(data).toEqual({
      node: { status: 'RUNNING', dryRun: true },
      team: { rollupRebuilds: { nodes: [{ reason: 'REQUESTED', dryRun: true }] } },
    });
  });

  it.each([
    ['a range that is empty', { from: '2026-02-01', to: '2026-02-01' }, 'INVALID_INPUT'],
    ['a team of others', { teamId: globalId.team('999') }, 'NOT_FOUND'],
  ])('refuses %s, and starts nothing', async (_, input, code) => {
    expect(await ask(REBUILD, input)).toMatchObject({ code });
    expect(world.launcher.workflows).toEqual([]);
  });

  it('is for admins', async () => {
    expect(await ask(REBUILD, {}, team.viewerToken)).toMatchObject({ code: 'FORBIDDEN' });
  });

  it('does not wait for a rollup that takes long, and says that it was started', async () => {
    expect(await askDuringRollup(REBUILD, {})).toMatchObject({
      code: 'OVERLOADED',
      message: expect.stringContaining('was started') as string,
    });
    expect(world.launcher.workflows).toHaveLength(1);
    expect(await countRebuilds()).toBe(0);
  });

  it('writes nothing when Temporal does not answer', async () => {
    world.launcher.answer = new DomainError('TEMPORAL_UNAVAILABLE', 'Temporal is away.');
    expect(await ask(REBUILD, {})).toMatchObject({ code: 'TEMPORAL_UNAVAILABLE' });
    expect(await countRebuilds()).toBe(0);
  });
});

describe('updateTeamSettings', () => {
  it('keeps the cut of weeks until the rebuild that it starts is done', async () => {
    const input = { timeZone: 'Europe/Berlin', weekStart: 'SUNDAY' };
    expect(await ask(SETTINGS, input)).toMatchObject({
      team: { timeZone: 'UTC', weekStart: 'MONDAY' },
      rebuild: { reason: 'SETTINGS', status: 'RUNNING' },
    });
    expect(
      await world.sql('SELECT time_zone, week_start FROM rollup_rebuild WHERE team_id = $1', [
        team.teamId,
      ]),
    ).toEqual([{ time_zone: 'Europe/Berlin', week_start: 'SUNDAY' }]);
    expect(await world.sql('SELECT actor_id, action, details FROM admin_audit')).toEqual([
      {
        actor_id: expect.any(String) as string,
        action: 'TEAM_SETTINGS',
        details: {
          before: { timeZone: 'UTC', weekStart: 'MONDAY' },
          after: { timeZone: 'Europe/Berlin', weekStart: 'SUNDAY' },
        },
      },
    ]);
  });

  it('changes how long data is kept at once, and writes it to the audit', async () => {
    expect(await ask(SETTINGS, { aiUsageRetentionDays: 90, timeZone: 'UTC' })).toMatchObject({
      team: { aiUsageRetentionDays: 90, weeklyMetricsRetentionDays: 730 },
      rebuild: null,
    });
    expect(world.launcher.workflows).toEqual([]);
    expect(await world.sql('SELECT action, details FROM admin_audit')).toEqual([
      {
        action: 'TEAM_SETTINGS',
        details: { aiUsageRetentionDays: 90, weeklyMetricsRetentionDays: null },
      },
    ]);
  });

  it('changes who counts at once, and writes it to the audit', async () => {
    expect(await ask(SETTINGS, { includeExternal: false })).toMatchObject({
      team: { includeExternal: false },
      rebuild: null,
    });
    expect(world.launcher.workflows).toEqual([]);
    expect(await world.sql('SELECT details FROM admin_audit')).toEqual([
      {
        details: {
          aiUsageRetentionDays: null,
          weeklyMetricsRetentionDays: null,
          includeExternal: false,
        },
      },
    ]);
    expect(await ask(SETTINGS, { includeExternal: true })).toMatchObject({
      team: { includeExternal: true },
    });
  });

  it('changes the days also when the row of the rebuild has to wait', async () => {
    const input = { timeZone: 'Asia/Tokyo', aiUsageRetentionDays: 100 };
    expect(await askDuringRollup(SETTINGS, input)).toMatchObject({
      code: 'OVERLOADED',
      message: expect.stringContaining('was started') as string,
    });
    expect(
      await world.sql('SELECT ai_usage_retention_days AS days FROM team WHERE id = $1', [
        team.teamId,
      ]),
    ).toEqual([{ days: 100 }]);
  });

  it.each([
    ['a zone that nobody knows', { timeZone: 'Mars/Olympus' }],
    ['a zone that is an abbreviation', { timeZone: 'utc+3' }],
    ['text that is none', { timeZone: "'; DROP TABLE team" }],
    ['days below the least', { aiUsageRetentionDays: 29 }],
    ['days above the most', { weeklyMetricsRetentionDays: 3651, timeZone: 'Asia/Tokyo' }],
  ])('refuses %s, and changes nothing', async (_, input) => {
    expect(await ask(SETTINGS, input)).toMatchObject({ code: 'INVALID_INPUT' });
    expect(world.launcher.workflows).toEqual([]);
    expect(await world.sql('SELECT FROM admin_audit')).toEqual([]);
  });

  it('refuses another cut while a rebuild is going on, and changes nothing', async () => {
    await ask(REBUILD, {});
    world.launcher.answer = { workflowId: '', workflowRunId: `run-${runs}`, joined: true };
    const input = { timeZone: 'Asia/Tokyo', aiUsageRetentionDays: 45 };
    expect(await ask(SETTINGS, input)).toMatchObject({ code: 'INVALID_INPUT' });
    expect(await world.sql('SELECT action FROM admin_audit')).toEqual([
      { action: 'ROLLUP_REBUILD' },
    ]);
  });
});
