import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DeterminismViolationError } from '@temporalio/workflow';
import { Worker } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { SYNC_WORKFLOWS } from '../../src/contracts/sync.ts';
import { createLogger } from '../../src/runtime/core/logger.ts';
import { bundleWorkflows, routeTemporalLogs } from '../../src/runtime/temporal/worker.ts';
import * as workflows from '../../src/workflows/index.ts';

const HISTORIES = fileURLToPath(new URL('histories', import.meta.url));

interface RecordedHistory {
  readonly events: Record<string, unknown>[];
}

function readHistory(workflow: string, file: string): RecordedHistory {
  return JSON.parse(readFileSync(`${HISTORIES}/${workflow}/${file}`, 'utf8')) as RecordedHistory;
}

const cases = readdirSync(HISTORIES).flatMap((workflow) =>
  readdirSync(`${HISTORIES}/${workflow}`).map((file) => ({ workflow, file })),
);

let workflowBundle: Awaited<ReturnType<typeof bundleWorkflows>>;

beforeAll(async () => {
  routeTemporalLogs(createLogger('silent'));
  workflowBundle = await bundleWorkflows();
});

test('every workflow type has recorded histories', () => {
  for (const workflow of Object.keys(workflows)) {
    const recorded = cases.filter((history) => history.workflow === workflow).length;
    expect({ workflow, enough: recorded > 2 }).toEqual({ workflow, enough: true });
  }
});

test.each(cases)('$workflow runs $file as it was recorded', async ({ workflow, file }) => {
  await expect(
    Worker.runReplayHistory({ workflowBundle }, readHistory(workflow, file)),
  ).resolves.toBeUndefined();
});

test('a history whose order of activities was changed is refused', async () => {
  const history = readHistory(SYNC_WORKFLOWS.backfillTeam, 'completed.json');
  const text = JSON.stringify(history).replaceAll('"openRepositoryRun"', '"closeSyncRun"');
  await expect(
    Worker.runReplayHistory({ workflowBundle }, JSON.parse(text) as RecordedHistory),
  ).rejects.toBeInstanceOf(DeterminismViolationError);
});
