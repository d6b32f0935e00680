import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { access, constants, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { sizeOf } from './log-file.ts';
import { type Progress, reportLongStep } from './progress.ts';
import { runCommand } from './run-command.ts';

/** What is to be obtained, and where it is to lie. */
export interface ObtainRequest {
  readonly version: string;
  /** The executable's place in the cache; whatever lies there is replaced in one step. */
  readonly path: string;
  readonly onProgress: Progress;
}

/** How the search for Temporal's executable looks at the world. */
export interface TemporalProbes {
  /** The directory of our cache. */
  readonly cacheDirectory: string;
  /** What the executable says of its version; undefined when it is missing, does not run or is something else. */
  readVersion(path: string): Promise<string | undefined>;
  findOnPath(program: string): Promise<string | undefined>;
  /** The Temporal SDK's own download. Rejects with a reason. */
  download(request: ObtainRequest): Promise<void>;
  /** Builds from source with Go. Rejects with a reason. */
  build(request: ObtainRequest): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

const VERSION_TIMEOUT_MS = 20_000;
/** A network that swallows packets must not hold a start up; a download that moves may take its time. */
const DOWNLOAD_STALL_MS = 30_000;
const DOWNLOAD_TIMEOUT_MS = 600_000;
const BUILD_TIMEOUT_MS = 1_800_000;
const STALL_CHECK_MS = 500;

/** Where Go's installers put it without always adding it to PATH. */
const GO_PATHS = [
  '/usr/local/go/bin/go',
  '/usr/lib/go/bin/go',
  '/opt/homebrew/bin/go',
  '/snap/bin/go',
];

/**
 * Run in a process of its own: the download can only be had by starting a server, which would fix the SDK's one
 * runtime for the whole process, and it has no timeouts.
 */
const DOWNLOAD_SCRIPT = `
const [testing, downloadDir, version] = process.argv.slice(1);
const { TestWorkflowEnvironment } = require(testing);
TestWorkflowEnvironment.createLocal({
  server: { executable: { type: 'cached-download', downloadDir, version }, log: { format: 'pretty', level: 'error' } },
}).then((env) => env.teardown()).then(() => process.exit(0), (error) => {
  const reasons = [];
  for (let cause = error; cause; cause = cause.cause) reasons.push(cause.message);
  process.stderr.write(reasons.join(': '));
  process.exit(1);
});`;

/** The probes that look at this machine, with the PATH, HOME and XDG_CACHE_HOME of `environment`. */
export function createTemporalProbes(environment: Environment): TemporalProbes {
  const home = environment['HOME'] ?? homedir();
  const cache = environment['XDG_CACHE_HOME'] ?? '';
  const findOnPath = (program: string) =>
    findExecutable(
      (environment['PATH'] ?? '')
        .split(delimiter)
        .filter((directory) => isAbsolute(directory))
        .map((directory) => join(directory, program)),
    );
  return {
    cacheDirectory: join(isAbsolute(cache) ? cache : join(home, '.cache'), 'throughline'),
    findOnPath,
    async readVersion(path) {
      const { exitCode, output } = await runCommand(path, ['--version'], {
        env: environment,
        timeoutMs: VERSION_TIMEOUT_MS,
      });
      return exitCode === 0 && output.includes('temporal') ? output : undefined;
    },
    download: (request) =>
      obtain(request, (directory) => download(environment, request, directory)),
    build: (request) =>
      obtain(request, async (directory) => {
        const go = (await findOnPath('go')) ?? (await findExecutable(GO_PATHS));
        if (go === undefined) {
          throw new Error('Go is not installed');
        }
        await build(go, { ...environment, HOME: home, GOBIN: directory }, request);
      }),
  };
}

/** Has `fill` put one file into a directory of its own beside the target, and moves that file there in one step. */
async function obtain(
  { path }: ObtainRequest,
  fill: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = join(dirname(path), `new-${process.pid}-${randomUUID()}`);
  await mkdir(directory, { recursive: true });
  try {
    await fill(directory);
    const [name, ...others] = await readdir(directory);
    if (name === undefined || others.length > 0) {
      throw new Error('no single executable came of it');
    }
    await rename(join(directory, name), path);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function build(go: string, env: Environment, request: ObtainRequest): Promise<void> {
  const module = `github.com/temporalio/cli/cmd/temporal@v${request.version}`;
  const { exitCode, output } = await reportLongStep(
    request.onProgress,
    "building Temporal's dev server from source, about five minutes",
    () => runCommand(go, ['install', module], { env, timeoutMs: BUILD_TIMEOUT_MS }),
  );
  if (exitCode !== 0) {
    const lines = output.split('\n').filter((line) => !line.startsWith('go: downloading'));
    throw new Error(`go install ${module} failed: ${lines.slice(-3).join(' ')}`);
  }
}

async function download(
  env: Environment,
  request: ObtainRequest,
  directory: string,
): Promise<void> {
  const testing = createRequire(import.meta.url).resolve('@temporalio/testing');
  await reportLongStep(request.onProgress, "downloading Temporal's dev server", () =>
    watchDownload(
      spawn(process.execPath, ['-e', DOWNLOAD_SCRIPT, testing, directory, `v${request.version}`], {
        cwd: '/',
        env: { ...env },
        stdio: ['ignore', 'ignore', 'pipe'],
      }),
      directory,
    ),
  );
}

/** Waits for the download's process; ends it when no byte has come for a while, or after the longest time. */
async function watchDownload(child: ReturnType<typeof spawn>, directory: string): Promise<void> {
  let reason = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    reason += chunk;
  });
  const startedAt = performance.now();
  let lastBytes = 0;
  let lastChangeAt = startedAt;
  const giveUpWhenStalled = async () => {
    const bytes = await sizeOfFiles(directory);
    const now = performance.now();
    lastChangeAt = bytes === lastBytes ? lastChangeAt : now;
    lastBytes = bytes;
    if (now - lastChangeAt > DOWNLOAD_STALL_MS || now - startedAt > DOWNLOAD_TIMEOUT_MS) {
      reason = 'no answer from temporal.download';
      child.kill('SIGKILL');
    }
  };
  const timer = setInterval(() => void giveUpWhenStalled(), STALL_CHECK_MS);
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    if (exitCode !== 0) {
      throw new Error(reason.trim().replaceAll('\n', ' ') || 'the download failed');
    }
  } finally {
    clearInterval(timer);
  }
}

async function sizeOfFiles(directory: string): Promise<number> {
  const names = await readdir(directory).catch(() => []);
  const sizes = await Promise.all(names.map((name) => sizeOf(join(directory, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function findExecutable(candidates: readonly string[]): Promise<string | undefined> {
  for (const path of candidates) {
    if (await isExecutable(path)) {
      return path;
    }
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
