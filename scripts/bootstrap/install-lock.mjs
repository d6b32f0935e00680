import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { showProgress } from './progress-line.mjs';

const POLL_MS = 200;
const END_MS = 10_000;

/**
 * Runs `work` while no other start installs in the same folder: two npm at once would spoil each other's files. `work`
 * gets a function that notes the process it starts: if we are killed, the next start ends that process first.
 */
export async function withInstallLock(root, interrupts, work) {
  const directory = join(root, '.throughline');
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'install.lock');
  let progress;
  while (!tryLock(path)) {
    const holder = readLock(path);
    if (lives(holder?.owner)) {
      progress ??= showProgress(`waiting for process ${holder.owner.pid}, which is installing`);
      interrupts.check();
      await delay(POLL_MS);
    } else {
      await endProcess(holder?.child);
      removeDeadLock(path, holder);
    }
  }
  progress?.clear();
  try {
    return await work((pid) => {
      const draft = writeDraft(path, { owner: identify(process.pid), child: identify(pid) });
      renameSync(draft, path);
    });
  } finally {
    rmSync(path, { force: true });
  }
}

/** A lock is there whole or not at all: one that is read half written would pass for a dead one. */
function tryLock(path) {
  const draft = writeDraft(path, { owner: identify(process.pid) });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') {
      throw error;
    }
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

function writeDraft(path, lock) {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(lock));
  return draft;
}

/** Moves the lock away and looks at what was moved: a rival may have put its own there since we read it. */
function removeDeadLock(path, dead) {
  const moved = `${path}.${process.pid}.dead`;
  try {
    renameSync(path, moved);
  } catch {
    return;
  }
  if (JSON.stringify(readLock(moved)) !== JSON.stringify(dead)) {
    try {
      linkSync(moved, path);
    } catch {
      // Somebody has a new lock there already.
    }
  }
  rmSync(moved, { force: true });
}

function readLock(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** A process and when it began, by which a later process of the same number is told apart. */
function identify(pid) {
  return pid === undefined ? undefined : { pid, begin: beginOf(pid) };
}

function lives(identity) {
  return identity?.begin !== undefined && beginOf(identity.pid) === identity.begin;
}

/** Undefined when there is no such process or it has ended and was not collected yet. */
function beginOf(pid) {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' ? undefined : fields[19];
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

async function endProcess(identity) {
  for (const signal of ['SIGTERM', 'SIGKILL']) {
    if (!lives(identity)) {
      return;
    }
    process.kill(identity.pid, signal);
    const deadline = performance.now() + END_MS;
    while (lives(identity) && performance.now() < deadline) {
      await delay(POLL_MS);
    }
  }
}
