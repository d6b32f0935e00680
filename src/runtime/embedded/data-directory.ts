import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createPrivateFile, readIfThere } from './private-file.mjs';
import { SetupError } from './setup-error.ts';

/** Raised whenever a release cannot go on with what an older one has left in a data directory. */
const FORMAT = '1';

/** Files without which what is stored cannot be read, and what becomes of it without them. */
const KEPT_FILES = {
  'encryption.key': 'opens the stored GitHub secrets',
  'postgres.password': 'opens the database',
} as const;

export type KeptFile = keyof typeof KEPT_FILES;

/**
 * Looks at a data directory before anything is started over it, and makes one where there is none.
 * @param makes whether a database may be made where there is none
 * @throws SetupError, with what to do, when it is no directory, holds no database and none may be made, was written by
 * another format, or when a file in it is missing or was edited, or PostgreSQL's data is missing
 */
export async function openDataDirectory(dataDirectory: string, makes: boolean): Promise<void> {
  const found = await stat(dataDirectory).catch(() => undefined);
  if (found !== undefined && !found.isDirectory()) {
    throw new SetupError(
      `${dataDirectory} is a file: set THROUGHLINE_DATA_DIRECTORY to a directory.`,
    );
  }
  const hasState = ['postgres', 'postgres.location', join('temporal', 'ready')].some((name) =>
    existsSync(join(dataDirectory, name)),
  );
  const formatFile = join(dataDirectory, 'format');
  const format = (await readIfThere(formatFile))?.trim();
  if (format === undefined && hasState) {
    throw new SetupError(
      `${dataDirectory} was written by an older Throughline, or its file format is missing: move the directory away to begin anew, or write ${FORMAT} into ${formatFile} to try it as it is.`,
    );
  }
  if (format !== undefined && format !== FORMAT) {
    throw new SetupError(
      `${dataDirectory} is of format ${JSON.stringify(format.slice(0, 20))}, and this Throughline reads ${FORMAT}: start the version that wrote it, or move the directory away to begin anew.`,
    );
  }
  for (const file of Object.keys(KEPT_FILES) as KeptFile[]) {
    await checkFile(dataDirectory, file);
  }
  await checkCluster(dataDirectory);
  if (!makes && !hasState) {
    throw new SetupError(
      `There is no database in ${dataDirectory}: make one with npm start or throughline migrate, or set DATABASE_URL.`,
    );
  }
  await mkdir(dataDirectory, { recursive: true });
  await createPrivateFile(formatFile, `${FORMAT}\n`);
}

/** Notes what a file holds once it is in use, so that a later start knows when it is missing or was edited. */
export async function keepFile(dataDirectory: string, file: KeptFile): Promise<void> {
  const text = await readIfThere(join(dataDirectory, file));
  if (text !== undefined) {
    await mkdir(join(dataDirectory, 'fingerprints'), { recursive: true, mode: 0o700 });
    await createPrivateFile(fingerprintPath(dataDirectory, file), `${fingerprintOf(text)}\n`);
  }
}

async function checkFile(dataDirectory: string, file: KeptFile): Promise<void> {
  const path = join(dataDirectory, file);
  const notePath = fingerprintPath(dataDirectory, file);
  const noted = (await readIfThere(notePath))?.trim();
  const text = await readIfThere(path);
  if (noted === undefined || (text !== undefined && fingerprintOf(text) === noted)) {
    return;
  }
  const what = `${path}, which ${KEPT_FILES[file]}, ${text === undefined ? 'is missing' : 'was edited'}`;
  throw new SetupError(
    `${what}: put it back as it was, move ${dataDirectory} away to begin anew, or delete ${notePath} where this was meant.`,
  );
}

/** Where a server has run on the data, an empty database in its place would look as if nothing had ever been synced. */
async function checkCluster(dataDirectory: string): Promise<void> {
  const notePath = fingerprintPath(dataDirectory, 'postgres.password');
  const moved = (await readIfThere(join(dataDirectory, 'postgres.location')))?.trim() ?? '';
  const places = [join(dataDirectory, 'postgres'), ...(moved === '' ? [] : [moved])];
  if (existsSync(notePath) && !places.some((place) => existsSync(place))) {
    throw new SetupError(
      `${places.at(-1)} with the data of PostgreSQL is missing: put it back, move ${dataDirectory} away to begin anew, or delete ${notePath} where this was meant.`,
    );
  }
}

function fingerprintPath(dataDirectory: string, file: KeptFile): string {
  return join(dataDirectory, 'fingerprints', file);
}

/** White space around a secret means nothing. */
function fingerprintOf(text: string): string {
  return createHash('sha256').update(text.trim()).digest('hex');
}
