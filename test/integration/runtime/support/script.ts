import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { processIdentity } from '../../../../src/runtime/embedded/process-identity.mjs';
import { PATIENCE_MS } from '../../../support/patience.ts';

export const PROJECT_DIRECTORY = fileURLToPath(new URL('../../../..', import.meta.url));

const POLL_MS = 10;

/** A process that a test started. */
export interface Script {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Standard output and standard error so far. */
  output(): string;
  /** The first line of output that begins with `prefix`, without the prefix; fails when the process ends before. */
  line(prefix: string): Promise<string>;
  /** The exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals | null>;
}

/** Waits until `probe` answers something else than undefined and false. */
export async function waitFor<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) {
      return found;
    }
    if (performance.now() > deadline) {
      throw new Error(`Waited too long for ${what}`);
    }
    await delay(POLL_MS);
  }
}

/** Waits until the process has ended. */
export async function waitForEnd(pid: number): Promise<void> {
  await waitFor(
    `the end of process ${pid}`,
    async () => (await processIdentity(pid)) === undefined,
  );
}

/** Runs a TypeScript file of this folder with its argument as JSON. It is killed when the test is over. */
export function runScript(name: string, argument: unknown): Script {
  const path = fileURLToPath(new URL(name, import.meta.url));
  return runProgram(process.execPath, ['--import', 'tsx', path, JSON.stringify(argument)]);
}

/** Runs Node with some environment variables set or (undefined) unset, as `runProgram` does. */
export function runNode(
  args: readonly string[],
  variables: Readonly<Record<string, string | undefined>>,
): Script {
  const settings = Object.entries(variables);
  const unset = settings.flatMap(([name, value]) => (value === undefined ? ['-u', name] : []));
  const set = settings.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
  return runProgram('env', [...unset, ...set, process.execPath, ...args]);
}

/** Runs a program in the project's directory. It is killed when the test is over. */
export function runProgram(program: string, args: readonly string[]): Script {
  const child = spawn(program, args, {
    cwd: PROJECT_DIRECTORY,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const append = (chunk: string) => {
    output += chunk;
  };
  child.stdout.setEncoding('utf8').on('data', append);
  child.stderr.setEncoding('utf8').on('data', append);
  let ended = false;
  const exited = new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      ended = true;
      resolve(code ?? signal);
    });
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return {
    child,
    pid: child.pid ?? 0,
    output: () => output,
    exited,
    line: (prefix) =>
      waitFor(`"${prefix}" of process ${child.pid}`, () => {
        const found = output.split('\n').find((line) => line.startsWith(prefix));
        if (found === undefined && ended) {
          throw new Error(`Process ${child.pid} ended without saying "${prefix}":\n${output}`);
        }
        return found?.slice(prefix.length);
      }),
  };
}
