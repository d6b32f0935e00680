import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { SyncFailpoint } from '../src/activities/requests/sync-dependencies.ts';
import { WORLD_ENCRYPTION_KEY } from '../test/support/worlds/connected-team.ts';
import type { SyncWorld } from '../test/support/worlds/sync-world.ts';
import type { Lab } from './lab.ts';

/** What a worker asks at each failpoint of an activity; it goes on when the answer is true, and is killed otherwise. */
export type OnFailpoint = (failpoint: SyncFailpoint) => Promise<boolean>;

/** A worker in a process of its own. */
export interface WorkerProcess {
  readonly pid: number;
  /** Settles when the process has ended, with its exit code; null after a signal. */
  readonly ended: Promise<number | null>;
  /** What it wrote to its standard error. */
  readonly complaints: () => string;
  kill(): Promise<void>;
  /** Lets it end in order. */
  terminate(): Promise<number | null>;
}

/**
 * Starts a worker for a world; answers when it polls.
 * @param gitHubTimeoutMs of a request to GitHub; that of the product unless given
 */
export async function startWorkerProcess(
  lab: Lab,
  world: SyncWorld,
  onFailpoint: OnFailpoint = async () => true,
  gitHubTimeoutMs?: number,
): Promise<WorkerProcess> {
  const script = fileURLToPath(
    new URL('../test/support/worlds/killable-worker.ts', import.meta.url),
  );
  const child = fork(script, {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: world.database.applicationUrl,
      TEMPORAL_ADDRESS: world.temporal.address,
      THROUGHLINE_ENCRYPTION_KEY: WORLD_ENCRYPTION_KEY,
      WORKFLOW_BUNDLE: lab.bundlePath,
      WORKER_QUEUES: 'sync,compute',
      ...(gitHubTimeoutMs === undefined ? {} : { GITHUB_TIMEOUT_MS: String(gitHubTimeoutMs) }),
    },
  });
  let complaints = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  lab.onEnd(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const failed = ended.then((code) => {
    throw new Error(`a worker ended with ${code} before it was ready: ${complaints}`);
  });
  failed.catch(() => undefined);
  await Promise.race([answerFailpoints(child, onFailpoint), failed]);
  return {
    pid: child.pid ?? 0,
    ended,
    complaints: () => complaints,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async terminate() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/**
 * Answers what a worker process tells, until it is gone; resolves when it is ready. When `onMoment` fails the worker is
 * killed, and the failure reaches nobody: the experiment is broken off with it, whatever it waits for.
 */
export function answerFailpoints(child: ChildProcess, onFailpoint: OnFailpoint): Promise<void> {
  return new Promise((resolve) => {
    child.on('message', ({ failpoint }: { failpoint: SyncFailpoint | 'ready' }) => {
      if (failpoint === 'ready') {
        resolve();
        return;
      }
      void onFailpoint(failpoint).then(
        (keepsRunning) => {
          if (keepsRunning) {
            // To a worker that is gone nothing can be sent; without somebody to tell, the error would end us.
            child.send('go', () => undefined);
          } else {
            child.kill('SIGKILL');
          }
        },
        (error: unknown) => {
          child.kill('SIGKILL');
          throw error;
        },
      );
    });
  });
}
