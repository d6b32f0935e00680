import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { refreshRepository } from '../../../../src/activities/requests/refresh-repository.ts';
import type { GitHubContext } from '../../../../src/activities/requests/request-slot.ts';
import type { GitHubData, RepositoryData } from '../../../../src/demo/core/github-data.ts';
import { GitHubFailure } from '../../../../src/github/transport/failures.ts';
import { aPullRequest, aSource } from '../../../unit/demo/small-world.ts';
import { openAskingWorld, type AskingWorld } from '../requests/asking-world.ts';

const SOURCE = aSource([aPullRequest(1)]);

let world: AskingWorld;
let worker: GitHubContext;
let repositoryId: bigint;

beforeEach(async () => {
  world = await openAskingWorld(SOURCE);
  repositoryId = await world.addRepository('acme/api');
  await world.scene.sql.query(
    `UPDATE repository SET sync_state = 'ACTIVE', default_branch = 'main', is_private = true,
      complete_from = '2026-01-01T00:00:00Z', watermark = '2026-03-02T00:00:00Z'`,
  );
  worker = world.aWorker();
});

afterEach(() => world.close());

/** The same world with another repository instead of the first. */
function changed(parts: Partial<RepositoryData>): GitHubData {
  return {
    ...SOURCE,
    repositories: SOURCE.repositories.map((repository) => ({ ...repository, ...parts })),
  };
}

function refresh(isForced = false) {
  const { teamId } = world;
  const request = { teamId, repositoryId, priority: 'BACKGROUND', isForced } as const;
  return refreshRepository(worker, request);
}

async function row(): Promise<Record<string, unknown>> {
  const [found] = await world.rows<Record<string, unknown>>(
    `SELECT owner, name, default_branch AS branch, is_private AS private, is_archived AS archived, sync_state AS state,
      sync_reason AS reason FROM repository`,
  );
  return found ?? {};
}

/** A page of the sync, as an activity asks for it. */
function askForPage() {
  const { teamId, connectionId } = world;
  const scope = {
    teamId,
    connectionId,
    repositoryId,
    resource: 'graphql',
    priority: 'BACKGROUND',
  } as const;
  return worker.withRequestSlot(scope, async (github) => {
    const { owner, name } = (await row()) as { owner: string; name: string };
    const repository = { owner, name };
    return github.fetchPullRequestPage({ repository, first: 5, after: null });
  });
}

const AS_IT_WAS = {
  owner: 'acme',
  name: 'api',
  branch: 'main',
  private: true,
  archived: false,
  state: 'ACTIVE',
  reason: null,
};

describe('a repository that is looked up by its number', () => {
  it('costs nothing while nothing changed, and then what changed', async () => {
    expect(await refresh()).toMatchObject({ state: 'THERE' });
    expect(await row()).toEqual(AS_IT_WAS);
    const used = world.fake.stats().pointsUsed;
    for (let look = 0; look < 3; look += 1) {
      expect(await refresh()).toMatchObject({ state: 'THERE', isRenamed: false });
    }
    expect(world.fake.stats().pointsUsed).toBe(used);
    world.fake.setSource(changed({ isArchived: true, isPrivate: false, defaultBranch: 'trunk' }));
    await refresh();
    expect(await row()).toEqual({
      ...AS_IT_WAS,
      branch: 'trunk',
      private: false,
      archived: true,
      state: 'ARCHIVED',
    });
    expect(world.fake.stats().pointsUsed).toBeGreaterThan(used);
    expect(world.fake.stats().brokenRules).toEqual([]);
  });

  it.each([
    ['renamed', { name: 'engine' }, 'acme', 'engine'],
    ['transferred', { owner: 'bo' }, 'bo', 'api'],
  ])('keeps its row when it was %s', async (_, parts, owner, name) => {
    world.fake.setSource(changed(parts));
    expect(await refresh()).toEqual({
      state: 'THERE',
      repository: { owner, name },
      isRenamed: true,
    });
    expect(await row()).toEqual({ ...AS_IT_WAS, owner, name });
  });

  it('is gone with a sentence, its data kept, and comes back when GitHub shows it again', async () => {
    world.fake.setSource({ ...SOURCE, repositories: [] });
    expect(await refresh()).toMatchObject({ state: 'GONE' });
    expect(await row()).toEqual({
      ...AS_IT_WAS,
      state: 'GONE',
      reason:
        'GitHub does not show acme/api any more: it was deleted, or the token may no longer see it. Its data are kept; if it is still there, give the token access to it and start a backfill.',
    });
    world.fake.setSource(SOURCE);
    expect(await refresh()).toMatchObject({ state: 'THERE' });
    expect(await row()).toEqual(AS_IT_WAS);
  });

  it('is forbidden when GitHub has blocked it, and the sentence says who settles that', async () => {
    world.fake.setSource(changed({ isBlocked: true }));
    expect(await refresh()).toMatchObject({ state: 'FORBIDDEN' });
    expect(await row()).toEqual({
      ...AS_IT_WAS,
      state: 'FORBIDDEN',
      reason:
        'GitHub has blocked acme/api for legal reasons (451): its owner has to settle that with GitHub. Its data are kept.',
    });
  });
});

describe('a sync to which GitHub shows nothing under the name', () => {
  it('goes on under the new name when another repository has taken the old one', async () => {
    const [repository] = SOURCE.repositories as [RepositoryData];
    const successor = { ...repository, databaseId: 88, pullRequests: [] };
    world.fake.setSource({
      ...SOURCE,
      repositories: [{ ...repository, owner: 'bo', name: 'engine' }, successor],
    });
    const { teamId, connectionId } = world;
    const scope = {
      teamId,
      connectionId,
      repositoryId,
      resource: 'graphql',
      priority: 'BACKGROUND',
    } as const;
    const asked = worker.withRequestSlot(scope, () =>
      Promise.reject(new GitHubFailure('NOT_FOUND', 'acme/api is another repository now.')),
    );
    await expect(asked).rejects.toMatchObject({
      name: 'RetryAfter',
      message: 'The repository is bo/engine now',
    });
    expect(await row()).toEqual({ ...AS_IT_WAS, owner: 'bo', name: 'engine' });
    const page = await askForPage();
    expect(page).toMatchObject({ repository: { githubId: 77n, owner: 'bo' } });
  });

  it('ends after two requests when it is gone, with the sentence', async () => {
    world.fake.setSource({ ...SOURCE, repositories: [] });
    await expect(askForPage()).rejects.toMatchObject({
      kind: 'NOT_FOUND',
      message: expect.stringMatching(/^GitHub does not show acme\/api any more/) as string,
    });
    expect(world.fake.stats().requests).toEqual({ rest: 1, graphql: 1 });
    expect(await row()).toMatchObject({ state: 'GONE', name: 'api' });
  });

  it('says so when the repository is there by its number, but not for this token', async () => {
    world.fake.failNext({
      graphqlErrors: [{ type: 'NOT_FOUND', path: ['repository'], message: 'Could not resolve' }],
      data: { repository: null },
    });
    await expect(askForPage()).rejects.toMatchObject({ kind: 'NOT_FOUND' });
    expect(await row()).toMatchObject({
      state: 'GONE',
      reason: expect.stringMatching(/the token may not see it/) as string,
    });
  });
});
