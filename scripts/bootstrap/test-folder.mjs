import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const PREFIX = 'throughline-test-run-';
const POLL_MS = 50;

/** PostgreSQL's fast shutdown, which Temporal and our own programs know too. */
const ENDING = [
  { signal: 'SIGINT', waitMs: 10_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
];

/**
 * Runs `work` with a folder of its own for temporary files. Whatever becomes of the work, the processes that name the
 * folder are ended afterwards, and the folder goes: servers of tests are in sessions of their own, and no signal to those
 * who started them reaches them. A folder whose run was killed is dealt with by the next run.
 */
export async function withTestFolder(work) {
  const parent = realpathSync(tmpdir());
  for (const folder of forgottenFolders(parent)) {
    await removeWithProcesses(folder);
  }
  const folder = mkdtempSync(join(parent, `${PREFIX}${process.pid}-`));
  // As root PostgreSQL runs as another user, who must be able to pass through.
  chmodSync(folder, 0o755);
  try {
    return await work(folder);
  } finally {
    await removeWithProcesses(folder);
  }
}

function forgottenFolders(parent) {
  return readdirSync(parent)
    .filter((name) => name.startsWith(PREFIX))
    .filter((name) => !lives(Number.parseInt(name.slice(PREFIX.length), 10)))
    .map((name) => join(parent, name))
    .filter((folder) => statSync(folder, { throwIfNoEntry: false })?.uid === process.getuid?.());
}

function lives(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

async function removeWithProcesses(folder) {
  for (const { signal, waitMs } of ENDING) {
    const deadline = performance.now() + waitMs;
    const asked = new Set();
    for (
      let left = processesNaming(folder);
      left.length > 0 && performance.now() < deadline;
      left = processesNaming(folder)
    ) {
      for (const pid of left.filter((each) => !asked.has(each))) {
        asked.add(pid);
        end(pid, signal);
      }
      await delay(POLL_MS);
    }
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

function end(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

/** Numbers of the processes whose command line has the folder in it. */
function processesNaming(folder) {
  return listCommands()
    .filter(({ pid, command }) => pid !== process.pid && command.includes(folder))
    .map(({ pid }) => pid);
}

function listCommands() {
  if (process.platform !== 'linux') {
    return execFileSync('ps', ['-axww', '-o', 'pid=,command='], { encoding: 'utf8' })
      .split('\n')
      .map((line) => ({ pid: Number.parseInt(line, 10), command: line }));
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), command: readCommand(name) }));
}

/** Empty of a process that has ended, also of one that nobody has collected. */
function readCommand(name) {
  try {
    return readFileSync(`/proc/${name}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
