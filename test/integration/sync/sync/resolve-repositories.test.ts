import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSyncActivities } from '../../../../src/activities/sync/sync.ts';
import type { ResolveRepositoriesResult } from '../../../../src/contracts/sync.ts';
import type { GitHubData, RepositoryData } from '../../../../src/demo/core/github-data.ts';
import { aSource } from '../../../unit/demo/small-world.ts';
import { openAskingWorld, type AskingWorld } from '../requests/asking-world.ts';

/** Three private repositories of each of two organisations. */
function twoOrganisations(): GitHubData {
  const source = aSource([]);
  const [template] = source.repositories as readonly [RepositoryData];
  const globex = { ...source.accounts[3], databaseId: 400, login: 'globex' };
  return {
    ...source,
    accounts: [...source.accounts, globex as GitHubData['accounts'][number]],
    organizations: [...source.organizations, { login: 'globex', members: ['ada'] }],
    repositories: ['acme', 'globex'].flatMap((owner, org) =>
      ['api', 'web', 'app'].map((name, index) => ({
        ...template,
        owner,
        name,
        databaseId: 100 * (org + 1) + index,
      })),
    ),
  };
}

let world: AskingWorld;
let ofAcme: bigint;
let ofGlobex: bigint;

beforeEach(async () => {
  world = await openAskingWorld(twoOrganisations());
  world.fake.setInstallation(31, { account: 'acme' });
  world.fake.setInstallation(32, { account: 'globex' });
  [ofAcme = 0n, ofGlobex = 0n] = await world.addInstallations(31, 32);
  await world.scene.sql.query('DELETE FROM github_connection WHERE id = $1', [world.connectionId]);
});
afterEach(async () => {
  const { brokenRules } = world.fake.stats();
  await world.close();
  if (brokenRules.length > 0) {
    throw new Error(`rules of GitHub were broken: ${brokenRules.join(' ')}`);
  }
});

async function resolve(...repositories: string[]): Promise<ResolveRepositoriesResult> {
  const activities = createSyncActivities(world.aWorker());
  const teamId = String(world.teamId);
  const { syncRunId } = await activities.openBackfill({
    teamId,
    workflowId: 'backfill',
    workflowRunId: 'run',
    repositories,
    requestedBy: null,
    since: '2026-01-01T00:00:00Z',
  });
  return activities.resolveRepositories({
    teamId,
    syncRunId,
    repositories,
    since: '2026-01-01T00:00:00Z',
  });
}

const stored = () =>
  world.rows<{ name: string; connection: string }>(
    `SELECT owner || '/' || name AS name, connection_id::text AS connection FROM repository ORDER BY 1`,
  );

describe('the repositories of a team with two connections', () => {
  it('are found by the connection that GitHub shows them to, and belong to it', async () => {
    const { repositories, refused } = await resolve('acme/api', 'globex/api');
    expect(refused).toEqual([]);
    expect(repositories.map(({ name }) => name)).toEqual(['acme/api', 'globex/api']);
    expect(await stored()).toEqual([
      { name: 'acme/api', connection: String(ofAcme) },
      { name: 'globex/api', connection: String(ofGlobex) },
    ]);
  });

  it.each([
    ['does not answer', { status: 502, body: '<html>Bad Gateway</html>' }],
    [
      'answers with a page for people',
      { status: 200, headers: { 'content-type': 'text/html' }, body: 'Soon.' },
    ],
    ['refuses the credential', { status: 401, body: { message: 'Bad credentials' } }],
  ])('are found by the second connection when the first %s', async (_what, fault) => {
    // The first request of an installation is for its token.
    await resolve('acme/web');
    world.fake.failNext(fault);
    const { repositories, refused } = await resolve('globex/api');
    expect(refused).toEqual([]);
    expect(repositories.map(({ name }) => name)).toEqual(['globex/api']);
    expect((await stored()).at(-1)).toEqual({ name: 'globex/api', connection: String(ofGlobex) });
  });

  it('are not refused while the connection that may know them does not answer', async () => {
    await resolve('acme/web');
    world.fake.failNext({ status: 502, body: '<html>Bad Gateway</html>' });
    await expect(resolve('acme/none')).rejects.toMatchObject({ kind: 'TRANSIENT' });
  });

  it('that such a connection may know are left for the next call, and the others go on', async () => {
    await resolve('acme/web');
    world.fake.failNext({ status: 502, body: '<html>Bad Gateway</html>' });
    const first = await resolve('acme/none', 'acme/api', 'not a name');
    expect(first).toMatchObject({ wait: null, left: ['acme/none'] });
    expect(first.repositories.map(({ name }) => name)).toEqual(['acme/api']);
    expect(first.refused.map(({ name }) => name)).toEqual(['not a name']);
    const second = await resolve(...first.left);
    expect(second).toMatchObject({ repositories: [], left: [] });
    expect(second.refused.map(({ name }) => name)).toEqual(['acme/none']);
  });

  it('that only a refused credential may know are refused with its reason, and the others go on', async () => {
    await resolve('acme/web');
    world.fake.failNext({ status: 401, body: { message: 'Bad credentials' } }, 2);
    const { repositories, refused, left } = await resolve('acme/none', 'globex/api');
    expect(repositories.map(({ name }) => name)).toEqual(['globex/api']);
    expect(refused).toMatchObject([{ name: 'acme/none', reason: expect.any(String) as string }]);
    expect(left).toEqual([]);
  });

  it('are asked for with the connection of their owner first', async () => {
    await resolve('globex/api');
    const before = world.fake.stats().requests.graphql;
    const { repositories } = await resolve('globex/web', 'globex/app');
    expect(repositories).toHaveLength(2);
    expect(world.fake.stats().requests.graphql - before).toBe(2);
  });

  it('that GitHub shows to neither are refused alone', async () => {
    const { repositories, refused } = await resolve('globex/none', 'globex/api');
    expect(repositories.map(({ name }) => name)).toEqual(['globex/api']);
    expect(refused).toMatchObject([
      { name: 'globex/none', reason: expect.stringContaining('shows no repository globex/none') },
    ]);
  });

  it('go over to the other connection when theirs has ended and GitHub shows them to it', async () => {
    await resolve('globex/api');
    await world.scene.sql.query(
      `UPDATE github_connection SET status = 'NEEDS_REAUTH' WHERE id = $1`,
      [ofGlobex],
    );
    expect((await resolve('globex/api')).refused).toHaveLength(1);
    world.fake.setInstallation(31, { account: 'globex' });
    expect((await resolve('globex/api')).repositories).toHaveLength(1);
    expect(await stored()).toEqual([{ name: 'globex/api', connection: String(ofAcme) }]);
  });
});
