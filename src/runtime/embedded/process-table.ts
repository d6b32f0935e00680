import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { runCommand } from './run-command.ts';

/** A process that runs on this machine. */
export interface ProcessEntry {
  readonly pid: number;
  /** The command line: one entry an argument on Linux; elsewhere one entry with all of it. */
  readonly command: readonly string[];
}

const POLL_MS = 50;

/**
 * A text that stays the same while process `pid` lives and differs for the next process of that number; undefined
 * when there is no such process or it has ended and only waits to be collected.
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  if (!signalProcess(pid, 0)) {
    return undefined;
  }
  if (process.platform !== 'linux') {
    const { exitCode, output } = await runCommand('ps', ['-o', 'stat=,lstart=', '-p', String(pid)]);
    const [state = '', ...startedAt] = output.split(/\s+/);
    return exitCode === 0 && !state.startsWith('Z') ? startedAt.join(' ') : undefined;
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

/** Sends a signal (0 only asks); answers whether there is such a process. One that belongs to another user counts. */
export function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** All processes that we may see, without those that ended while we looked. */
export async function listProcesses(): Promise<ProcessEntry[]> {
  if (process.platform !== 'linux') {
    const { output } = await runCommand('ps', ['-A', '-ww', '-o', 'pid=,command=']);
    return output.split('\n').flatMap((line) => {
      const [, pid, command] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
      return pid === undefined || command === undefined
        ? []
        : [{ pid: Number(pid), command: [command] }];
    });
  }
  const names = await readdir('/proc');
  const entries = await Promise.all(
    names.filter((name) => /^\d+$/.test(name)).map((name) => readProcess(Number(name))),
  );
  return entries.filter((entry) => entry !== undefined);
}

/** The command line of one process; undefined when it is gone. */
export async function readProcess(pid: number): Promise<ProcessEntry | undefined> {
  if (process.platform !== 'linux') {
    const { exitCode, output } = await runCommand('ps', [
      '-ww',
      '-o',
      'command=',
      '-p',
      String(pid),
    ]);
    return exitCode === 0 ? { pid, command: [output] } : undefined;
  }
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return text === '' ? undefined : { pid, command: text.replace(/\0$/, '').split('\0') };
}

/** Whether the option `name` with `value` stands in a command line (as two arguments). */
export function hasOption(entry: ProcessEntry, name: string, value: string): boolean {
  const index = entry.command.indexOf(name);
  return entry.command.length === 1
    ? `${entry.command[0]} `.includes(` ${name} ${value} `)
    : index >= 0 && entry.command[index + 1] === value;
}

/** Waits until the process has ended, at most `timeoutMs`; answers whether it has. */
async function waitForExit(pid: number, timeoutMs: number): Promise<boolean> {
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

/**
 * Ends a process: sends the signals one after the other until it has ended, waiting after each as long as it says.
 * Answers whether it has ended.
 */
export async function endProcess(
  pid: number,
  steps: readonly { readonly signal: NodeJS.Signals; readonly waitMs: number }[],
): Promise<boolean> {
  for (const { signal, waitMs } of steps) {
    if (!signalProcess(pid, signal) || (await waitForExit(pid, waitMs))) {
      return true;
    }
  }
  return false;
}
