import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const POLL_MS = 50;
const PS_TIMEOUT_MS = 60_000;

/** `ps` writes when a process began by these: the same for everybody who asks. */
const PS_ENVIRONMENT = { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' };

/**
 * A text that stays the same while process `pid` lives and differs for the next process of that number; undefined
 * when there is no such process or it has ended and only waits to be collected.
 *
 * @param {number} pid
 * @returns {Promise<string | undefined>}
 */
export async function processIdentity(pid) {
  if (!signalProcess(pid, 0)) {
    return undefined;
  }
  if (process.platform !== 'linux') {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'stat=,lstart=', '-p', `${pid}`], {
      env: PS_ENVIRONMENT,
      timeout: PS_TIMEOUT_MS,
    }).catch(() => ({ stdout: '' }));
    const [state = '', ...startedAt] = stdout.trim().split(/\s+/);
    return state === '' || state.startsWith('Z') ? undefined : startedAt.join(' ');
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) {
    return undefined;
  }
  // The program's name stands in parentheses and may itself contain spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields[0], fields[19]];
  if (state === 'Z' || state === 'X') {
    return undefined;
  }
  const bootId = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return `${startTicks}@${bootId.trim()}`;
}

/**
 * Sends a signal (0 only asks); answers whether there is such a process. One that belongs to another user counts.
 *
 * @param {number} pid
 * @param {NodeJS.Signals | 0} signal
 * @returns {boolean}
 */
export function signalProcess(pid, signal) {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * Ends a process: sends the signals one after the other until it has ended, waiting after each as long as it says.
 * Answers whether it has ended.
 *
 * @param {number} pid
 * @param {readonly { readonly signal: NodeJS.Signals; readonly waitMs: number }[]} steps
 * @returns {Promise<boolean>}
 */
export async function endProcess(pid, steps) {
  for (const { signal, waitMs } of steps) {
    if (!signalProcess(pid, signal) || (await waitForExit(pid, waitMs))) {
      return true;
    }
  }
  return false;
}

/**
 * Waits until the process has ended, at most `timeoutMs`; answers whether it has.
 *
 * @param {number} pid
 * @param {number} timeoutMs
 */
async function waitForExit(pid, timeoutMs) {
  const identity = await processIdentity(pid);
  const deadline = performance.now() + timeoutMs;
  for (let now = identity; now !== undefined; now = await processIdentity(pid)) {
    if (now !== identity) {
      return true;
    }
    if (performance.now() >= deadline) {
      return false;
    }
    await delay(POLL_MS);
  }
  return true;
}
