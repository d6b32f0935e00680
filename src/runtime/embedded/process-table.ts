import { readdir, readFile } from 'node:fs/promises';
import { runCommand } from './run-command.ts';

/** A process that runs on this machine. */
export interface ProcessEntry {
  readonly pid: number;
  /** The command line: one entry an argument on Linux; elsewhere one entry with all of it. */
  readonly command: readonly string[];
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
  const entries = names
    .filter((name) => /^\d+$/.test(name))
    .map(async (name) => {
      const text = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
      return { pid: Number(name), command: text.replace(/\0$/, '').split('\0') };
    });
  // A process that is gone, or has no command line, has one empty word.
  return (await Promise.all(entries)).filter(({ command }) => command.join('') !== '');
}

/** One process; undefined when it is gone. */
export async function findProcess(pid: number): Promise<ProcessEntry | undefined> {
  return (await listProcesses()).find((entry) => entry.pid === pid);
}

/** Whether the option `name` with `value` stands in a command line (as two arguments). */
export function hasOption(entry: ProcessEntry, name: string, value: string): boolean {
  const index = entry.command.indexOf(name);
  return entry.command.length === 1
    ? `${entry.command[0]} `.includes(` ${name} ${value} `)
    : index >= 0 && entry.command[index + 1] === value;
}
