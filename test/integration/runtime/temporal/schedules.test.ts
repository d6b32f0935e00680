import { ScheduleNotFoundError } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type {
  ApplyRetentionInput,
  ApplyRetentionResult,
  HousekeepingResult,
} from '../../../../src/contracts/retention.ts';
import { toTaskQueueName } from '../../../../src/contracts/installation.ts';
import { parseConfig } from '../../../../src/runtime/settings/config.ts';
import {
  applySchedule,
  type PlannedSchedule,
} from '../../../../src/runtime/temporal/planned-schedule.ts';
import { applySchedules, HOUSEHOLD } from '../../../../src/runtime/temporal/schedules.ts';
import { planTeam } from '../../../../src/runtime/temporal/team-schedules.ts';
import { startWorkers, type Workers } from '../../../../src/runtime/temporal/worker.ts';
import { readInstallationIdentity } from '../../../../src/db/core/installation.ts';
import { createSecretBox } from '../../../../src/db/core/secret-box.ts';
import { connectorFor } from '../../../support/github/github.ts';
import { startTestTemporal, type TestTemporal } from '../../../support/temporal/temporal.ts';
import { addTeam, openScene, readNumber, until, type Scene } from '../../db/scene.ts';
import { addUsage, addWeek, readAudit } from '../../db/usage/usage-rows.ts';
import { NEVER_MS } from '../../../support/patience.ts';

/** 365 days before: 2025-07-15. */
const NOW = new Date('2026-07-15T12:00:00Z');

const ACTIVITY_OPTIONS = { heartbeatSeconds: 5, parallelRepositories: 2 };

let temporal: TestTemporal;
let scene: Scene;
let workers: Workers | undefined;
let installation: string;

beforeAll(async () => {
  [temporal, scene] = await Promise.all([startTestTemporal(), openScene()]);
  installation = await readInstallationIdentity(scene.db);
});

afterEach(async () => {
  await workers?.stop();
  workers = undefined;
});

afterAll(async () => {
  await temporal.stop();
  await scene.close();
});

async function startComputeWorker(directUrl: string | null): Promise<void> {
  workers = await startWorkers({
    installation,
    temporal: {
      address: temporal.address,
      namespace: temporal.namespace,
      tls: false,
      apiKey: undefined,
    },
    settings: {
      ...parseConfig({}).worker,
      queues: ['compute'],
      workflowBundle: temporal.workflowBundle,
    },
    dependencies: {
      db: scene.db,
      directUrl,
      secrets: await createSecretBox([Buffer.alloc(32).toString('base64')]),
      createGitHub: connectorFor(() => NOW),
      concurrentRequests: 1,
      reserve: 0.2,
      now: () => NOW,
    },
    answerMs: NEVER_MS,
  });
}

/** Starts what a schedule starts, now, and waits for its end. */
async function trigger<Result>(name: string): Promise<Result> {
  const handle = temporal.client.schedule.getHandle(`${installation}:${name}`);
  const before = (await handle.describe()).info.numActionsTaken;
  await handle.trigger();
  await until(async () => (await handle.describe()).info.numActionsTaken > before);
  const { info } = await handle.describe();
  const action = info.recentActions.at(-1)?.action;
  expect(action?.type).toBe('startWorkflow');
  expect(action?.workflow.workflowId).toMatch(`${installation}:${name}-`);
  return temporal.client.workflow
    .getHandle(action?.workflow.workflowId ?? '')
    .result() as Promise<Result>;
}

function idsOf(planned: readonly PlannedSchedule[]): string[] {
  return planned.map(({ start }) => start.workflowId);
}

async function listScheduleIds(): Promise<string[]> {
  const ids: string[] = [];
  for await (const { scheduleId } of temporal.client.schedule.list()) {
    ids.push(scheduleId);
  }
  return ids.toSorted();
}

