import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readInstallationIdentity } from '../../../../src/db/core/installation.ts';
import { applySchedule } from '../../../../src/runtime/temporal/planned-schedule.ts';
import { applySchedules, HOUSEHOLD } from '../../../../src/runtime/temporal/schedules.ts';
import { describeSchedules, planTeam } from '../../../../src/runtime/temporal/team-schedules.ts';
import { startTestTemporal, type TestTemporal } from '../../../support/temporal/temporal.ts';
import { addTeam, openScene, until, type Scene } from '../../db/scene.ts';

const ACTIVITY_OPTIONS = { heartbeatSeconds: 5, parallelRepositories: 2 };

let temporal: TestTemporal;
let scene: Scene;
let installation: string;

beforeAll(async () => {
  [temporal, scene] = await Promise.all([startTestTemporal(), openScene()]);
  installation = await readInstallationIdentity(scene.db);
});

afterAll(async () => {
  await temporal.stop();
  await scene.close();
});

async function listScheduleIds(): Promise<string[]> {
  const ids: string[] = [];
  for await (const { scheduleId } of temporal.client.schedule.list()) {
    ids.push(scheduleId);
  }
  return ids;
}

describe('the schedules of an installation', () => {
  it('take the place of those of an earlier release: what was paused stays so, and others’ stay as they are', async () => {
    const { teamId } = await addTeam(scene.sql, 'former');
    const [hourly, members] = planTeam(String(teamId), ACTIVITY_OPTIONS);
    const [housekeeping] = HOUSEHOLD;
    if (hourly === undefined || members === undefined || housekeeping === undefined) {
      throw new Error('the schedules are not what they were');
    }
    const { client } = temporal;
    await applySchedule(client, null, hourly);
    await applySchedule(client, null, members);
    await client.schedule.getHandle(hourly.start.workflowId).pause('quiet, please');
    // Somebody else's on the same namespace, by chance of the same name.
    const { start } = housekeeping;
    await applySchedule(client, null, {
      ...housekeeping,
      start: { ...start, workflowType: 'sweepTheFloor' },
    });
    const former = [hourly.start.workflowId, members.start.workflowId].toSorted();
    await until(
      async () =>
        (await listScheduleIds()).filter((id) => !id.startsWith(installation)).length === 3,
    );
    const applied = await applySchedules(client, scene.db, ACTIVITY_OPTIONS);
    expect(applied.removed.toSorted()).toEqual(former);
    expect(applied.created).toEqual(
      expect.arrayContaining(former.map((name) => `${installation}:${name}`)),
    );
    await until(async () => !(await listScheduleIds()).some((id) => former.includes(id)));
    expect((await client.schedule.getHandle('housekeeping').describe()).action).toMatchObject({
      workflowType: 'sweepTheFloor',
    });
    const states = await describeSchedules(client, installation, former);
    expect(
      Object.fromEntries(states.map(({ id, isPaused, note }) => [id, isPaused && note])),
    ).toEqual({
      [`${installation}:${hourly.start.workflowId}`]: 'quiet, please',
      [`${installation}:${members.start.workflowId}`]: false,
    });
    expect((await applySchedules(client, scene.db, ACTIVITY_OPTIONS)).removed).toEqual([]);
    await client.schedule.getHandle('housekeeping').delete();
  });
});
