import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { exitCodeOf } from './interrupts.mjs';

const LEFTOVER_MS = 3000;
const POLL_MS = 50;

/**
 * Runs a Node program to its end and answers its exit code. The program has a process group of its own, so a Ctrl-C
 * in the terminal reaches only us, and we pass it on once, to the program alone: it can shut down in order. A second
 * one kills the whole group. When we are killed, the channel to the program closes and it shuts down by itself
 * (follow-parent.mjs). What the program leaves of its group is ended.
 */
export async function supervise({ nodeArgs, script, args, cwd, env = {} }, interrupts) {
  const follow = new URL(`follow-parent.mjs?parent=${process.pid}`, import.meta.url);
  const child = spawn(process.execPath, ['--import', follow.href, ...nodeArgs, script, ...args], {
    cwd,
    env: { ...process.env, ...env },
    detached: true,
    // In a session of its own the program cannot read from our terminal, and must not change its mode.
    stdio: [process.stdin.isTTY ? 'ignore' : 'inherit', 'inherit', 'inherit', 'ipc'],
  });
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      resolve(signal === null ? code : exitCodeOf(signal));
    });
  });
  let asked = false;
  const exitCode = await interrupts.during(
    (signal) => {
      if (asked) {
        process.stderr.write(
          'Interrupted again: ending at once. The next start cleans up what is left.\n',
        );
        signalGroup(child.pid, 'SIGKILL');
      } else {
        asked = true;
        child.kill(signal);
      }
    },
    () => ended,
  );
  await endLeftovers(child.pid);
  return exitCode;
}

/** Ends what is left of a group whose leader is gone, such as the servers of a program that crashed. */
async function endLeftovers(group) {
  for (const signal of ['SIGTERM', 'SIGKILL']) {
    if (!groupLives(group)) {
      return;
    }
    signalGroup(group, signal);
    const deadline = performance.now() + LEFTOVER_MS;
    while (groupLives(group) && performance.now() < deadline) {
      await delay(POLL_MS);
    }
  }
}

/** Answers whether there is such a group. Signal 0 only asks. */
function signalGroup(group, signal) {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}

/** Whether any process of the group still runs. In a container without an init, ended ones stay listed for ever. */
function groupLives(group) {
  if (!signalGroup(group, 0)) {
    return false;
  }
  if (process.platform !== 'linux') {
    return true;
  }
  return readdirSync('/proc').some((name) => {
    try {
      const stat = readFileSync(`/proc/${Number(name)}/stat`, 'utf8');
      const [state, , processGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return Number(processGroup) === group && state !== 'Z' && state !== 'X';
    } catch {
      return false;
    }
  });
}
