import { expect, test } from 'vitest';
import type { BackfillTeamResult } from '../../../src/contracts/sync.ts';
import { eventually } from '../../support/eventually.ts';
import { startBackfill } from '../../support/worlds/started-backfill.ts';
import { createStubActivities } from '../../support/stubs/stub-workers.ts';
import { openWorkflowWorld } from '../../support/worlds/workflow-world.ts';

const REPOSITORIES = 1_000;

const world = openWorkflowWorld();

/** Events and bytes of each run of a chain, first run first. */
async function measureRuns(workflowId: string): Promise<{ events: number; bytes: number }[]> {
  const runs: { started: number; events: number; bytes: number }[] = [];
  const query = `WorkflowId = '${workflowId}'`;
  for await (const { historyLength, historySize, startTime } of world.temporal.client.workflow.list(
    {
      query,
    },
  )) {
    runs.push({ started: startTime.getTime(), events: historyLength, bytes: historySize ?? 0 });
  }
  return runs.toSorted((a, b) => a.started - b.started);
}

test(
  'a team of 1,000 repositories is synced completely, in runs far below the limits of Temporal',
  { timeout: 580_000 },
  async () => {
    const names = Array.from({ length: REPOSITORIES }, (_, index) => `acme/service-${index}`);
    const syncs = new Map<string, number>();
    const stubs = createStubActivities({
      async resolveRepositories() {
        return {
          repositories: names.map((name, index) => ({ repositoryId: String(index + 1), name })),
          refused: [],
          wait: null,
          left: [],
        };
      },
      async syncPullRequestPage({ repositoryId }) {
        syncs.set(repositoryId, (syncs.get(repositoryId) ?? 0) + 1);
        return {
          next: 'DONE',
          pages: 1,
          outcome: repositoryId === '1000' ? 'PARTIAL' : 'COMPLETED',
          stages: [],
        };
      },
    });
    await world.work(stubs);
    const handle = await startBackfill(world.temporal, 'thousand', {
      activityOptions: { heartbeatSeconds: 30, parallelRepositories: 20 },
    });
    expect((await handle.result()) as BackfillTeamResult).toEqual({
      syncRunId: '1',
      outcome: 'PARTIAL',
      repositories: REPOSITORIES,
    });
    expect(syncs.size).toBe(REPOSITORIES);
    expect([...syncs.values()].every((times) => times === 1)).toBe(true);
    expect(stubs.calls.filter((call) => call === 'openBackfill')).toHaveLength(1);
    expect(stubs.calls.filter((call) => call.startsWith('closeSyncRun'))).toEqual([
      'closeSyncRun 1 PARTIAL',
    ]);
    // The list of workflows learns of an end a moment later.
    const runs = await eventually(async () => {
      const found = await measureRuns(handle.workflowId);
      expect(found.length).toBeGreaterThan(1);
      expect(Math.min(...found.map(({ events }) => events))).toBeGreaterThan(0);
      return found;
    });
    for (const { events, bytes } of runs) {
      expect(events).toBeLessThan(8_000);
      expect(bytes).toBeLessThan(5_000_000);
    }
  },
);
