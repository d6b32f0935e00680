import { afterEach, expect, test } from 'vitest';
import type { GitHubData, RepositoryData } from '../../../../src/demo/core/github-data.ts';
import type { Workers } from '../../../../src/runtime/temporal/worker.ts';
import { createSyncWorld, type SyncWorld } from '../../../support/worlds/sync-world.ts';
import { aPullRequest, aSource } from '../../../unit/demo/small-world.ts';

const SOURCE = aSource(Array.from({ length: 60 }, (_, index) => aPullRequest(index + 1)));
const [REPOSITORY] = SOURCE.repositories as [RepositoryData];

let world: SyncWorld | undefined;
let workers: Workers | undefined;

afterEach(async () => {
  await workers?.stop();
  await world?.close();
  workers = undefined;
  world = undefined;
});

/** Syncs the repository, in pages of 25; after the first page GitHub looks like this. */
async function startSync(after: GitHubData): Promise<{ of: SyncWorld; result: Promise<unknown> }> {
  const of = await createSyncWorld({ source: SOURCE });
  world = of;
  let asked = 0;
  workers = await of.startWorkers(async (failpoint) => {
    asked += failpoint === 'before-fetch' ? 1 : 0;
    // The second page is asked for while the first one is being stored.
    if (failpoint === 'before-fetch' && asked === 2) {
      of.github.setSource(after);
    }
  });
  const { workflowId } = await of.launcher.startBackfill({
    teamId: String(of.teamId),
    repositories: ['acme/api'],
    since: '2026-01-01T00:00:00.000Z',
    requestedBy: null,
  });
  return { of, result: of.client.workflow.getHandle(workflowId).result() };
}

test('a repository that is transferred in the middle, and whose name another one takes, is synced to its end', async () => {
  const successor = { ...REPOSITORY, databaseId: 88, pullRequests: [] };
  const { of, result } = await startSync({
    ...SOURCE,
    repositories: [{ ...REPOSITORY, owner: 'bo', name: 'engine' }, successor],
  });
  expect(await result).toMatchObject({ outcome: 'COMPLETED' });
  expect(await of.maintenance.pullRequest.count()).toBe(60);
  expect(await of.maintenance.repository.findMany()).toMatchObject([
    { githubId: 77n, owner: 'bo', name: 'engine', syncState: 'ACTIVE', syncReason: null },
  ]);
  expect(of.github.stats().brokenRules).toEqual([]);
});

test('a repository that is deleted in the middle is gone after two requests, and its data are kept', async () => {
  const { of, result } = await startSync({ ...SOURCE, repositories: [] });
  await expect(result).rejects.toThrow(/failed/i);
  expect(await of.maintenance.pullRequest.count()).toBe(25);
  expect(await of.maintenance.repository.findFirstOrThrow()).toMatchObject({
    syncState: 'GONE',
    syncReason: expect.stringContaining('GitHub does not show acme/api any more') as string,
  });
  // The look-up, a page, and the two that found it gone.
  expect(of.github.stats().requests).toEqual({ rest: 1, graphql: 3 });
});
