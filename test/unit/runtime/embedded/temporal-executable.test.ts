import { describe, expect, it } from 'vitest';
import {
  findTemporalExecutable,
  TEMPORAL_SERVER_VERSION,
} from '../../../../src/runtime/embedded/temporal-executable.ts';
import type { TemporalProbes } from '../../../../src/runtime/embedded/temporal-probes.ts';

const RIGHT = `temporal version 1.5.1 (Server ${TEMPORAL_SERVER_VERSION}, UI 2.42.1)`;
const BUILT = `temporal version 0.0.0-DEV (Server ${TEMPORAL_SERVER_VERSION}, UI 2.42.1)`;
const OTHER = 'temporal version 1.9.0 (Server 1.31.0, UI 2.50.0)';
const CACHED = '/cache/temporal-1.5.1/temporal';

interface World {
  /** What runs, and what it says of its version. */
  readonly versions?: Record<string, string>;
  readonly onPath?: string;
  /** What a download brings; undefined: it fails. */
  readonly download?: string;
  readonly build?: string;
}

function createWorld(world: World): {
  probes: TemporalProbes;
  progress: string[];
  steps: string[];
} {
  const versions = new Map(Object.entries(world.versions ?? {}));
  const steps: string[] = [];
  const obtain = (step: 'download' | 'build', reason: string): TemporalProbes['build'] => {
    return ({ version, path }) => {
      steps.push(`${step} ${version}`);
      const brought = world[step];
      if (brought === undefined) {
        return Promise.reject(new Error(reason));
      }
      versions.set(path, brought);
      return Promise.resolve();
    };
  };
  return {
    steps,
    progress: [],
    probes: {
      cacheDirectory: '/cache',
      readVersion: (path) => {
        const version = versions.get(path);
        return Promise.resolve(version === 'broken' ? undefined : version);
      },
      findOnPath: () => Promise.resolve(world.onPath),
      download: obtain('download', 'no network'),
      build: obtain('build', 'Go is not installed'),
    },
  };
}

async function find(world: World, cliPath?: string) {
  const { probes, progress, steps } = createWorld(world);
  const found = await findTemporalExecutable({
    cliPath,
    environment: {},
    onProgress: (message) => progress.push(message),
    probes,
  });
  return { ...found, progress, steps };
}

describe("the search for Temporal's executable", () => {
  it('takes the one that the setting names before all others', async () => {
    const world = { versions: { '/own': RIGHT, '/bin/temporal': RIGHT }, onPath: '/bin/temporal' };
    expect(await find(world, '/own')).toMatchObject({ path: '/own', source: 'setting', steps: [] });
  });

  it('does not pass over a setting that is wrong', async () => {
    const world = { versions: { '/bin/temporal': RIGHT }, onPath: '/bin/temporal' };
    await expect(find(world, '/own')).rejects.toThrow(
      'TEMPORAL_CLI_PATH names /own, which does not run',
    );
  });

  it('takes the one on PATH before the cache', async () => {
    const world = {
      versions: { '/bin/temporal': RIGHT, [CACHED]: RIGHT },
      onPath: '/bin/temporal',
    };
    expect(await find(world)).toMatchObject({ path: '/bin/temporal', source: 'path', steps: [] });
  });

  it('passes over a broken one on PATH and says so', async () => {
    const world = { versions: { [CACHED]: RIGHT }, onPath: '/bin/temporal' };
    expect(await find(world)).toMatchObject({
      path: CACHED,
      source: 'cache',
      progress: ['/bin/temporal does not run and is passed over'],
    });
  });

  it('takes the one in the cache before it downloads', async () => {
    expect(await find({ versions: { [CACHED]: BUILT }, download: RIGHT })).toMatchObject({
      path: CACHED,
      source: 'cache',
      steps: [],
    });
  });

  it('downloads into the cache the pinned version, also in place of a broken file', async () => {
    for (const versions of [{}, { [CACHED]: 'broken' }]) {
      expect(await find({ versions, download: RIGHT, build: BUILT })).toMatchObject({
        path: CACHED,
        source: 'download',
        steps: ['download 1.5.1'],
      });
    }
  });

  it('builds when the download fails or brings something that does not run', async () => {
    for (const download of [undefined, 'broken']) {
      const world = { ...(download === undefined ? {} : { download }), build: BUILT };
      expect(await find(world)).toMatchObject({
        path: CACHED,
        version: BUILT,
        source: 'build',
        steps: ['download 1.5.1', 'build 1.5.1'],
      });
    }
  });

  it('fails with every reason and with what to do when nothing helps', async () => {
    await expect(find({})).rejects.toThrow(
      /could not be had \(download: no network; build: Go is not installed\)\. Install .* TEMPORAL_CLI_PATH .* TEMPORAL_ADDRESS/,
    );
  });

  it('warns of another server version, and not of the pinned one built from source', async () => {
    const other = await find({ versions: { '/bin/temporal': OTHER }, onPath: '/bin/temporal' });
    expect(other.warning).toContain('server 1.31.0; Throughline is tested with 1.29.1');
    const odd = await find({ versions: { '/own': 'temporal version 1' } }, '/own');
    expect(odd.warning).toContain('an unknown version');
    const built = await find({ versions: { [CACHED]: BUILT } });
    expect(built.warning).toBeUndefined();
  });
});
