import { afterEach, describe, expect, it } from 'vitest';
import type { Permission } from '../../../../src/demo/fake-github/callers.ts';
import { aSource } from '../../../unit/demo/small-world.ts';
import { pull, times } from '../pulls/long-pull-requests.ts';
import { WORLD_TOKEN } from '../../../support/worlds/connected-team.ts';
import { openStageWorld, type StageWorld } from '../stage-world.ts';

const NOW = new Date('2026-03-10T12:00:00Z');
const SINCE = new Date('2026-02-01T00:00:00Z');
const SMALL = { reviews: 1, comments: 1, commits: 1, files: 1, labels: 1 };

let world: StageWorld | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

const oid = (digit: number): string => String(digit).repeat(40);

/** Two pull requests with checks, a deployment and a release; the credential lacks these permissions. */
async function open(...missing: readonly Permission[]): Promise<StageWorld> {
  const check = {
    databaseId: 1,
    headOid: oid(5),
    name: 'ci',
    app: 'github-actions',
    startedAt: '2026-03-02T09:00:00Z',
    completedAt: '2026-03-02T09:10:00Z',
    conclusion: 'SUCCESS',
  } as const;
  const pulls = times(2, (index) => pull(index + 1, SMALL, { headOid: oid(5), checks: [check] }));
  const source = aSource(pulls, {
    history: [{ oid: oid(1), parents: [], at: '2026-03-01T00:00:00Z' }],
    deployments: [
      {
        databaseId: 1,
        environment: 'production',
        ref: 'main',
        oid: oid(1),
        creator: 'bo',
        description: null,
        createdAt: '2026-03-03T00:00:00Z',
        statuses: [{ state: 'SUCCESS', at: '2026-03-03T00:00:00Z' }],
      },
    ],
    releases: [
      {
        databaseId: 1,
        tag: 'v1',
        name: null,
        oid: null,
        isDraft: false,
        isPrerelease: false,
        author: 'ada',
        createdAt: '2026-03-03T00:00:00Z',
        publishedAt: '2026-03-03T00:00:00Z',
      },
    ],
  });
  world = await openStageWorld(source, NOW);
  world.github.setToken(WORLD_TOKEN, { missing });
  return world;
}

const REPOSITORY = 'SELECT sync_state, sync_reason FROM repository';
const CHECKS = 'SELECT count(*)::int FROM check_run';
const PULLS = 'SELECT count(*)::int FROM pull_request WHERE complete';

describe('a credential that may not read', () => {
  it.each([
    ['checks', 0, ['DEPLOYMENTS', 'RELEASES']],
    ['statuses', 0, ['DEPLOYMENTS', 'RELEASES']],
    ['deployments', 2, ['RELEASES']],
  ] as const)('%s still reads the pull requests', async (permission, checks, stages) => {
    const of = await open(permission);
    const due = await of.syncPullRequests(SINCE);
    expect(due.filter((stage) => stage === 'DEPLOYMENTS' || stage === 'RELEASES')).toEqual(stages);
    expect(await of.rows(PULLS)).toEqual([[2]]);
    expect(await of.rows(CHECKS)).toEqual([[checks]]);
    expect(await of.rows(REPOSITORY)).toEqual([['ACTIVE', null]]);
  });

  it('checks any more keeps those that are stored', async () => {
    const of = await open();
    await of.syncPullRequests(SINCE);
    expect(await of.rows(CHECKS)).toEqual([[2]]);
    of.github.setToken(WORLD_TOKEN, { missing: ['checks'] });
    await of.rows('UPDATE repository SET watermark = NULL');
    await of.rows(`UPDATE pull_request SET updated_at = updated_at - interval '1 day'`);
    await of.syncPullRequests(SINCE);
    expect(await of.rows(CHECKS)).toEqual([[2]]);
  });

  it('checks has pull requests without their first pages complete all the same', async () => {
    const of = await open('checks');
    await of.rows('UPDATE repository SET page_size = 1');
    of.github.failNext({ status: 502 }, 1);
    expect(await of.syncPullRequests(SINCE)).toContain('NESTED_LISTS');
    expect(await of.rows(PULLS)).toEqual([[1]]);
    await of.run('NESTED_LISTS');
    expect(await of.rows(PULLS)).toEqual([[2]]);
    expect(await of.rows('SELECT natural_key FROM dead_letter')).toEqual([]);
    expect(await of.rows('SELECT list FROM nested_list')).toEqual([]);
  });

  it('checks any more keeps those that are stored, also without the first pages', async () => {
    const of = await open();
    await of.syncPullRequests(SINCE);
    of.github.setToken(WORLD_TOKEN, { missing: ['checks'] });
    await of.rows('UPDATE repository SET watermark = NULL, page_size = 1');
    await of.rows(`UPDATE pull_request SET updated_at = updated_at - interval '1 day'`);
    of.github.failNext({ status: 502 }, 1);
    await of.syncPullRequests(SINCE);
    await of.run('NESTED_LISTS');
    expect(await of.rows(PULLS)).toEqual([[2]]);
    expect(await of.rows(CHECKS)).toEqual([[2]]);
    expect(await of.rows('SELECT key FROM nested_list_key')).toEqual([]);
  });

  it('deployments any more skips the stage with the reason, and reads it once it may', async () => {
    const of = await open();
    await of.syncPullRequests(SINCE);
    of.github.setToken(WORLD_TOKEN, { missing: ['deployments'] });
    await of.setDue('DEPLOYMENTS');
    await of.run('DEPLOYMENTS');
    const deadLetters = `SELECT entity, natural_key, reason_code, reason, resolved_at IS NULL FROM dead_letter`;
    const reason =
      'GitHub does not let this token read deployments of acme/api: give it read access to deployments, or authorise it for the organisation.';
    expect(await of.rows(deadLetters)).toEqual([
      ['deployments', 'permission', 'FORBIDDEN', reason, true],
    ]);
    expect(await of.rows(REPOSITORY)).toEqual([['ACTIVE', null]]);
    of.github.setToken(WORLD_TOKEN);
    await of.setDue('DEPLOYMENTS');
    await of.run('DEPLOYMENTS');
    expect(await of.rows(deadLetters)).toEqual([
      ['deployments', 'permission', 'FORBIDDEN', reason, false],
    ]);
    expect(await of.rows('SELECT count(*)::int FROM deployment')).toEqual([[1]]);
  });

  it('deployments has a partial sync, and whoever closes it gets that answer each time', async () => {
    const of = await open('deployments');
    await of.syncPullRequests(SINCE);
    await of.setDue('DEPLOYMENTS');
    await of.run('DEPLOYMENTS');
    expect([await of.finish(), await of.finish()]).toEqual(['PARTIAL', 'PARTIAL']);
    const status = 'SELECT status FROM sync_run WHERE repository_id IS NOT NULL';
    expect(await of.rows(status)).toEqual([['PARTIAL']]);
  });

  it('pull requests reads nothing, and its failure says what it lacks', async () => {
    const of = await open('pull_requests');
    await expect(of.syncPullRequests(SINCE)).rejects.toMatchObject({
      kind: 'FORBIDDEN',
      message: expect.stringContaining('give it read access to pull requests'),
    });
    expect(await of.rows('SELECT sync_state FROM repository')).toEqual([['FORBIDDEN']]);
  });
});
