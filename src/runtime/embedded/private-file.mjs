import { randomBytes } from 'node:crypto';
import { link, open, readFile, rename, rm } from 'node:fs/promises';

/**
 * What a file holds; undefined when there is none.
 *
 * @param {string} path
 * @returns {Promise<string | undefined>}
 */
export async function readIfThere(path) {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}

/**
 * Writes a file that only its owner may read, whole or not at all, in place of what is there.
 *
 * @param {string} path
 * @param {string} text
 */
export async function writePrivateFile(path, text) {
  await throughDraft(path, text, (draft) => rename(draft, path));
}

/**
 * Writes such a file only where there is none; answers whether it did. Of several at once exactly one does.
 *
 * @param {string} path
 * @param {string} text
 * @returns {Promise<boolean>}
 */
export async function createPrivateFile(path, text) {
  try {
    await throughDraft(path, text, (draft) => link(draft, path));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      return false;
    }
    throw error;
  }
}

/**
 * @param {string} path
 * @param {string} text
 * @param {(draft: string) => Promise<void>} place
 */
async function throughDraft(path, text, place) {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
  const file = await open(draft, 'wx', 0o600);
  try {
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await place(draft);
  } finally {
    await rm(draft, { force: true });
  }
}