describe('the schedules of an installation', () => {
  it('are made once, also by several at once, with one for each source of each team', async () => {
    const [first, second] = [await addTeam(scene.sql, 'one'), await addTeam(scene.sql, 'two')];
    const lost = await addTeam(scene.sql, 'lost');
    await scene.sql.query(`UPDATE github_connection SET status = 'NEEDS_REAUTH' WHERE id = $1`, [
      lost.connectionId,
    ]);
    await scene.sql.query(
      `INSERT INTO ai_usage_source (team_id, source, organization, connection_id) VALUES
        ($1, 'COPILOT', 'octo', $2), ($1, 'COPILOT', 'Other', $2), ($3, 'COPILOT', 'octo', $4), ($3, 'CURSOR', 'octo', $4)`,
      [first.teamId, first.connectionId, second.teamId, second.connectionId],
    );
    const expected = [
      'housekeeping',
      'retention',
      'webhooks-redelivery',
      'webhooks-sweep',
      ...[first, second]
        .map(({ teamId }) => planTeam(String(teamId), ACTIVITY_OPTIONS))
        .flatMap(idsOf),
      `usage:${first.teamId}:octo`,
      `usage:${first.teamId}:other`,
      `usage:${second.teamId}:octo`,
    ]
      .map((name) => `${installation}:${name}`)
      .toSorted();
    const applied = await Promise.all(
      Array.from({ length: 3 }, () => applySchedules(temporal.client, scene.db, ACTIVITY_OPTIONS)),
    );
    expect(applied.flatMap(({ created }) => created).toSorted()).toEqual(expected);
    expect(applied.flatMap(({ updated }) => updated)).toHaveLength(2 * expected.length);
    await until(async () => (await listScheduleIds()).length === expected.length);
    expect(await listScheduleIds()).toEqual(expected);
  });

  it('are changed to what they are meant to be, and stay paused when somebody paused them', async () => {
    await applySchedules(temporal.client, scene.db, ACTIVITY_OPTIONS);
    const [housekeeping] = HOUSEHOLD;
    const handle = temporal.client.schedule.getHandle(`${installation}:housekeeping`);
    await handle.pause('not today');
    if (housekeeping === undefined) {
      throw new Error('there is no housekeeping');
    }
    const isNew = await applySchedule(temporal.client, installation, {
      ...housekeeping,
      at: { hour: 7, minute: 30 },
    });
    expect(isNew).toBe(false);
    const changed = await handle.describe();
    expect(changed.spec.calendars?.[0]).toMatchObject({
      hour: [{ start: 7 }],
      minute: [{ start: 30 }],
    });
    expect(changed.state.paused).toBe(true);
    expect((await applySchedules(temporal.client, scene.db, ACTIVITY_OPTIONS)).created).toEqual([]);
    expect((await handle.describe()).spec.calendars?.[0]).toMatchObject({ hour: [{ start: 2 }] });
    await handle.unpause();
    const { policies } = await temporal.client.schedule
      .getHandle(`${installation}:retention`)
      .describe();
    expect(policies).toMatchObject({ overlap: 'SKIP', pauseOnFailure: false });
    await expect(temporal.client.schedule.getHandle('nothing').describe()).rejects.toBeInstanceOf(
      ScheduleNotFoundError,
    );
  });
});

