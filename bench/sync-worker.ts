import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { WORLD_ENCRYPTION_KEY } from '../test/support/worlds/connected-team.ts';
import type { SyncWorld } from '../test/support/worlds/sync-world.ts';

/** Memory of the worker's process, in megabytes of 1,000,000 bytes. */
export interface WorkerMemory {
  /** JavaScript's heap after a collection. */
  readonly heap: number;
  /** Highest resident set since the process began. */
  readonly peak: number;
}

/** What is run, and where it was built. */
export interface WorkerBuild {
  readonly projectDirectory: string;
  readonly dist: string;
}

/** The product's worker as it is shipped, in a process of its own. */
export interface MeasuredWorker {
  memory(): Promise<WorkerMemory>;
  stop(): Promise<void>;
}

/** Flags of node with which docker-compose.yml starts workers. */
export const WORKER_FLAGS: readonly string[] = [
  '--enable-source-maps',
  '--max-semi-space-size=4',
  '--heap-growing-percent=20',
  '--liftoff-only',
];

const READY = 'Working on';
const POLL_MS = 50;

/**
 * Builds what is shipped into a directory of the project's own, from where it finds the packages.
 * @returns the directory, which the caller removes
 */
export async function buildWorker(projectDirectory: string): Promise<string> {
  const dist = join(projectDirectory, '.throughline', `bench-${process.pid}`);
  const build = spawn(process.execPath, ['scripts/build.mjs', dist, '--no-check'], {
    cwd: projectDirectory,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = (await once(build, 'exit')) as [number | null];
  if (code !== 0) {
    throw new Error(`npm run build ended with ${code}`);
  }
  return dist;
}

/** Starts the shipped worker on a world, for one queue as in docker-compose.yml; answers when it polls. */
export async function startMeasuredWorker(
  { projectDirectory, dist }: WorkerBuild,
  world: SyncWorld,
  queue: 'sync' | 'compute',
): Promise<MeasuredWorker> {
  const directory = await mkdtemp(join(tmpdir(), 'throughline-worker-'));
  const probe = join(directory, 'memory.json');
  const preload = pathToFileURL(join(projectDirectory, 'bench', 'memory-probe.mjs')).href;
  const child = spawn(
    process.execPath,
    [...WORKER_FLAGS, '--expose-gc', '--import', preload, join(dist, 'cli', 'main.js'), 'worker'],
    {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        NODE_ENV: 'production',
        MEMORY_PROBE: probe,
        LOG_LEVEL: 'error',
        WORKER_QUEUES: queue,
        DATABASE_URL: world.database.applicationUrl,
        TEMPORAL_ADDRESS: world.temporal.address,
        THROUGHLINE_ENCRYPTION_KEY: WORLD_ENCRYPTION_KEY,
        THROUGHLINE_DATA_DIRECTORY: directory,
        WORKFLOW_BUNDLE: join(dist, 'workflow-bundle.js'),
        GITHUB_ALLOWED_HOSTS: '127.0.0.1',
      },
    },
  );
  let said = '';
  const ready = new Promise<void>((resolve, reject) => {
    const listen = (chunk: Buffer): void => {
      said += chunk.toString();
      if (said.includes(READY)) {
        resolve();
      }
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.once('exit', (code) => reject(new Error(`the worker ended with ${code}: ${said}`)));
  });
  await ready;
  return {
    async memory() {
      await rm(probe, { force: true });
      child.kill('SIGWINCH');
      const heap = await untilRead(probe);
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
      return { heap: heap / 1e6, peak: (Number(kilobytes) * 1024) / 1e6 };
    },
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Bytes of the heap, once the probe has written them. */
async function untilRead(path: string): Promise<number> {
  for (;;) {
    try {
      const { heapUsed } = JSON.parse(await readFile(path, 'utf8')) as {
        readonly heapUsed: number;
      };
      return heapUsed;
    } catch {
      await delay(POLL_MS);
    }
  }
}
