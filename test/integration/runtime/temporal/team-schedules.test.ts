import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createTeamSchedules,
  describeSchedules,
  planTeam,
  removeTeamSchedules,
} from '../../../../src/runtime/temporal/team-schedules.ts';
import { startTestTemporal, type TestTemporal } from '../../../support/temporal/temporal.ts';

const ACTIVITY_OPTIONS = { heartbeatSeconds: 5, parallelRepositories: 2 };

const INSTALLATION = '0123456789';

let temporal: TestTemporal;

beforeAll(async () => {
  temporal = await startTestTemporal();
});

afterAll(() => temporal.stop());

describe('the schedules of a team', () => {
  it('are described, paused with a note and removed; what does not exist is not there', async () => {
    const { client } = temporal;
    await createTeamSchedules(client, INSTALLATION, '4711', ACTIVITY_OPTIONS);
    const ids = planTeam('4711', ACTIVITY_OPTIONS).map(({ start }) => start.workflowId);
    const [hourly] = await describeSchedules(client, INSTALLATION, [...ids, 'usage:4711:none']);
    expect(hourly).toMatchObject({
      id: '0123456789:sync-team:4711',
      isPaused: false,
      lastRunAt: null,
    });
    expect(Date.parse(hourly?.nextRunAt ?? '') - Date.now()).toBeLessThan(5_400_000);
    const { spec, policies } = await client.schedule
      .getHandle('0123456789:sync-team:4711')
      .describe();
    expect(spec.intervals).toMatchObject([{ every: 3_600_000 }]);
    expect(policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 3_600_000 });
    await client.schedule.getHandle('0123456789:sync-team:4711').pause('Paused by an admin.');
    await createTeamSchedules(client, INSTALLATION, '4711', ACTIVITY_OPTIONS);
    expect(await describeSchedules(client, INSTALLATION, ['sync-team:4711'])).toMatchObject([
      { isPaused: true, nextRunAt: null },
    ]);
    await removeTeamSchedules(client, INSTALLATION, '4711', ACTIVITY_OPTIONS);
    await removeTeamSchedules(client, INSTALLATION, '4711', ACTIVITY_OPTIONS);
    expect(await describeSchedules(client, INSTALLATION, ids)).toEqual([]);
  });
});
