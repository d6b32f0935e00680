import { randomBytes } from 'node:crypto';
import { chmod, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createPrivateFile, readIfThere } from './private-file.mjs';
import { SetupError } from './setup-error.ts';

const KEY_BYTES = 32;
const PASSWORD_BYTES = 24;

/** A random password of 32 characters that needs no escaping in a URL. */
export function createPassword(): string {
  return randomBytes(PASSWORD_BYTES).toString('base64url');
}

/**
 * The secret that the file at `path` holds; made by `create` and kept, readable by its owner only, when there is no
 * file yet. Of several processes at once all get the same one.
 */
export async function loadOrCreateSecret(path: string, create: () => string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const existing = await readSecret(path);
  if (existing !== undefined) {
    return existing;
  }
  await createPrivateFile(path, `${create()}\n`);
  const secret = await readSecret(path);
  if (secret === undefined) {
    throw new SetupError(`${path} could not be written; check the rights of its directory.`);
  }
  return secret;
}

/** The secret in a file; undefined when there is none. Takes away the rights of others if it has any. */
export async function readSecret(path: string): Promise<string | undefined> {
  const secret = (await readIfThere(path))?.trim();
  if (secret === '') {
    throw new SetupError(`${path} is empty; restore it, or delete it to have a new one made.`);
  }
  if (secret !== undefined) {
    await chmod(path, 0o600);
  }
  return secret;
}

/**
 * The key that encrypts stored GitHub secrets, 32 bytes as base64, made once for a data directory and kept in its
 * `encryption.key`. Throws SetupError when the file holds something else.
 */
export async function loadOrCreateEncryptionKey(dataDirectory: string): Promise<string> {
  const path = join(dataDirectory, 'encryption.key');
  const key = await loadOrCreateSecret(path, () => randomBytes(KEY_BYTES).toString('base64'));
  if (Buffer.from(key, 'base64').length !== KEY_BYTES) {
    throw new SetupError(
      `${path} does not hold ${KEY_BYTES} bytes as base64; restore it, or delete it and connect GitHub again.`,
    );
  }
  return key;
}
