import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRecording } from '../../../src/demo/recording/recording.ts';
import { dumpFacts } from '../db/stored-rows.ts';
import { openStageWorld, type StageWorld } from '../sync/stage-world.ts';

const CASE = join(import.meta.dirname, 'trailers');
const NOW = new Date('2026-11-29T12:00:00Z');
const SINCE = new Date('2026-11-01T00:00:00Z');

interface Case {
  /** Of pull requests 1, 2 and so on. */
  readonly checks: readonly { readonly what: string; readonly expected: readonly string[] }[];
}

let world: StageWorld;

beforeAll(async () => {
  world = await openStageWorld(await readRecording(join(CASE, 'data/trailers')), NOW);
  await world.syncPullRequests(SINCE);
  await world.finish();
});

afterAll(() => world.close());

async function toolsByNumber(): Promise<unknown[][]> {
  return world.rows(`
    SELECT p.number::int, coalesce(array_agg(DISTINCT s.tool) FILTER (WHERE s.tool IS NOT NULL), '{}')
    FROM pull_request p LEFT JOIN ai_signal s ON s.team_id = p.team_id AND s.pull_request_id = p.id
    GROUP BY p.number ORDER BY p.number`);
}

describe('trailers of a recorded repository', () => {
  it('show the tools that they name, and none where people and docs are called like one', async () => {
    const { checks } = JSON.parse(await readFile(join(CASE, 'case.json'), 'utf8')) as Case;
    expect(checks).toHaveLength(7);
    expect(await toolsByNumber()).toEqual(checks.map(({ expected }, at) => [at + 1, expected]));
  });

  it('read again unchanged change no row', async () => {
    const before = await dumpFacts(world.scene.sql, world);
    await world.syncPullRequests(SINCE);
    await world.finish();
    expect(await dumpFacts(world.scene.sql, world)).toEqual(before);
  });
});
