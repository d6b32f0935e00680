import { afterEach, expect, it } from 'vitest';
import type { DeploymentData } from '../../../src/demo/github-data.ts';
import { aSource } from '../../unit/demo/small-world.ts';
import { openStageWorld, type StageWorld } from './stage-world.ts';

const NOW = new Date('2026-03-10T12:00:00Z');
const SINCE = new Date('2026-02-01T00:00:00Z');

let world: StageWorld | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

const oid = (place: number): string => String(place).padEnd(40, '0');
const at = (place: number): string => `2026-03-0${place}T10:00:00Z`;

/** Three commits, each deployed when it was made. */
const SOURCE = aSource([], {
  history: [1, 2, 3].map((place) => ({
    oid: oid(place),
    parents: place === 1 ? [] : [oid(place - 1)],
    at: at(place),
  })),
  deployments: [1, 2, 3].map((place): DeploymentData => ({
    databaseId: 50 + place,
    environment: 'production',
    ref: 'main',
    oid: oid(place),
    creator: 'ada',
    description: null,
    createdAt: at(place),
    statuses: [{ state: 'SUCCESS', at: at(place) }],
  })),
});

it('goes on behind a range for which GitHub fails each time, and says so', async () => {
  world = await openStageWorld(SOURCE, NOW);
  const { walk, step, rows, onMoment, github } = world;
  await walk(SINCE);
  let fetches = 0;
  onMoment((moment) => {
    fetches += moment === 'before-fetch' ? 1 : 0;
    // Behind the list of deployments, four times.
    if (moment === 'before-fetch' && fetches > 1 && fetches <= 5) {
      github.failNext({ status: 502 });
    }
  });
  for (let tries = 1; tries < 4; tries += 1) {
    await expect(step('DEPLOYMENTS')).rejects.toMatchObject({ kind: 'TRANSIENT' });
  }
  expect(await step('DEPLOYMENTS')).toEqual({ next: 'DONE' });
  expect(
    await rows('SELECT github_id::int, compare_state, commit_count FROM deployment ORDER BY 1'),
  ).toEqual([
    [51, 'FIRST', null],
    [52, 'UNAVAILABLE', null],
    [53, 'COMPARED', 1],
  ]);
  expect(await rows('SELECT compare_reason FROM deployment WHERE github_id = 52')).toEqual([
    [expect.stringContaining('502')],
  ]);
});
