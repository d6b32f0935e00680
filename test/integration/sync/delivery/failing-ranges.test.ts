import { expect, it } from 'vitest';
import type { DeploymentData } from '../../../../src/demo/core/github-data.ts';
import { aSource } from '../../../unit/demo/small-world.ts';
import { NOW, SINCE, useStageWorlds, type StageWorld } from '../stage-world.ts';

const open = useStageWorlds();
const oid = (ordinal: number): string => String(ordinal).padStart(40, '0');
const at = (ordinal: number): string => `2026-03-0${ordinal}T10:00:00Z`;

/** One line of commits of which each so-manieth is deployed, the deployments a day apart. */
function line(commits: number, each: number) {
  const ordinals = Array.from({ length: commits }, (_, index) => index + 1);
  const dayOf = (ordinal: number): string => at(Math.ceil(ordinal / each));
  return aSource([], {
    history: ordinals.map((ordinal) => ({
      oid: oid(ordinal),
      parents: ordinal === 1 ? [] : [oid(ordinal - 1)],
      at: dayOf(ordinal),
    })),
    deployments: ordinals
      .filter((ordinal) => ordinal % each === 0)
      .map((ordinal): DeploymentData => ({
        databaseId: 50 + ordinal / each,
        environment: 'production',
        ref: 'main',
        oid: oid(ordinal),
        creator: 'ada',
        description: null,
        createdAt: dayOf(ordinal),
        statuses: [{ state: 'SUCCESS', at: dayOf(ordinal) }],
      })),
  });
}

const SOURCE = line(3, 1);

/** Lets requests behind the list of deployments fail, by their index among them, from 0. */
function fail(
  { github, onFailpoint }: StageWorld,
  status: number,
  isFailing: (request: number) => boolean,
) {
  let request = -2;
  onFailpoint((failpoint) => {
    request += failpoint === 'before-fetch' ? 1 : 0;
    if (failpoint === 'before-fetch' && request >= 0 && isFailing(request)) {
      github.failNext({ status });
    }
  });
}

const RANGES = 'SELECT github_id::int, compare_state, commit_count FROM deployment ORDER BY 1';
const REASONS = 'SELECT compare_reason FROM deployment WHERE github_id > 51 ORDER BY github_id';

it('goes on behind a range for which GitHub fails each time, and says so', async () => {
  const world = await open(SOURCE);
  const { syncPullRequests, step, rows } = world;
  await syncPullRequests(SINCE);
  fail(world, 502, (request) => request < 4);
  for (const seconds of [5, 10, 20]) {
    expect(await step('DEPLOYMENTS')).toEqual({
      next: 'WAIT',
      until: new Date(NOW.getTime() + seconds * 1_000).toISOString(),
      reason: expect.stringContaining('502'),
    });
  }
  expect(await step('DEPLOYMENTS')).toEqual({ next: 'DONE' });
  expect(await rows(RANGES)).toEqual([
    [51, 'FIRST', null],
    [52, 'UNAVAILABLE', null],
    [53, 'COMPARED', 1],
  ]);
  expect(await rows(REASONS)).toEqual([[expect.stringContaining('502')], [null]]);
});

it('is asked for again by a sync an hour later, which then is no longer partial', async () => {
  const world = await open(SOURCE);
  const { syncPullRequests, run, step, rows, finish, scene, onFailpoint } = world;
  await syncPullRequests(SINCE);
  fail(world, 502, (request) => request < 4);
  let waits = 0;
  for (let next = ''; next !== 'DONE'; waits += 1) {
    ({ next } = await step('DEPLOYMENTS'));
  }
  expect(waits).toBe(4);
  expect(await finish()).toBe('PARTIAL');
  onFailpoint(null);
  const states = 'SELECT compare_state FROM deployment ORDER BY github_id';
  const syncAgain = async (minutes: number): Promise<unknown> => {
    await scene.sql.query(
      `UPDATE dead_letter SET last_seen_at = now() - make_interval(mins => $1)`,
      [minutes],
    );
    const due = await syncPullRequests(SINCE);
    if (due.includes('DEPLOYMENTS')) {
      await run('DEPLOYMENTS');
    }
    return rows(states);
  };
  expect(await syncAgain(59)).toEqual([['FIRST'], ['UNAVAILABLE'], ['COMPARED']]);
  expect(await syncAgain(61)).toEqual([['FIRST'], ['COMPARED'], ['COMPARED']]);
  expect(await rows(REASONS)).toEqual([[null], [null]]);
  expect(await rows('SELECT count(*)::int FROM dead_letter WHERE resolved_at IS NULL')).toEqual([
    [0],
  ]);
  expect(await finish()).toBe('COMPLETED');
});

it('goes on behind all that fail, by answers only, so that no number of them ends the run', async () => {
  const world = await open(SOURCE);
  const { syncPullRequests, step, rows } = world;
  await syncPullRequests(SINCE);
  // Four tries of each range, and whether GitHub answers at all.
  fail(world, 502, (request) => request % 5 !== 4);
  const ends: string[] = [];
  while (ends.at(-1) !== 'DONE') {
    ends.push((await step('DEPLOYMENTS')).next);
  }
  expect(ends).toEqual([...Array<string>(6).fill('WAIT'), 'DONE']);
  expect(await rows(RANGES)).toEqual([
    [51, 'FIRST', null],
    [52, 'UNAVAILABLE', null],
    [53, 'UNAVAILABLE', null],
  ]);
  expect(await rows(REASONS)).toEqual([
    [expect.stringContaining('502')],
    [expect.stringContaining('502')],
  ]);
});

it('gives up all that GitHub refuses at once', async () => {
  const world = await open(SOURCE);
  const { syncPullRequests, step, rows } = world;
  await syncPullRequests(SINCE);
  fail(world, 422, (request) => request % 2 === 0);
  expect(await step('DEPLOYMENTS')).toEqual({ next: 'DONE' });
  expect(await rows(REASONS)).toEqual([
    [expect.stringContaining('422')],
    [expect.stringContaining('422')],
  ]);
});

it('reads a range from its start also when the one that it was in is not wanted any more', async () => {
  const { scene, syncPullRequests, step, run, rows, onFailpoint } = await open(line(360, 120));
  await syncPullRequests(SINCE);
  let commits = 0;
  onFailpoint((failpoint) => {
    commits += failpoint === 'after-commit' ? 1 : 0;
    // The page of deployments, and the first of two pages of the first range.
    if (failpoint === 'after-commit' && commits === 2) {
      throw new Error('killed');
    }
  });
  expect(await step('DEPLOYMENTS')).toEqual({ next: 'MORE' });
  onFailpoint(null);
  await scene.sql.query(`UPDATE deployment SET compare_state = 'FIRST' WHERE github_id = 52`);
  await run('DEPLOYMENTS');
  expect(await rows(RANGES)).toEqual([
    [51, 'FIRST', null],
    [52, 'FIRST', null],
    [53, 'COMPARED', 120],
  ]);
});
