import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createPrivateFile, readIfThere, writePrivateFile } from './private-file.mjs';
import { processIdentity } from './process-identity.mjs';

/**
 * A process, told apart from a later one that has its number by what `processIdentity` said of it.
 *
 * @typedef {{ readonly pid: number; readonly identity: string }} KnownProcess
 */

/**
 * Who holds a lock: a process, once (`nonce`). It is `stopping` once it has begun to shut down and the lock will soon
 * be free. `child` is a process that must not outlive the lock.
 *
 * @typedef {KnownProcess & {
 *   readonly nonce: string;
 *   readonly stopping: boolean;
 *   readonly child?: KnownProcess;
 * }} LockHolder
 */

/**
 * `markStopping` tells those who wait that the lock will soon be free; `noteChild` tells whoever takes the lock over
 * from us, should we be killed, which process we started; `release` gives the lock back, harmless when done twice.
 *
 * @typedef {object} ProcessLock
 * @property {() => Promise<void>} markStopping
 * @property {(pid: number) => Promise<void>} noteChild
 * @property {() => Promise<void>} release
 */

/**
 * @typedef {{ readonly lock: ProcessLock; readonly holder?: undefined }
 *   | { readonly lock?: undefined; readonly holder: LockHolder }} LockAttempt
 */

/** A takeover is done in a few writes; whoever holds one up for longer is stuck. */
const TAKEOVER_MS = 10_000;
const POLL_MS = 20;

/**
 * Tries once to take the lock file at `path` for this process. The lock of a process that no longer lives is taken
 * over, after `onDead` has cleared up behind it. Answers the lock, or who holds it (which may be this very process).
 *
 * @param {string} path
 * @param {(dead: LockHolder) => Promise<void>} [onDead]
 * @returns {Promise<LockAttempt>}
 */
export async function tryProcessLock(path, onDead) {
  await mkdir(dirname(path), { recursive: true });
  const identity = (await processIdentity(process.pid)) ?? '';
  const own = { pid: process.pid, identity, nonce: randomUUID(), stopping: false };
  const startedAt = performance.now();
  do {
    const holder = await readHolder(path);
    if (holder !== undefined && (await lives(holder))) {
      return { holder };
    }
    if (holder !== undefined) {
      await onDead?.(holder);
    }
    const isTaken =
      holder === undefined
        ? await createPrivateFile(path, JSON.stringify(own))
        : await takeOver(path, holder, own);
    if (isTaken) {
      return { lock: createLock(path, own) };
    }
  } while (performance.now() - startedAt < TAKEOVER_MS);
  throw new Error(`The lock ${path} changes hands too quickly`);
}

/**
 * Who holds the lock at `path`; undefined when nobody does or only a process that no longer lives.
 *
 * @param {string} path
 * @returns {Promise<LockHolder | undefined>}
 */
export async function findLockHolder(path) {
  const holder = await readHolder(path).catch(() => undefined);
  return holder !== undefined && (await lives(holder)) ? holder : undefined;
}

/**
 * Whether a process still lives and is not a later one of the same number.
 *
 * @param {KnownProcess} known
 */
export async function lives({ pid, identity }) {
  return (await processIdentity(pid)) === identity;
}

/**
 * Puts our own lock in place of a dead one in one step, so that the file is never missing in between. Rivals that saw
 * the same dead one are kept out by a second lock, which has the same rules.
 *
 * @param {string} path
 * @param {LockHolder} dead
 * @param {LockHolder} own
 * @returns {Promise<boolean>}
 */
async function takeOver(path, dead, own) {
  const { lock: guard } = await tryProcessLock(`${path}.takeover`);
  if (guard === undefined) {
    await delay(POLL_MS);
    return false;
  }
  try {
    const isStillThere = (await readHolder(path))?.nonce === dead.nonce;
    if (isStillThere) {
      await writePrivateFile(path, JSON.stringify(own));
    }
    return isStillThere;
  } finally {
    await guard.release();
  }
}

/**
 * @param {string} path
 * @param {LockHolder} own
 * @returns {ProcessLock}
 */
function createLock(path, own) {
  const isOurs = async () => (await readHolder(path))?.nonce === own.nonce;
  /** @param {Partial<LockHolder>} change */
  const note = async (change) => {
    if (await isOurs()) {
      await writePrivateFile(path, JSON.stringify({ ...own, ...change }));
    }
  };
  return {
    markStopping: () => note({ stopping: true }),
    async noteChild(pid) {
      const identity = await processIdentity(pid);
      await note(identity === undefined ? {} : { child: { pid, identity } });
    },
    async release() {
      if (await isOurs()) {
        await rm(path, { force: true });
      }
    },
  };
}

/**
 * @param {string} path
 * @returns {Promise<LockHolder | undefined>}
 */
async function readHolder(path) {
  const text = await readIfThere(path);
  return text === undefined ? undefined : parseHolder(text);
}

/**
 * A file that is no lock reads as held by process 0, which never lives, so that it is taken over.
 *
 * @param {string} text
 * @returns {LockHolder}
 */
function parseHolder(text) {
  try {
    /** @type {Partial<LockHolder>} */
    const { pid, identity, nonce, stopping, child } = JSON.parse(text);
    return {
      pid: Number(pid),
      identity: String(identity),
      nonce: String(nonce),
      stopping: stopping === true,
      ...(child !== undefined && { child }),
    };
  } catch {
    return { pid: 0, identity: '', nonce: '', stopping: false };
  }
}
