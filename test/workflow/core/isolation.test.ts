import { describe, expect, test } from 'vitest';
import { SYNC_WORKFLOWS, type BackfillTeamInput } from '../../../src/contracts/sync.ts';
import { TASK_QUEUES } from '../../../src/contracts/task-queues.ts';
import { createStubActivities } from '../../support/stubs/stub-workers.ts';
import { openWorkflowWorld } from '../../support/worlds/workflow-world.ts';

describe.each([true, false])('with a reused context: %s', (reuseV8Context) => {
  const world = openWorkflowWorld({ reuseV8Context });

  test('workflows of ten teams that run side by side see only their own state', async () => {
    const seen = new Map<string, Set<string>>();
    const stubs = createStubActivities({
      async openBackfill({ teamId }) {
        return { syncRunId: `job of ${teamId}` };
      },
      async openRepositoryRun({ teamId, parentSyncRunId, repositoryId }) {
        seen.set(teamId, (seen.get(teamId) ?? new Set()).add(parentSyncRunId));
        return {
          syncRunId: `${teamId}.${repositoryId}`,
          kind: 'BACKFILL',
          since: '2026-01-01T00:00:00.000Z',
          isResumed: false,
        };
      },
    });
    await world.work(stubs);
    const teams = Array.from({ length: 10 }, (_, index) => `${reuseV8Context}-${index}`);
    const results = await Promise.all(
      teams.map((teamId) =>
        world.temporal.client.workflow.execute(SYNC_WORKFLOWS.backfillTeam, {
          workflowId: `isolation:${teamId}`,
          taskQueue: TASK_QUEUES.sync,
          args: [
            {
              teamId,
              repositories: [],
              since: '2026-01-01T00:00:00.000Z',
              requestedBy: null,
              activityOptions: { heartbeatSeconds: 600, parallelRepositories: 2 },
            } satisfies BackfillTeamInput,
          ],
        }),
      ),
    );
    expect(results.map((result) => result.syncRunId)).toEqual(teams.map((id) => `job of ${id}`));
    expect([...seen]).toHaveLength(10);
    for (const [teamId, jobs] of seen) {
      expect([...jobs]).toEqual([`job of ${teamId}`]);
    }
  });
});
