import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '../../../../src/domain/core/errors.ts';
import { createApiWorld, NOW, type ApiWorld } from '../api-world.ts';
import { seedRun } from './seed-sync-run.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';

type Answer = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

let world: ApiWorld;
let team: SeededTeam;
let other: SeededTeam;
let job: string;
let sync: string;

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'alpha' });
  other = await seedTeam(world, { slug: 'beta' });
});

beforeEach(async () => {
  await world.sql('DELETE FROM sync_run');
  await world.sql('DELETE FROM admin_audit');
  world.launcher.controlled.length = 0;
  world.launcher.isRunning = true;
  world.launcher.answerAfterPause = null;
  world.launcher.answer = { workflowId: 'x', workflowRunId: 'x', joined: false };
  job = await seedRun(world, team, { runId: 'job' });
  sync = await seedRun(world, team, {
    runId: 'sync',
    parentId: job,
    repositoryId: team.repositoryIds[0] ?? '',
    columns: {
      workflow_id: `sync:${team.teamId}:1`,
      stage: 'DEPLOYMENTS',
      paused_at: '2026-03-12T11:30:00Z',
      nested_rows: 12,
    },
  });
});

afterAll(() => world?.close());

const ask = (mutation: 'pauseSync' | 'resumeSync' | 'cancelSync', id: string, token?: string) => {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}`;
  return world.ask<Answer>(
    token ?? team.adminToken,
    `mutation ($input: ${type}Input!) { ${mutation}(input: $input) {
      __typename ... on UserError { code message }
      ... on ${type}Payload { syncRun { status pausedAt stage error { message } progress { nestedRows } } } } }`,
    { input: { syncRunId: globalId.row('SyncRun', team.teamId, id) } },
  );
};

const readAudit = () =>
  world.sql<{ action: string; actor: string; details: unknown }>(
    'SELECT action, actor_id::text AS actor, details FROM admin_audit ORDER BY id',
  );

describe('pauseSync, resumeSync and cancelSync', () => {
  it('tell the workflow of the run, leave the row to it and stand in the audit', async () => {
    const paused = await ask('pauseSync', sync);
    expect(paused.errors).toEqual([]);
    expect(paused.data['pauseSync']).toEqual({
      __typename: 'PauseSyncPayload',
      syncRun: {
        status: 'RUNNING',
        pausedAt: '2026-03-12T11:30:00.000Z',
        stage: 'DEPLOYMENTS',
        error: null,
        progress: { nestedRows: 12 },
      },
    });
    expect((await ask('resumeSync', job)).data['resumeSync']).toMatchObject({
      syncRun: { status: 'RUNNING' },
    });
    expect((await ask('cancelSync', job)).data['cancelSync']).toMatchObject({
      syncRun: { status: 'RUNNING', error: null },
    });
    expect(world.launcher.controlled).toEqual([
      `PAUSE sync:${team.teamId}:1 sync`,
      `RESUME backfill:${team.teamId} job`,
      `CANCEL backfill:${team.teamId} job`,
    ]);
    const workflowId = `backfill:${team.teamId}`;
    expect(await readAudit()).toEqual([
      {
        action: 'PAUSE_SYNC',
        actor: team.adminUserId,
        details: { syncRunId: sync, workflowId: `sync:${team.teamId}:1` },
      },
      { action: 'RESUME_SYNC', actor: team.adminUserId, details: { syncRunId: job, workflowId } },
      { action: 'CANCEL_SYNC', actor: team.adminUserId, details: { syncRunId: job, workflowId } },
    ]);
  });

  it('a job whose workflow is gone is ended with its walks when it is cancelled, else left', async () => {
    world.launcher.isRunning = false;
    expect((await ask('pauseSync', job)).data['pauseSync']).toMatchObject({
      code: 'INVALID_INPUT',
      message: 'The workflow of this run is gone: cancel the run, then start again.',
    });
    expect((await ask('cancelSync', job)).data['cancelSync']).toMatchObject({
      __typename: 'CancelSyncPayload',
      syncRun: {
        status: 'CANCELLED',
        error: { message: 'Cancelled on request; its workflow was gone already.' },
      },
    });
    expect(
      await world.sql(
        'SELECT DISTINCT status, paused_at, finished_at IS NULL AS open FROM sync_run',
      ),
    ).toEqual([{ status: 'CANCELLED', paused_at: null, open: false }]);
    expect((await ask('cancelSync', job)).data['cancelSync']).toMatchObject({
      code: 'INVALID_INPUT',
      message: 'This run has ended already (CANCELLED): there is nothing to cancel.',
    });
  });

  it.each([
    ['a viewer', () => ask('cancelSync', job, team.viewerToken), 'FORBIDDEN'],
    ['an admin of another team', () => ask('cancelSync', job, other.adminToken), 'NOT_FOUND'],
    ['an admin, of a run that is not there', () => ask('pauseSync', '999999'), 'NOT_FOUND'],
  ])('change nothing for %s', async (_who, act, code) => {
    const { data, errors } = await act();
    expect(errors).toEqual([]);
    expect(Object.values(data)).toMatchObject([{ code }]);
    expect(world.launcher.controlled).toEqual([]);
    expect(await readAudit()).toEqual([]);
  });

  it('say so when Temporal is down; the state of the run is still told', async () => {
    world.launcher.answer = new DomainError('TEMPORAL_UNAVAILABLE', 'Temporal does not answer.');
    expect((await ask('pauseSync', job)).data['pauseSync']).toMatchObject({
      code: 'TEMPORAL_UNAVAILABLE',
    });
    expect((await readAudit()).map(({ action }) => action)).toEqual([
      'PAUSE_SYNC',
      'PAUSE_SYNC_FAILED',
    ]);
    const { data } = await world.ask(
      team.viewerToken,
      `query ($id: ID!) { syncRun(id: $id) { status progress { nestedRows waits { reason } } } }`,
      { id: globalId.row('SyncRun', team.teamId, job) },
    );
    expect(data).toEqual({
      syncRun: { status: 'RUNNING', progress: { nestedRows: 12, waits: [] } },
    });
  });

  it('a job that waits before its first walk says so', async () => {
    const until = new Date(NOW.getTime() + 60_000);
    await world.sql('DELETE FROM sync_run WHERE parent_id IS NOT NULL');
    await world.sql(
      `UPDATE sync_run SET waiting_until = $1, waiting_reason = 'limit', points = 3`,
      [until],
    );
    const { data } = await world.ask(
      team.viewerToken,
      `query ($id: ID!) { syncRun(id: $id) { progress { pages points waits { reason until } estimatedSecondsLeft } } }`,
      { id: globalId.row('SyncRun', team.teamId, job) },
    );
    const waits = [{ reason: 'limit', until: until.toISOString() }];
    const none = { pages: 0, points: 3, estimatedSecondsLeft: null };
    expect(data).toEqual({ syncRun: { progress: { ...none, waits } } });
  });
});

describe('the schedules of a team', () => {
  const change = (verb: string, scheduleId: string, token = team.adminToken) =>
    world.ask<Answer>(
      token,
      `mutation ($input: ${verb}ScheduleInput!) { ${verb.toLowerCase()}Schedule(input: $input) {
        __typename ... on UserError { code }
        ... on ${verb}SchedulePayload { schedule { id isPaused note } } } }`,
      { input: { teamId: globalId.team(team.teamId), scheduleId } },
    );

  it('are listed, paused and resumed by an admin, with a line in the audit', async () => {
    await world.launcher.scheduleTeam(team.teamId);
    const id = `sync-team:${team.teamId}`;
    const { data } = await world.ask(
      team.viewerToken,
      `{ teams { nodes { schedules { id isPaused note nextRunAt lastRunAt } } } }`,
    );
    expect(data).toEqual({
      teams: {
        nodes: [
          {
            schedules: [
              {
                id,
                isPaused: false,
                note: 'What is new',
                nextRunAt: NOW.toISOString(),
                lastRunAt: null,
              },
            ],
          },
        ],
      },
    });
    const paused = await change('Pause', id);
    expect(paused.errors).toEqual([]);
    expect(paused.data['pauseSchedule']).toMatchObject({
      schedule: { id, isPaused: true, note: expect.stringMatching(/^Paused by/) as string },
    });
    expect((await change('Resume', id)).data['resumeSchedule']).toMatchObject({
      schedule: { isPaused: false },
    });
    expect((await readAudit()).map(({ action }) => action)).toEqual([
      'PAUSE_SCHEDULE',
      'RESUME_SCHEDULE',
    ]);
  });

  it('of the installation or of another team cannot be paused, nor by a viewer', async () => {
    const refused = [
      await change('Pause', 'housekeeping'),
      await change('Pause', `sync-team:${team.teamId}`, team.viewerToken),
      await change('Pause', `sync-team:${team.teamId}`, other.adminToken),
    ].map(({ data }) => data['pauseSchedule']?.['code']);
    expect(refused).toEqual(['NOT_FOUND', 'FORBIDDEN', 'NOT_FOUND']);
    expect(world.launcher.schedules).toMatchObject([{ isPaused: false }]);
    expect(await readAudit()).toEqual([]);
  });

  it('are paused also when Temporal does not say afterwards how they stand', async () => {
    world.launcher.answerAfterPause = new DomainError('TEMPORAL_UNAVAILABLE', 'No answer.');
    const id = world.launcher.schedules[0]?.id ?? '';
    const { data } = await change('Pause', id);
    expect(data['pauseSchedule']).toMatchObject({ schedule: { id, isPaused: true } });
    expect((await readAudit()).map(({ action }) => action)).toEqual(['PAUSE_SCHEDULE']);
  });
});
