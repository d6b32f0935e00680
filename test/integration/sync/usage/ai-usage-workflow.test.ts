import { afterEach, expect, test } from 'vitest';
import { toAiUsageStart } from '../../../../src/contracts/ai-usage.ts';
import type { Db } from '../../../../src/db/core/client.ts';
import { addDays, toCalendarDate } from '../../../../src/domain/rollups/week.ts';
import { generateOrganisation } from '../../../../src/demo/organisation/organisation.ts';
import type { Workers } from '../../../../src/runtime/temporal/worker.ts';
import { createSyncWorld, type SyncWorld } from '../../../support/worlds/sync-world.ts';

/** As far back as the team keeps usage. */
const DAYS = 30;

const source = generateOrganisation({ seed: 5, now: new Date(), since: new Date(), daysAhead: 0 });

let world: SyncWorld | undefined;
let workers: Workers | undefined;

afterEach(async () => {
  await workers?.stop();
  await world?.close();
  workers = undefined;
  world = undefined;
});

interface Sums {
  readonly day: string;
  readonly users: number;
  readonly shown: number;
  readonly accepted: number;
}

/** What members did, by day. */
function sumMembers(db: Db): Promise<Sums[]> {
  return db.$queryRaw`
    SELECT date::text AS day, count(*)::integer AS users, sum(suggestions_shown)::integer AS shown,
      sum(suggestions_accepted)::integer AS accepted
    FROM ai_usage_daily GROUP BY date ORDER BY date`;
}

/** What GitHub says that the organisation did, by day. */
function readTotals(db: Db): Promise<Sums[]> {
  return db.$queryRaw`
    SELECT date::text AS day, active_users::integer AS users, suggestions_shown::integer AS shown,
      suggestions_accepted::integer AS accepted
    FROM ai_usage_total_daily WHERE dimension = 'TOTAL' ORDER BY date`;
}

/** What the weeks of members say, and how many dirty marks are left. */
function readWeeks(db: Db): Promise<{ shown: number; accepted: number; dirtyMarks: number }[]> {
  return db.$queryRaw`
    SELECT sum(ai_suggestions_shown)::integer AS shown, sum(ai_suggestions_accepted)::integer AS accepted,
      (SELECT count(*) FROM rollup_dirty)::integer AS "dirtyMarks"
    FROM weekly_metrics`;
}

test('every day is counted once, although attempts die before and after their commit and links break', async () => {
  const of = await createSyncWorld({ source });
  world = of;
  await of.maintenance.$executeRaw`UPDATE team SET ai_usage_retention_days = ${DAYS}`;
  const deaths = { 'before-commit': 1, 'after-commit': 1 };
  workers = await of.startWorkers(async (failpoint) => {
    if ((failpoint === 'before-commit' || failpoint === 'after-commit') && deaths[failpoint] > 0) {
      deaths[failpoint] -= 1;
      throw new Error(`killed ${failpoint}`);
    }
  });
  of.github.failNextDownload('cut');
  of.github.failNextDownload('truncated');
  const started = await of.launcher.startWorkflow(
    toAiUsageStart({ teamId: String(of.teamId), organization: 'acme-robotics' }),
  );
  const today = toCalendarDate(new Date());
  expect(await of.client.workflow.getHandle(started.workflowId).result()).toMatchObject({
    daysDone: DAYS,
    rowsRefused: 0,
  });
  expect(deaths).toEqual({ 'before-commit': 0, 'after-commit': 0 });
  const members = await sumMembers(of.maintenance);
  expect(members.length).toBeGreaterThan(DAYS / 2);
  expect(members.every(({ day }) => day >= addDays(today, -DAYS) && day < today)).toBe(true);
  expect(await readTotals(of.maintenance)).toEqual(members);
  const sum = (name: 'shown' | 'accepted') => members.reduce((total, row) => total + row[name], 0);
  expect(await readWeeks(of.maintenance)).toEqual([
    { shown: sum('shown'), accepted: sum('accepted'), dirtyMarks: 0 },
  ]);
  expect(await of.maintenance.aiSeat.count()).toBeGreaterThanOrEqual(10);
  expect(of.github.stats().brokenRules).toEqual([]);
  // The second run finds all of it there: it asks only for what may still change, and writes nothing.
  const again = await of.launcher.startWorkflow(
    toAiUsageStart({ teamId: String(of.teamId), organization: 'acme-robotics' }),
  );
  expect(await of.client.workflow.getHandle(again.workflowId).result()).toMatchObject({
    rowsWritten: 0,
  });
  expect(await sumMembers(of.maintenance)).toEqual(members);
});

test('what stands in the way is in the row of the source and in the failure of the workflow', async () => {
  const of = await createSyncWorld({ source });
  world = of;
  workers = await of.startWorkers();
  of.github.setCopilot({ policy: 'DISABLED' });
  const { workflowId } = await of.launcher.startWorkflow(
    toAiUsageStart({ teamId: String(of.teamId), organization: 'acme-robotics' }),
  );
  const failure: unknown = await of.client.workflow
    .getHandle(workflowId)
    .result()
    .catch((error: unknown) => error);
  const row = await of.maintenance.aiUsageSource.findFirstOrThrow();
  expect(row.status).toBe('POLICY_DISABLED');
  expect(failure).toMatchObject({ cause: { type: row.status, message: row.statusReason } });
});
