import { expect, test } from 'vitest';
import { createActivityInterceptor } from '../../../src/activities/core/interceptor.ts';
import { toRollUpStart } from '../../../src/contracts/rollups.ts';
import { createStubActivities } from '../../support/stubs/stub-workers.ts';
import { openWorkflowWorld } from '../../support/worlds/workflow-world.ts';

const world = openWorkflowWorld();

const OUTAGE = '57P01';
const CONFLICT = '23505';

test('a row that another transaction wrote is tried three times, and a restart of PostgreSQL between is not counted', async () => {
  /** What the attempts of each team fail with, in their order; those that follow succeed. */
  const failures: Readonly<Record<string, string[]>> = {
    recovering: [OUTAGE, OUTAGE, CONFLICT],
    refused: [CONFLICT, OUTAGE, CONFLICT, CONFLICT, CONFLICT],
  };
  const stubs = createStubActivities();
  const rollUpDirtyWeeks: typeof stubs.compute.rollUpDirtyWeeks = async ({ teamId }) => {
    const code = failures[teamId]?.shift();
    if (code !== undefined) {
      throw Object.assign(new Error('said by PostgreSQL'), { code });
    }
    return { weeks: 1, rowsWritten: 1, rowsRemoved: 0, dirtyMarksConsumed: 1, more: false };
  };
  await world.work(
    { ...stubs, compute: { ...stubs.compute, rollUpDirtyWeeks } },
    {
      interceptors: { activity: [(context) => ({ inbound: createActivityInterceptor(context) })] },
    },
  );
  const [recovering, refused] = await Promise.all(
    ['recovering', 'refused'].map((teamId) => world.start(toRollUpStart({ teamId }))),
  );
  await expect(recovering?.result()).resolves.toBeDefined();
  await expect(refused?.result()).rejects.toMatchObject({
    cause: { cause: { type: 'DATA_REFUSED' } },
  });
  expect(failures).toEqual({ recovering: [], refused: [CONFLICT] });
});
