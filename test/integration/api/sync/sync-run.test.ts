import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { seedRun } from './seed-sync-run.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';

const PROGRESS = `progress { pages requests points pullRequestsSeen pullRequestsStored pullRequestsTotal oldestReachedAt
  repositories repositoriesEnded waits { kind reason since until } fractionDone estimatedSecondsLeft }`;

interface Page {
  readonly totalCount: number;
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly nodes: readonly { readonly repository: { readonly name: string } }[];
}

describe('sync runs', () => {
  let world: ApiWorld;
  let team: SeededTeam;
  let job: string;

  beforeAll(async () => {
    world = await createApiWorld();
    team = await seedTeam(world, { slug: 'alpha', repositories: 3 });
    job = await seedRun(world, team, {
      runId: 'job',
      columns: { planned_repositories: '{1,2,3,4}' },
    });
    const [first = '', second = ''] = team.repositoryIds;
    await seedRun(world, team, {
      runId: 'one',
      parentId: job,
      repositoryId: first,
      columns: {
        status: 'COMPLETED',
        finished_at: '2026-03-12T11:30:00Z',
        pages: 4,
        requests: 5,
        points: 6,
        pull_requests_seen: 100,
        pull_requests_stored: 90,
        pull_requests_total: 100,
        oldest_reached_at: '2026-01-01T00:00:00Z',
      },
    });
    await seedRun(world, team, {
      runId: 'two',
      parentId: job,
      repositoryId: second,
      columns: {
        pages: 1,
        requests: 1,
        points: 1,
        pull_requests_seen: 50,
        pull_requests_stored: 50,
        pull_requests_total: 100,
        oldest_reached_at: '2026-03-01T00:00:00Z',
        waiting_until: '2026-03-12T12:10:00Z',
        waiting_reason: "GitHub's hourly limit",
      },
    });
  });

  beforeEach(() => {
    world.counting.takeStatements();
  });

  afterAll(async () => {
    await world?.close();
  });

  it('adds the progress of a job up over its walks', async () => {
    const { data, errors } = await world.ask(
      team.viewerToken,
      `query ($id: ID!) { syncRun(id: $id) { status stage repository { name } ${PROGRESS}
        repositories { nodes { status repository { name } progress { pages pullRequestsSeen estimatedSecondsLeft } } } } }`,
      { id: globalId.row('SyncRun', team.teamId, job) },
    );
    expect(errors).toEqual([]);
    expect(data).toEqual({
      syncRun: {
        status: 'RUNNING',
        stage: 'PULL_REQUESTS',
        repository: null,
        progress: {
          pages: 5,
          requests: 6,
          points: 7,
          pullRequestsSeen: 150,
          pullRequestsStored: 140,
          pullRequestsTotal: 200,
          oldestReachedAt: '2026-01-01T00:00:00.000Z',
          repositories: 4,
          repositoriesEnded: 1,
          waits: [
            {
              kind: 'GITHUB',
              reason: "GitHub's hourly limit",
              since: null,
              until: '2026-03-12T12:10:00.000Z',
            },
          ],
          // One repository of four, and half of the pull requests of another, which are half of its sync.
          fractionDone: expect.closeTo(0.02 + (0.93 * 1.25) / 4) as number,
          // That in an hour, and 10 minutes of waiting.
          estimatedSecondsLeft: 7_990 + 600,
        },
        repositories: {
          nodes: [
            {
              status: 'COMPLETED',
              repository: { name: 'repo-001' },
              progress: { pages: 4, pullRequestsSeen: 100, estimatedSecondsLeft: null },
            },
            {
              status: 'RUNNING',
              repository: { name: 'repo-002' },
              progress: { pages: 1, pullRequestsSeen: 50, estimatedSecondsLeft: 3 * 3600 + 600 },
            },
          ],
        },
      },
    });
    // Run, its walks, progress of the job, progress of both walks, their repositories.
    expect(world.counting.takeStatements()).toHaveLength(5);
  });

  it('says of a job what follows the pull requests, and is at 1 only when the job has ended', async () => {
    const later = await seedRun(world, team, {
      runId: 'later',
      columns: { planned_repositories: '{1}' },
    });
    const part = await seedRun(world, team, {
      runId: 'later-part',
      parentId: later,
      repositoryId: team.repositoryIds[0] ?? '',
      columns: {
        stage: 'DEPLOYMENTS',
        stage_requests: 10,
        pull_requests_seen: 9,
        pull_requests_total: 9,
      },
    });
    const read = async () => {
      const { data } = await world.ask<{
        syncRun: {
          stage: string;
          progress: { fractionDone: number; estimatedSecondsLeft: number | null };
        };
      }>(
        team.viewerToken,
        `query ($id: ID!) { syncRun(id: $id) { stage progress { fractionDone estimatedSecondsLeft } } }`,
        { id: globalId.row('SyncRun', team.teamId, later) },
      );
      const { stage, progress } = data.syncRun;
      return [stage, Math.floor(progress.fractionDone * 100), progress.estimatedSecondsLeft];
    };
    const end = `UPDATE sync_run SET status = 'COMPLETED', finished_at = now() WHERE id = $1`;
    expect(await read()).toEqual(['DEPLOYMENTS', 78, null]);
    await world.sql(end, [part]);
    expect(await read()).toEqual(['ROLLUPS', 95, null]);
    await world.sql(end, [later]);
    expect(await read()).toEqual(['ROLLUPS', 100, null]);
    await world.sql('DELETE FROM sync_run WHERE id = ANY ($1)', [[part]]);
    await world.sql('DELETE FROM sync_run WHERE id = ANY ($1)', [[later]]);
  });

  it('lists its walks in pages, also those of one status', async () => {
    const page = async (args: string) => {
      const { data, errors } = await world.ask<{ syncRun: { repositories: Page } }>(
        team.viewerToken,
        `query ($id: ID!) { syncRun(id: $id) { repositories(${args}) {
          totalCount pageInfo { hasNextPage endCursor } nodes { repository { name } } } } }`,
        { id: globalId.row('SyncRun', team.teamId, job) },
      );
      expect(errors).toEqual([]);
      const { repositories } = data.syncRun;
      return { ...repositories, names: repositories.nodes.map((node) => node.repository.name) };
    };
    const first = await page('first: 1');
    expect(first).toMatchObject({ totalCount: 2, names: ['repo-001'] });
    expect(first.pageInfo.hasNextPage).toBe(true);
    const second = await page(`first: 1, after: "${first.pageInfo.endCursor}"`);
    expect(second).toMatchObject({ totalCount: 2, names: ['repo-002'] });
    expect(second.pageInfo.hasNextPage).toBe(false);
    expect(await page('status: RUNNING')).toMatchObject({ totalCount: 1, names: ['repo-002'] });
    expect(await page('status: FAILED')).toMatchObject({ totalCount: 0, names: [] });
  });

  it('does not know the total before every walk has told its own', async () => {
    const young = await seedRun(world, team, { runId: 'young' });
    await seedRun(world, team, {
      runId: 'young-one',
      parentId: young,
      repositoryId: team.repositoryIds[0] ?? '',
    });
    const { data } = await world.ask(
      team.viewerToken,
      `query ($id: ID!) { syncRun(id: $id) { progress { pullRequestsTotal estimatedSecondsLeft oldestReachedAt } } }`,
      { id: globalId.row('SyncRun', team.teamId, young) },
    );
    const nothing = { pullRequestsTotal: null, estimatedSecondsLeft: null, oldestReachedAt: null };
    expect(data).toEqual({ syncRun: { progress: nothing } });
  });

  it('lists jobs, newest first, without their walks', async () => {
    const failed = await seedRun(world, team, {
      runId: 'failed',
      columns: {
        status: 'FAILED',
        finished_at: '2026-03-12T11:30:00Z',
        error_code: 'UNAUTHORIZED',
        error_message: 'GitHub refuses the token: give a new one.',
      },
    });
    const { data, errors } = await world.ask<{
      team: { syncRuns: { nodes: { id: string; error: object | null }[] } };
    }>(
      team.viewerToken,
      `{ team(slug: "alpha") { syncRuns { totalCount nodes { id error { code message } } } } }`,
    );
    expect(errors).toEqual([]);
    expect(data.team.syncRuns).toMatchObject({ totalCount: 3 });
    expect(data.team.syncRuns.nodes[0]).toEqual({
      id: globalId.row('SyncRun', team.teamId, failed),
      error: { code: 'UNAUTHORIZED', message: 'GitHub refuses the token: give a new one.' },
    });
  });
});
