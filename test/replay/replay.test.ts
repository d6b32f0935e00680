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

/** A history with the id of its workflow, from which a workflow takes whose it is. */
function toReplay(history: RecordedHistory): [RecordedHistory, string] {
  const [started] = history.events as {
    workflowExecutionStartedEventAttributes?: { workflowId?: string };
  }[];
  return [history, started?.workflowExecutionStartedEventAttributes?.workflowId ?? 'unnamed'];
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
    Worker.runReplayHistory({ workflowBundle }, ...toReplay(readHistory(workflow, file))),
  ).resolves.toBeUndefined();
});

test('a history whose order of activities was changed is refused', async () => {
  const history = readHistory(SYNC_WORKFLOWS.backfillTeam, 'completed.json');
  const text = JSON.stringify(history).replaceAll('"openRepositoryRun"', '"closeSyncRun"');
  await expect(
    Worker.runReplayHistory({ workflowBundle }, JSON.parse(text) as RecordedHistory),
  ).rejects.toBeInstanceOf(DeterminismViolationError);
});

/** The history with another text in all payloads that hold it. */
function withPayloads(history: RecordedHistory, from: string, to: string): RecordedHistory {
  const text = JSON.stringify(history).replaceAll(/"data":"([^"]+)"/g, (whole, data: string) => {
    const plain = Buffer.from(data, 'base64').toString();
    return plain.includes(from)
      ? `"data":"${Buffer.from(plain.replaceAll(from, to)).toString('base64')}"`
      : whole;
  });
  return JSON.parse(text) as RecordedHistory;
}

/** The history with another text wherever it stands outside payloads. */
function withText(history: RecordedHistory, from: string, to: string): RecordedHistory {
  return JSON.parse(JSON.stringify(history).replaceAll(from, to)) as RecordedHistory;
}

/** What the workflow hears of, and the same history without it. */
const SIGNAL = ['"signalName":"verifyLimit"', '"signalName":"another"', withText] as const;
const LIFTED = ['"isFree":true', '"isFree":false', withPayloads] as const;
const OWN = ['"0123456789:sync:', '"abcdef0123:sync:', withText] as const;
const AGAIN = ['"requestId":"again","again":true', '"requestId":"again"', withPayloads] as const;

test.each([
  ['backfillTeam', 'limit-lifted.json', ...SIGNAL],
  ['backfillTeam', 'limit-lifted-in-a-look-up.json', ...SIGNAL],
  ['syncRepository', 'limit-lifted.json', ...SIGNAL],
  ['testConnection', 'limit-lifted.json', ...LIFTED],
  ['testConnection', 'lifted-where-nothing-runs.json', ...LIFTED],
  ['backfillTeam', 'widened-by-request-ids.json', ...AGAIN],
  ['backfillTeam', 'of-an-installation.json', ...OWN],
  ['syncRepository', 'of-an-installation.json', '"search-by-wait"', '"another"', withPayloads],
  ['reconcileTeam', 'given-up-by-counts.json', '"total":800', '"total":600', withPayloads],
  // Without a total they are answers of the release before, which gave nothing up.
  ['reconcileTeam', 'given-up-by-counts.json', ',"total":800', '', withPayloads],
  ['reconcileTeam', 'given-up-by-splits.json', '"total":', '"unknown":', withPayloads],
  [
    'rebuildRollups',
    'new-definition.json',
    '"appliesDefinition":true',
    '"appliesDefinition":false',
    withPayloads,
  ],
] as const)('%s in %s does what follows from %s', async (workflow, file, heard, other, change) => {
  const history = readHistory(workflow, file);
  const changed = change(history, heard, other);
  expect(changed).not.toEqual(history);
  await expect(
    Worker.runReplayHistory({ workflowBundle }, ...toReplay(changed)),
  ).rejects.toBeInstanceOf(DeterminismViolationError);
});

test('the history of the release before, in which no range has a total, stands for its runs', () => {
  const history = readHistory('reconcileTeam', 'repaired.json');
  expect(withPayloads(history, '"next":"SPLIT"', '')).not.toEqual(history);
  expect(withPayloads(history, '"total"', '')).toEqual(history);
});

test.each(readdirSync(`${HISTORIES}/rebuildRollups`))(
  'the rebuild in %s has steps for a definition only where its workflow asked for them',
  (file) => {
    const history = readHistory('rebuildRollups', file);
    const asksForSteps =
      JSON.stringify(withPayloads(history, '"appliesInSteps":true', '')) !==
      JSON.stringify(history);
    expect(asksForSteps).toBe(file.startsWith('new-definition'));
  },
);
