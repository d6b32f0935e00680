import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endProcess } from '../../src/runtime/embedded/process-identity.mjs';
import { lives, tryProcessLock } from '../../src/runtime/embedded/process-lock.mjs';
import { showProgress } from './progress-line.mjs';

const POLL_MS = 200;
const END_MS = 10_000;
const ENDING = [
  { signal: 'SIGTERM', waitMs: END_MS },
  { signal: 'SIGKILL', waitMs: END_MS },
];

/**
 * Runs `work` while no other start installs in the same folder: two npm at once would spoil each other's files. `work`
 * gets a function that notes the process it starts: if we are killed, the next start ends that process first.
 */
export async function withInstallLock(root, interrupts, work) {
  const lock = await waitForLock(join(root, '.throughline', 'install.lock'), interrupts);
  try {
    return await work((pid) => lock.noteChild(pid));
  } finally {
    await lock.release();
  }
}

async function waitForLock(path, interrupts) {
  let progress;
  try {
    for (;;) {
      const { lock, holder } = await tryProcessLock(path, endChild);
      if (lock !== undefined) {
        return lock;
      }
      progress ??= showProgress(`waiting for process ${holder.pid}, which is installing`);
      interrupts.check();
      await delay(POLL_MS);
    }
  } finally {
    progress?.clear();
  }
}

async function endChild({ child }) {
  if (child !== undefined && (await lives(child))) {
    await endProcess(child.pid, ENDING);
  }
}
