import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Progress } from './progress.ts';
import { type LockHolder, type ProcessLock, tryProcessLock } from './process-lock.mjs';
import { readRunFile } from './run-file.ts';
import { SetupError } from './setup-error.ts';

export interface InstanceLockOptions {
  readonly dataDirectory: string;
  readonly progress: Progress;
  /** How long one that is not known to stop is waited for: it may be about to notice that it should. */
  readonly graceMs?: number;
  /** How long one that is shutting down is waited for. */
  readonly stoppingMs?: number;
}

const GRACE_MS = 3000;
const STOPPING_MS = 60_000;
const POLL_MS = 100;

/**
 * Takes the one place that a data directory has for a running start. What a killed start left is taken over; one that
 * shuts down is waited for. Throws SetupError, with the other's process and addresses, when it is taken.
 */
export async function acquireInstanceLock(options: InstanceLockOptions): Promise<ProcessLock> {
  const { dataDirectory, progress, graceMs = GRACE_MS, stoppingMs = STOPPING_MS } = options;
  const startedAt = performance.now();
  let announced = false;
  for (;;) {
    const { lock, holder } = await tryProcessLock(join(dataDirectory, 'instance.lock'));
    if (lock !== undefined) {
      return lock;
    }
    const waitedMs = performance.now() - startedAt;
    if (waitedMs >= (holder.stopping ? stoppingMs : graceMs)) {
      throw new SetupError(await describeHolder(dataDirectory, holder));
    }
    if (!announced && holder.stopping) {
      announced = true;
      progress(`waiting for process ${holder.pid}, which is shutting down`);
    }
    await delay(POLL_MS);
  }
}

/** Takes the lock on what one part keeps in a data directory. Throws SetupError when another process has it. */
export async function lockPart(
  dataDirectory: string,
  file: string,
  part: string,
): Promise<ProcessLock> {
  const { lock, holder } = await tryProcessLock(join(dataDirectory, file));
  if (lock === undefined) {
    throw new SetupError(
      `The ${part} data in ${dataDirectory} are in use by process ${holder.pid}; stop it first.`,
    );
  }
  return lock;
}

async function describeHolder(dataDirectory: string, holder: LockHolder): Promise<string> {
  const run = await readRunFile(dataDirectory).catch(() => undefined);
  const addresses =
    run?.pid === holder.pid
      ? `: GraphQL ${run.graphqlUrl}, Temporal UI ${run.temporalUiUrl ?? 'not configured'}`
      : '';
  return (
    `Throughline already runs on ${dataDirectory} (process ${holder.pid}${addresses}); ` +
    `stop it first, or set THROUGHLINE_DATA_DIRECTORY to another directory.`
  );
}
