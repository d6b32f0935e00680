import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  createPassword,
  loadOrCreateEncryptionKey,
  loadOrCreateSecret,
  readSecret,
} from '../../../../src/runtime/embedded/secrets.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'throughline-secrets-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function modeOf(path: string): Promise<string> {
  const { mode } = await stat(path);
  return (mode & 0o777).toString(8);
}

it('the encryption key is made once, 32 bytes, readable by its owner only', async () => {
  const key = await loadOrCreateEncryptionKey(join(directory, 'data'));
  expect(Buffer.from(key, 'base64')).toHaveLength(32);
  expect(await loadOrCreateEncryptionKey(join(directory, 'data'))).toBe(key);
  expect(await modeOf(join(directory, 'data', 'encryption.key'))).toBe('600');
});

it('all who ask for a secret at the same time get the same one', async () => {
  const path = join(directory, 'secret');
  const secrets = await Promise.all(
    Array.from({ length: 20 }, () => loadOrCreateSecret(path, createPassword)),
  );
  expect(new Set(secrets).size).toBe(1);
});

it('a secret that others may read is closed to them', async () => {
  const path = join(directory, 'secret');
  await writeFile(path, 'value\n');
  await chmod(path, 0o644);
  expect(await readSecret(path)).toBe('value');
  expect(await modeOf(path)).toBe('600');
});

it('an empty secret and a key of another length are refused with what to do', async () => {
  await writeFile(join(directory, 'empty'), '\n');
  await expect(readSecret(join(directory, 'empty'))).rejects.toThrow('is empty; restore it');
  await writeFile(join(directory, 'encryption.key'), 'c2hvcnQ=\n');
  await expect(loadOrCreateEncryptionKey(directory)).rejects.toThrow(
    'does not hold 32 bytes as base64',
  );
});

it('passwords differ and need no escaping in a URL', () => {
  const passwords = Array.from({ length: 100 }, createPassword);
  expect(new Set(passwords).size).toBe(100);
  expect(passwords.every((password) => encodeURIComponent(password) === password)).toBe(true);
});
