import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadEnvironment } from '../../../../src/runtime/settings/environment.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'throughline-env-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

it('the real environment wins over .env, with an empty value too', async () => {
  await writeFile(join(directory, '.env'), 'PORT=1\nHOST="file"\nGITHUB_TOKEN=fromfile # why\n');
  expect(loadEnvironment(directory, { PORT: '2', GITHUB_TOKEN: '' })).toStrictEqual({
    PORT: '2',
    HOST: 'file',
    GITHUB_TOKEN: '',
  });
});

it('a missing .env is fine', () => {
  expect(loadEnvironment(directory, { PORT: '2' })).toStrictEqual({ PORT: '2' });
});

it('a .env that cannot be read is not passed over in silence', async () => {
  await mkdir(join(directory, '.env'));
  expect(() => loadEnvironment(directory, {})).toThrow('EISDIR');
});