describe('what the schedules start', () => {
  it('housekeeping: months ahead have their partition, and rows without a parent fail it', async () => {
    await applySchedules(temporal.client, scene.db, ACTIVITY_OPTIONS);
    await startComputeWorker(scene.database.maintenanceUrl);
    const result = await trigger<HousekeepingResult>('housekeeping');
    expect(result).toMatchObject({
      months: ['2026-07-01', '2026-08-01', '2026-09-01', '2026-10-01'],
      skipped: [],
    });
    expect(result.keysChecked).toBeGreaterThan(5);
    expect(
      await readNumber(
        scene.sql,
        `SELECT count(*) FROM pg_inherits WHERE inhrelid::regclass::text ~ '2026_(07|08|09|10)$'`,
      ),
    ).toBe(4);
    const { teamId } = await addTeam(scene.sql, 'orphans');
    await addUsage(scene.sql, teamId, { from: '2026-07-01', to: '2026-07-02', members: 1 });
    await expect(trigger('housekeeping')).rejects.toMatchObject({
      cause: {
        type: 'ORPHANS',
        message: expect.stringMatching(/2 by ai_usage_daily_team_id_member_id_fkey/) as string,
      },
    });
    await scene.sql.query('DELETE FROM ai_usage_daily');
  });

  it('retention: months, days and weeks go once, however often it is started', async () => {
    const { teamId: short } = await addTeam(scene.sql, 'short');
    const { teamId: long } = await addTeam(scene.sql, 'long');
    await scene.sql.query('UPDATE team SET ai_usage_retention_days = 60 WHERE id = $1', [short]);
    for (const teamId of [short, long]) {
      await addUsage(scene.sql, teamId, { from: '2025-06-29', to: '2025-07-16', members: 2 });
      await addWeek(scene.sql, teamId, { generation: 1, week: '2024-07-08' });
      await addWeek(scene.sql, teamId, { generation: 1, week: '2024-07-15' });
    }
    await applySchedules(temporal.client, scene.db, ACTIVITY_OPTIONS);
    await startComputeWorker(scene.database.maintenanceUrl);
    const result = await trigger<ApplyRetentionResult>('retention');
    // June goes as a whole (8 rows); of July all 32 of the first team and 28 of the second; a week of each.
    expect(result).toMatchObject({
      rowsDeleted: 8 + 32 + 28 + 2,
      partitionsDropped: ['ai_usage_daily_2025_06'],
      partitionsBusy: [],
      skipped: [],
    });
    expect(result.teams).toBe(await readNumber(scene.sql, 'SELECT count(*) FROM team'));
    const audits = [await readAudit(scene.sql, short), await readAudit(scene.sql, long)];
    expect(audits).toEqual([
      [
        {
          table: 'ai_usage_daily',
          partition: 'ai_usage_daily_2025_06',
          cutoff: '2025-07-01',
          rows: 4,
        },
        { table: 'ai_usage_daily', cutoff: '2026-05-16', rows: 32 },
        { table: 'weekly_metrics', cutoff: '2024-07-15', rows: 1 },
      ],
      [
        {
          table: 'ai_usage_daily',
          partition: 'ai_usage_daily_2025_06',
          cutoff: '2025-07-01',
          rows: 4,
        },
        { table: 'ai_usage_daily', cutoff: '2025-07-15', rows: 28 },
        { table: 'weekly_metrics', cutoff: '2024-07-15', rows: 1 },
      ],
    ]);
    expect(await trigger<ApplyRetentionResult>('retention')).toMatchObject({
      rowsDeleted: 0,
      partitionsDropped: [],
    });
    expect([await readAudit(scene.sql, short), await readAudit(scene.sql, long)]).toEqual(audits);
    await scene.sql.query('DELETE FROM ai_usage_daily');
  });

  it('without the owner’s connection says what it left, and deletes the rows of whole months in batches', async () => {
    const { teamId } = await addTeam(scene.sql, 'no-owner');
    await addUsage(scene.sql, teamId, { from: '2025-05-01', to: '2025-05-31', members: 1 });
    await applySchedules(temporal.client, scene.db, ACTIVITY_OPTIONS);
    await startComputeWorker(null);
    const result = await trigger<ApplyRetentionResult>('retention');
    expect(result).toMatchObject({ rowsDeleted: 31, partitionsDropped: [] });
    expect(result.skipped).toEqual([expect.stringMatching(/DATABASE_DIRECT_URL/)]);
    expect((await trigger<HousekeepingResult>('housekeeping')).skipped).toEqual([
      expect.stringMatching(/DATABASE_DIRECT_URL/),
    ]);
  });

  it('one team alone leaves the months of all teams and names who asked', async () => {
    const { teamId } = await addTeam(scene.sql, 'alone');
    const user = await scene.sql.query<{ id: string }>(
      `INSERT INTO app_user (email, name) VALUES ('a@example.test', 'a') RETURNING id`,
    );
    const requestedBy = user.rows[0]?.id ?? null;
    await addUsage(scene.sql, teamId, { from: '2025-04-01', to: '2025-04-30', members: 1 });
    await startComputeWorker(scene.database.maintenanceUrl);
    const input: ApplyRetentionInput = {
      teamId: String(teamId),
      days: 30,
      kind: 'AI_USAGE',
      requestedBy,
      carryOver: null,
    };
    const result = await temporal.client.workflow.execute('applyRetention', {
      workflowId: `${installation}:retention:${teamId}`,
      taskQueue: toTaskQueueName(installation, 'compute'),
      args: [input],
    });
    expect(result).toMatchObject({ teams: 1, rowsDeleted: 30, partitionsDropped: [] });
    expect(
      await readNumber(
        scene.sql,
        'SELECT count(*) FROM admin_audit WHERE team_id = $1 AND actor_id = $2',
        [teamId, requestedBy],
      ),
    ).toBe(1);
  });
});
