import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  readRunFile,
  removeRunFile,
  type RunFile,
  runFilePath,
  writeRunFile,
} from '../../../../src/runtime/embedded/run-file.ts';

const RUN: RunFile = {
  graphqlUrl: 'http://127.0.0.1:4000/graphql',
  temporalUiUrl: 'http://127.0.0.1:8233',
  temporalAddress: '127.0.0.1:7233',
  databaseUrl: 'postgresql://app:pw@127.0.0.1:5432/throughline',
  token: 'secret',
  pid: 123,
  startedAt: '2026-01-02T03:04:05.000Z',
};

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'throughline-run-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

it('what is written is read back, by its owner only, and nothing else is left', async () => {
  await writeRunFile(directory, { ...RUN, pid: 7 });
  await writeRunFile(directory, RUN);
  expect(await readRunFile(directory)).toStrictEqual(RUN);
  const { mode } = await stat(runFilePath(directory));
  expect((mode & 0o777).toString(8)).toBe('600');
  expect(await readdir(directory)).toStrictEqual(['run.json']);
});

it('no file reads as undefined', async () => {
  expect(await readRunFile(directory)).toBeUndefined();
});

it.each([
  ['half a file', '{"graphqlUrl": "http'],
  ['not an object', '[]'],
  ['null', 'null'],
  ['a missing field', JSON.stringify({ ...RUN, token: undefined })],
  ['an empty field', JSON.stringify({ ...RUN, token: '' })],
  ['a wrong type', JSON.stringify({ ...RUN, pid: '123' })],
  ['a wrong optional', JSON.stringify({ ...RUN, databaseUrl: 1 })],
])('a damaged file (%s) is refused with what to do', async (_what, text) => {
  await writeFile(runFilePath(directory), text);
  await expect(readRunFile(directory)).rejects.toThrow(
    `${runFilePath(directory)} is damaged; delete it and start again.`,
  );
});

it('a start removes its own file and leaves that of another', async () => {
  await writeRunFile(directory, RUN);
  await removeRunFile(directory, 999);
  expect(await readRunFile(directory)).toStrictEqual(RUN);
  await removeRunFile(directory, RUN.pid);
  expect(await readRunFile(directory)).toBeUndefined();
  await removeRunFile(directory, RUN.pid);
});
