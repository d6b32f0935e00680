import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createPrivateFile, writePrivateFile } from './private-file.ts';
import { processIdentity } from './process-table.ts';

/** Who holds a lock. */
export interface LockHolder {
  readonly pid: number;
  /** What `processIdentity` said of it: a reused process number is not the holder. */
  readonly identity: string;
  readonly nonce: string;
  /** True once the holder has begun to shut down and the lock will soon be free. */
  readonly stopping: boolean;
}

export interface ProcessLock {
  /** Tells those who wait that the lock will soon be free. */
  setStopping(): Promise<void>;
  /** Gives the lock back. Harmless when done twice. */
  release(): Promise<void>;
}

export type LockAttempt =
  | { readonly lock: ProcessLock; readonly holder?: undefined }
  | { readonly lock?: undefined; readonly holder: LockHolder };

/** A rival that found the same dead holder has acted within this time; only then is our lock certain. */
const SETTLE_MS = 400;
const ATTEMPTS = 50;

/**
 * Tries once to take the lock file at `path` for this process. The lock of a process that no longer lives is taken
 * over. Answers the lock, or who holds it (which may be this very process).
 */
export async function tryProcessLock(path: string): Promise<LockAttempt> {
  await mkdir(dirname(path), { recursive: true });
  const own: LockHolder = {
    pid: process.pid,
    identity: (await processIdentity(process.pid)) ?? '',
    nonce: randomUUID(),
    stopping: false,
  };
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (await createPrivateFile(path, JSON.stringify(own))) {
      return { lock: createLock(path, own) };
    }
    const holder = await readHolder(path);
    if (holder === undefined) {
      continue;
    }
    if ((await processIdentity(holder.pid)) === holder.identity) {
      return { holder };
    }
    await removeDeadLock(path, holder);
    if (await createPrivateFile(path, JSON.stringify(own))) {
      await delay(SETTLE_MS);
      const winner = await readHolder(path);
      if (winner?.nonce === own.nonce) {
        return { lock: createLock(path, own) };
      }
    }
  }
  throw new Error(`The lock ${path} changes hands too quickly`);
}

/** Who holds the lock at `path`; undefined when nobody does or only a process that no longer lives. */
export async function findLockHolder(path: string): Promise<LockHolder | undefined> {
  const holder = await readHolder(path);
  const alive = holder !== undefined && (await processIdentity(holder.pid)) === holder.identity;
  return alive ? holder : undefined;
}

function createLock(path: string, own: LockHolder): ProcessLock {
  const isOurs = async () => (await readHolder(path))?.nonce === own.nonce;
  return {
    async setStopping() {
      if (await isOurs()) {
        await writePrivateFile(path, JSON.stringify({ ...own, stopping: true }));
      }
    },
    async release() {
      if (await isOurs()) {
        await rm(path, { force: true });
      }
    },
  };
}

/** Moves the lock away and looks at what was moved: a rival may have put its own there since we read it. */
async function removeDeadLock(path: string, dead: LockHolder): Promise<void> {
  const moved = `${path}.${randomUUID()}`;
  try {
    await rename(path, moved);
  } catch {
    return;
  }
  const text = await readFile(moved, 'utf8');
  if (parseHolder(text)?.nonce !== dead.nonce) {
    await createPrivateFile(path, text);
  }
  await rm(moved, { force: true });
}

async function readHolder(path: string): Promise<LockHolder | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseHolder(text);
}

/** A file that is no lock reads as held by process 0, which never lives, so that it is taken over. */
function parseHolder(text: string): LockHolder {
  try {
    const value: Partial<LockHolder> = JSON.parse(text);
    return {
      pid: Number(value.pid),
      identity: String(value.identity),
      nonce: String(value.nonce),
      stopping: value.stopping === true,
    };
  } catch {
    return { pid: 0, identity: '', nonce: '', stopping: false };
  }
}
