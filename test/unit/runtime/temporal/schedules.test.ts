import { expect, it } from 'vitest';
import { toAiUsageStart } from '../../../../src/contracts/ai-usage.ts';
import { toConnectionTestStart } from '../../../../src/contracts/connections.ts';
import { toRetentionStart } from '../../../../src/contracts/retention.ts';
import { toRebuildStart, toRollUpStart } from '../../../../src/contracts/rollups.ts';
import { TASK_QUEUES } from '../../../../src/contracts/task-queues.ts';
import { toWebhooksStart } from '../../../../src/contracts/webhooks.ts';
import { HOUSEHOLD } from '../../../../src/runtime/temporal/schedules.ts';
import { planTeam } from '../../../../src/runtime/temporal/team-schedules.ts';
import * as workflows from '../../../../src/workflows/index.ts';

const ACTIVITY_OPTIONS = { heartbeatSeconds: 5, parallelRepositories: 2 };

const SCHEDULED = [...HOUSEHOLD, ...planTeam('7', ACTIVITY_OPTIONS)];

const STARTED = [
  toAiUsageStart({ teamId: '7', organization: 'octo' }),
  toConnectionTestStart({ teamId: '7', connectionId: '8' }),
  toRetentionStart({ teamId: '7', days: null, kind: null, requestedBy: null }),
  toRollUpStart({ teamId: '7' }),
  toRebuildStart({
    teamId: '7',
    reason: 'REQUESTED',
    isDryRun: false,
    from: null,
    to: null,
    timeZone: null,
    weekStart: null,
    requestedBy: null,
  }),
  toWebhooksStart({ teamId: '7', connectionId: '8' }),
];

it('what is started or scheduled is a workflow that every worker registers, on a queue that has one', () => {
  const starts = [...SCHEDULED.map(({ start }) => start), ...STARTED];
  expect(starts.length).toBeGreaterThanOrEqual(12);
  for (const { workflowType, taskQueue } of starts) {
    expect(Object.keys(workflows)).toContain(workflowType);
    expect(Object.keys(TASK_QUEUES)).toContain(taskQueue);
  }
});

it('a team is synced every hour, its members every day and all of it is compared every week', () => {
  expect(
    planTeam('7', ACTIVITY_OPTIONS).map(({ start, at }) => [
      start.workflowType,
      start.workflowId,
      at,
    ]),
  ).toEqual([
    ['syncTeam', 'sync-team:7', { every: '1h' }],
    ['syncMembers', expect.stringMatching(/:7$/), { hour: 5, minute: 0 }],
    ['reconcileTeam', expect.stringMatching(/:7$/), { hour: 1, minute: 0, dayOfWeek: 'SUNDAY' }],
  ]);
});

it('no two schedules have one id, and all are spread and made up for within bounds', () => {
  const ids = SCHEDULED.map(({ start }) => start.workflowId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { jitter, catchupWindow } of SCHEDULED) {
    expect(jitter).toMatch(/^\d+[mh]$/);
    expect(catchupWindow).toMatch(/^\d+[mhd]$/);
  }
});
