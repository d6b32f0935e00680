import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The environment of a command: nothing of ours leaks in but what a shell needs, and the workflows that were bundled for the run.
 * A test that is to see the command bundle them itself sets WORKFLOW_BUNDLE to ''.
 */
function commandEnvironment(settings: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { PATH, HOME, XDG_CACHE_HOME, TEMPORAL_CLI_PATH } = process.env;
  return {
    PATH,
    HOME,
    WORKFLOW_BUNDLE: inject('workflowBundle'),
    ...(XDG_CACHE_HOME === undefined ? {} : { XDG_CACHE_HOME }),
    ...(TEMPORAL_CLI_PATH === undefined ? {} : { TEMPORAL_CLI_PATH }),
    ...settings,
  };
}

/** Runs `throughline …` as a user would, to its end. */
export function runCommand(
  args: readonly string[],
  settings: Readonly<Record<string, string>>,
): Promise<CommandResult> {
  return runScript('scripts/throughline.mjs', args, settings);
}

/** Runs `npm run <tool> -- …`, such as chaos or bench, to its end. */
export function runNpmScript(
  tool: string,
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  return runScript('scripts/bootstrap.mjs', [tool, ...args], settings);
}

async function runScript(
  script: string,
  args: readonly string[],
  settings: Readonly<Record<string, string>>,
): Promise<CommandResult> {
  const child = spawn(process.execPath, [script, ...args], {
    cwd: PROJECT,
    env: commandEnvironment(settings),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/**
 * What a command printed as JSON.
 * @throws when it printed none, with its exit code and all that it said instead
 */
export function readPrintedJson(result: CommandResult): unknown {
  try {
    return JSON.parse(result.stdout);
  } catch (cause) {
    throw new Error(
      `The command ended with ${result.code} and printed no JSON: ${result.stdout || 'nothing'}\n${result.stderr}`,
      { cause },
    );
  }
}

export interface RunningCommand {
  readonly process: ChildProcess;
  /** What a line of standard output captured, once it was printed. */
  readonly line: (pattern: RegExp) => Promise<string>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts `throughline …` straight (no start script between), so that a signal reaches it. */
export function startCommand(
  args: readonly string[],
  settings: Readonly<Record<string, string>>,
): RunningCommand {
  return startProgram(
    process.execPath,
    ['--import', 'tsx', 'src/cli/main.ts', ...args],
    commandEnvironment(settings),
  );
}

/** Starts a program in the project's folder, with this environment and nothing else of ours. */
export function startProgram(
  path: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): RunningCommand {
  const child = spawn(path, args, { cwd: PROJECT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const see = (line: string): void => {
    lines.push(line);
    for (const look of waiting) {
      look();
    }
  };
  createInterface({ input: child.stdout }).on('line', see);
  createInterface({ input: child.stderr }).on('line', see);
  const exited = once(child, 'exit');
  return {
    process: child,
    line: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          for (const line of lines) {
            const match = pattern.exec(line);
            if (match !== null) {
              waiting.delete(look);
              resolve(match[1] ?? match[0]);
              return;
            }
          }
        };
        waiting.add(look);
        void exited.then(() =>
          reject(new Error(`${args.join(' ')} ended before it said so:\n${lines.join('\n')}`)),
        );
        look();
      }),
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      await exited;
    },
  };
}
