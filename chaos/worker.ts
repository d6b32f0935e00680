import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { SyncMoment } from '../src/activities/sync-dependencies.ts';
import { WORLD_ENCRYPTION_KEY, type SyncWorld } from '../test/support/sync-world.ts';
import type { Lab } from './lab.ts';

/** What a worker tells at each moment of an activity; it goes on when the answer is true, and is killed otherwise. */
export type OnMoment = (moment: SyncMoment) => Promise<boolean>;

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

/** Starts a worker for a world; answers when it polls. */
export async function startWorkerProcess(
  lab: Lab,
  world: SyncWorld,
  onMoment: OnMoment = async () => true,
): Promise<WorkerProcess> {
  const script = fileURLToPath(new URL('../test/support/killable-worker.ts', import.meta.url));
  const child = fork(script, {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: world.database.applicationUrl,
      TEMPORAL_ADDRESS: world.temporal.address,
      THROUGHLINE_ENCRYPTION_KEY: WORLD_ENCRYPTION_KEY,
      WORKFLOW_BUNDLE: lab.bundlePath,
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
  await untilReady(child, ended, () => complaints, onMoment);
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

async function untilReady(
  child: ChildProcess,
  ended: Promise<number | null>,
  complaints: () => string,
  onMoment: OnMoment,
): Promise<void> {
  const ready = new Promise<void>((resolve) => {
    child.on('message', ({ moment }: { moment: SyncMoment | 'ready' }) => {
      if (moment === 'ready') {
        resolve();
        return;
      }
      void onMoment(moment).then((goesOn) => {
        if (goesOn && child.connected) {
          child.send('go');
        } else {
          child.kill('SIGKILL');
        }
      });
    });
  });
  const failed = ended.then((code) => {
    throw new Error(`a worker ended with ${code} before it was ready: ${complaints()}`);
  });
  failed.catch(() => undefined);
  await Promise.race([ready, failed]);
}
