import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '../../../../src/domain/core/errors.ts';
import { createApiWorld, NOW, type ApiWorld } from '../api-world.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';
import { seedRun } from './seed-sync-run.ts';

interface Entry {
  readonly action: string;
  readonly actor: string;
  readonly details: Readonly<Record<string, unknown>>;
}

let world: ApiWorld;
let team: SeededTeam;
let job: string;
/** What the audit has at the moment at which Temporal is asked, for each request. */
let seen: (readonly Entry[])[];
/** What Temporal answers. */
let answer: () => Error | null;

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'alpha' });
  const { launcher } = world;
  const watch = (name: 'controlSync' | 'pauseSchedule' | 'scheduleDaily' | 'startWorkflow') => {
    const call = launcher[name] as (...args: unknown[]) => Promise<unknown>;
    Object.assign(launcher, {
      [name]: async (...args: unknown[]) => {
        // Over another connection: what it reads outlives the gateway.
        seen.push(await readAudit());
        const error = answer();
        if (error !== null) {
          throw error;
        }
        return call(...args);
      },
    });
  };
  watch('controlSync');
  watch('pauseSchedule');
  watch('scheduleDaily');
  watch('startWorkflow');
});

beforeEach(async () => {
  seen = [];
  answer = () => null;
  await world.sql('DELETE FROM sync_run');
  await world.sql('DELETE FROM admin_audit');
  await world.sql('DELETE FROM ai_usage_source');
  job = await seedRun(world, team, { runId: 'job' });
  world.launcher.isRunning = true;
  const schedule = { id: scheduleId(), note: '', isPaused: false, lastRunAt: null };
  world.launcher.schedules.splice(0);
  world.launcher.schedules.push({ ...schedule, nextRunAt: NOW.toISOString() });
});

afterAll(() => world?.close());

const scheduleId = (): string => `sync-team:${team.teamId}`;

const readAudit = () =>
  world.sql<Entry & Record<string, unknown>>(
    'SELECT action, actor_id::text AS actor, details FROM admin_audit ORDER BY id',
  );

async function ask(mutation: string): Promise<Readonly<Record<string, unknown>>> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}`;
  const teamId = globalId.team(team.teamId);
  const inputs: Readonly<Record<string, object>> = {
    Sync: { syncRunId: globalId.row('SyncRun', team.teamId, job) },
    Schedule: { teamId, scheduleId: scheduleId() },
    connectCopilot: { teamId, organization: 'acme' },
  };
  const kind = /(?:pause|resume|cancel)(?<kind>Sync|Schedule)/.exec(mutation)?.groups?.['kind'];
  const { data, errors } = await world.ask<Readonly<Record<string, Record<string, unknown>>>>(
    team.adminToken,
    `mutation ($input: ${type}Input!) { ${mutation}(input: $input) { __typename ... on UserError { code message } } }`,
    { input: inputs[kind ?? mutation] ?? { teamId } },
  );
  return data?.[mutation] ?? { code: errors[0]?.extensions?.code };
}

/** The disk is full for entries of the audit of which the condition holds. */
async function withoutAudit(condition: string, work: () => Promise<void>): Promise<void> {
  await world.sql(`CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'; END $$`);
  await world.sql(`CREATE TRIGGER disk_is_full BEFORE INSERT ON admin_audit FOR EACH ROW
    WHEN (${condition}) EXECUTE FUNCTION disk_is_full()`);
  try {
    await work();
  } finally {
    await world.sql('DROP FUNCTION disk_is_full CASCADE');
  }
}

describe.each([
  ['pauseSync', 'PAUSE_SYNC', () => ({ syncRunId: job, workflowId: `backfill:${team.teamId}` })],
  ['resumeSync', 'RESUME_SYNC', () => ({ syncRunId: job, workflowId: `backfill:${team.teamId}` })],
  ['cancelSync', 'CANCEL_SYNC', () => ({ syncRunId: job, workflowId: `backfill:${team.teamId}` })],
  ['pauseSchedule', 'PAUSE_SCHEDULE', () => ({ scheduleId: scheduleId() })],
  ['resumeSchedule', 'RESUME_SCHEDULE', () => ({ scheduleId: scheduleId() })],
  [
    'connectCopilot',
    'CONNECT_AI_USAGE_SOURCE',
    () => ({ source: 'COPILOT', organization: 'acme' }),
  ],
  ['syncAiUsage', 'SYNC_AI_USAGE', () => ({ organizations: ['acme'] })],
  ['reconcileTeam', 'RECONCILE', () => ({})],
] as const)('%s', (mutation, action, toDetails) => {
  const entry = (): Entry => ({ action, actor: team.adminUserId, details: toDetails() });

  beforeEach(async () => {
    if (mutation === 'syncAiUsage') {
      await world.sql(
        `INSERT INTO ai_usage_source (team_id, source, organization, connection_id)
        SELECT team_id, 'COPILOT', 'acme', id FROM github_connection WHERE team_id = $1`,
        [team.teamId],
      );
    }
  });

  it('has recorded who asks before Temporal is asked, once', async () => {
    expect(await ask(mutation)).not.toHaveProperty('code');
    expect(seen.length).toBeGreaterThan(0);
    for (const audit of seen) {
      expect(audit).toEqual([entry()]);
    }
    expect(await readAudit()).toEqual([entry()]);
  });

  it('that Temporal does not answer, or refuses, is recorded with that', async () => {
    answer = () => new DomainError('TEMPORAL_UNAVAILABLE', 'Temporal does not answer.');
    expect(await ask(mutation)).toMatchObject({ code: 'TEMPORAL_UNAVAILABLE' });
    const { details, ...who } = entry();
    const failed = { ...who, action: `${action}_FAILED` };
    const code = 'TEMPORAL_UNAVAILABLE';
    expect(await readAudit()).toEqual([entry(), { ...failed, details: { ...details, code } }]);
  });

  it('of which the gateway never hears again was asked for by somebody', async () => {
    answer = () => new Error('the process ends here');
    expect(await ask(mutation)).toEqual({ code: 'INTERNAL' });
    const [first, second] = await readAudit();
    expect(first).toEqual(entry());
    expect(second?.details).toMatchObject({ code: 'UNEXPECTED' });
  });

  it('says why it failed, also where that cannot be recorded', async () => {
    answer = () => new DomainError('TEMPORAL_UNAVAILABLE', 'Temporal does not answer.');
    await withoutAudit("NEW.action LIKE '%_FAILED'", async () => {
      expect(await ask(mutation)).toMatchObject({ code: 'TEMPORAL_UNAVAILABLE' });
    });
    expect(await readAudit()).toEqual([entry()]);
  });

  it('is not asked of Temporal where the audit cannot be written', async () => {
    await withoutAudit('true', async () => {
      expect(await ask(mutation)).toHaveProperty('code');
    });
    expect(seen).toEqual([]);
    expect(await readAudit()).toEqual([]);
  });
});

it('a pause that the workflow cannot take is recorded as failed', async () => {
  world.launcher.isRunning = false;
  expect(await ask('pauseSync')).toMatchObject({ code: 'INVALID_INPUT' });
  expect((await readAudit()).map(({ action }) => action)).toEqual([
    'PAUSE_SYNC',
    'PAUSE_SYNC_FAILED',
  ]);
});

it('a cancellation of a run whose workflow is gone is recorded once', async () => {
  world.launcher.isRunning = false;
  expect(await ask('cancelSync')).toEqual({ __typename: 'CancelSyncPayload' });
  expect((await readAudit()).map(({ action }) => action)).toEqual(['CANCEL_SYNC']);
});
