import { parseConfig } from '../../../src/runtime/settings/config.ts';
import { readInstallationIdentity } from '../../../src/db/core/installation.ts';
import { createSecretBox } from '../../../src/db/core/secret-box.ts';
import { createLogger } from '../../../src/runtime/core/logger.ts';
import { routeTemporalLogs, startWorkers } from '../../../src/runtime/temporal/worker.ts';
import { connectorFor } from '../github/github.ts';
import { connectDb, QUICK_RECOVERY } from './sync-world.ts';

/**
 * A worker process that asks its parent at every failpoint of an activity whether it may go on. The parent answers, or
 * kills it there.
 */
const config = parseConfig(process.env);
const timeoutMs = process.env['GITHUB_TIMEOUT_MS'];
routeTemporalLogs(createLogger('silent'));
let waiting: (() => void) | undefined;
process.on('message', () => waiting?.());
process.on('disconnect', () => process.exit(0));

let previous: Promise<void> = Promise.resolve();

/** Activities run side by side; their failpoints reach the parent one after another. */
function ask(failpoint: string): Promise<void> {
  previous = previous.then(
    () =>
      new Promise<void>((resolve) => {
        waiting = resolve;
        process.send?.({ failpoint });
      }),
  );
  return previous;
}

const db = connectDb(config.database.url ?? '');
const workers = await startWorkers({
  installation: await readInstallationIdentity(db),
  temporal: {
    address: config.temporal.address ?? '',
    namespace: config.temporal.namespace,
    tls: false,
    apiKey: undefined,
  },
  settings: config.worker,
  overrides: QUICK_RECOVERY,
  dependencies: {
    db,
    secrets: await createSecretBox([config.encryptionKey ?? '']),
    createGitHub: connectorFor(
      () => new Date(),
      timeoutMs === undefined ? undefined : Number(timeoutMs),
    ),
    concurrentRequests: 3,
    reserve: 0.2,
    directUrl: null,
    now: () => new Date(),
    onFailpoint: ask,
  },
});
process.send?.({ failpoint: 'ready' });
await workers.done;
// After a SIGTERM, which Temporal's runtime listens to; connections of the pool would keep the process.
process.exit(0);
