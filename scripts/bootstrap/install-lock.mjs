import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
      rmSync(path, { force: true });
    }
  }
  progress?.clear();
  try {
    return await work((pid) => {
      writeFileSync(path, JSON.stringify({ owner: identify(process.pid), child: identify(pid) }));
    });
  } finally {
    rmSync(path, { force: true });
  }
}

function tryLock(path) {
  try {
    writeFileSync(path, JSON.stringify({ owner: identify(process.pid) }), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') {
      throw error;
    }
    return false;
  }
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
