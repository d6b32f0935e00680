import { spawn } from 'node:child_process';

/** The user as whom a process runs; undefined means the user that runs us. */
export interface ProcessUser {
  readonly uid: number;
  readonly gid: number;
}

export interface CommandOptions {
  readonly user?: ProcessUser | undefined;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs?: number;
}

export interface CommandResult {
  /** Undefined when the command could not be started or was ended by a signal. */
  readonly exitCode: number | undefined;
  /** Standard output and standard error as they came; at most the last 64 KiB. */
  readonly output: string;
}

/** A small fixed environment: variables such as PGDATA or LD_PRELOAD of the caller must not reach the tools. */
export const PLAIN_ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
} as const;

const MAX_OUTPUT_CHARACTERS = 64 * 1024;
const TIMEOUT_MS = 60_000;

/**
 * Runs a program to its end, from the root directory because the working directory may be closed to the other user.
 * Never rejects: a program that is missing or may not be run has no exit code, and the reason as its output.
 */
export function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    let output = '';
    const append = (chunk: string) => {
      output = (output + chunk).slice(-MAX_OUTPUT_CHARACTERS);
    };
    // Not spawn's own: that one is not cleared when the program cannot be run, and holds the process for a minute.
    let timer: NodeJS.Timeout | undefined;
    const finish = (exitCode: number | undefined) => {
      clearTimeout(timer);
      resolve({ exitCode, output: output.trim() });
    };
    try {
      const child = spawn(program, args, {
        cwd: '/',
        env: { ...(options.env ?? PLAIN_ENVIRONMENT) },
        stdio: ['ignore', 'pipe', 'pipe'],
        ...options.user,
      });
      timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? TIMEOUT_MS);
      child.stdout.setEncoding('utf8').on('data', append);
      child.stderr.setEncoding('utf8').on('data', append);
      child.on('error', (error) => {
        append(error.message);
        finish(undefined);
      });
      child.on('close', (code, signal) => {
        append(signal === null ? '' : `\nended by ${signal}`);
        finish(code ?? undefined);
      });
    } catch (error) {
      append(String(error));
      finish(undefined);
    }
  });
}
