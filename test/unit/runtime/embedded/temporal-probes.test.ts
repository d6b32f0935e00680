import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTemporalProbes } from '../../../../src/runtime/embedded/temporal-probes.ts';

let directory: string;
let bin: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'throughline-probes-'));
  bin = join(directory, 'bin');
  await mkdir(bin);
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function writeProgram(path: string, script: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
}

function createProbes(path = bin) {
  return createTemporalProbes({ PATH: path, HOME: directory });
}

function build(probes: ReturnType<typeof createProbes>, path: string): Promise<void> {
  return probes.build({ version: '1.2.3', path, onProgress: () => undefined });
}

describe('the probes of this machine', () => {
  it('read the version of a program that runs and is Temporal', async () => {
    const program = join(bin, 'temporal');
    const probes = createProbes();
    expect(await probes.readVersion(program)).toBeUndefined();
    await writeProgram(program, 'test "$1" = --version && echo "temporal version 1.2.3"');
    expect(await probes.readVersion(program)).toBe('temporal version 1.2.3');
  });

  it('do not take another program, a failing one or a damaged file for Temporal', async () => {
    const probes = createProbes();
    await writeProgram(join(bin, 'other'), 'echo "tempo 2"');
    await writeProgram(join(bin, 'failing'), 'echo "temporal version 1"; exit 3');
    await writeFile(join(bin, 'damaged'), 'ELF', { mode: 0o755 });
    for (const name of ['other', 'failing', 'damaged']) {
      expect(await probes.readVersion(join(bin, name))).toBeUndefined();
    }
  });

  it('find only what can be run on PATH, in its order', async () => {
    const second = join(directory, 'second');
    await mkdir(join(bin, 'temporal'));
    await mkdir(second);
    await writeProgram(join(second, 'temporal'), 'exit 0');
    await writeFile(join(bin, 'plain'), '');
    const probes = createProbes(`relative::${bin}:${second}`);
    expect(await probes.findOnPath('temporal')).toBe(join(second, 'temporal'));
    expect(await probes.findOnPath('plain')).toBeUndefined();
  });

  it('keep the cache where the system wants it', () => {
    expect(createProbes().cacheDirectory).toBe(join(directory, '.cache', 'throughline'));
    const { cacheDirectory } = createTemporalProbes({ HOME: '/home/me', XDG_CACHE_HOME: '/big' });
    expect(cacheDirectory).toBe('/big/throughline');
    const relative = createTemporalProbes({ HOME: '/home/me', XDG_CACHE_HOME: 'no' });
    expect(relative.cacheDirectory).toBe('/home/me/.cache/throughline');
  });

  it('build with Go into the cache in one step, in place of what was there', async () => {
    await writeProgram(join(bin, 'go'), 'echo "$1 $2" > "$GOBIN/temporal"');
    const path = join(directory, 'cache', 'temporal');
    await mkdir(dirname(path));
    await writeFile(path, 'broken');
    await build(createProbes(), path);
    expect(await readFile(path, 'utf8')).toBe(
      'install github.com/temporalio/cli/cmd/temporal@v1.2.3\n',
    );
    expect(await readdir(dirname(path))).toStrictEqual(['temporal']);
  });

  it('say why a build failed and leave the cache as it was', async () => {
    await writeProgram(
      join(bin, 'go'),
      'echo "go: downloading x"; echo "no space left" >&2; exit 1',
    );
    const path = join(directory, 'cache', 'temporal');
    await expect(build(createProbes(), path)).rejects.toThrow(
      'go install github.com/temporalio/cli/cmd/temporal@v1.2.3 failed: no space left',
    );
    expect(await readdir(dirname(path))).toStrictEqual([]);
  });
});
