import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../../src/runtime/embedded/postgres.ts';
import { stopLeftoverServer } from '../../../src/runtime/embedded/postgres-server.ts';
import { signalProcess } from '../../../src/runtime/embedded/process-identity.mjs';

export interface EmbeddedTestPostgres {
  readonly superuserUrl: string;
  stop(): Promise<void>;
}

const PREFIX = 'throughline-test-postgres-';

/** Durability is for data that outlive the run. */
export const FAST_AND_LOOSE = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
};

/** Starts a cluster of its own in the directory for temporary files; `stop` removes all of it. */
export async function startEmbeddedTestPostgres(
  onProgress: (message: string) => void,
): Promise<EmbeddedTestPostgres> {
  await removeLeftovers(onProgress);
  const directory = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  // As root the server runs as another user, who must be able to pass through.
  await chmod(directory, 0o711);
  const started = await startEmbeddedPostgres({
    dataDirectory: join(directory, 'data'),
    onProgress,
    extraSettings: FAST_AND_LOOSE,
  });
  return {
    superuserUrl: started.superuserUrl,
    stop: async () => {
      await started.stop();
      await rm(started.dataDirectory, { recursive: true, force: true });
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A run that was killed leaves its server running; the next run ends it. */
async function removeLeftovers(onProgress: (message: string) => void): Promise<void> {
  const names = await readdir(tmpdir());
  for (const name of names.filter((candidate) => candidate.startsWith(PREFIX))) {
    const pid = Number.parseInt(name.slice(PREFIX.length), 10);
    if (!signalProcess(pid, 0)) {
      const directory = join(tmpdir(), name);
      await stopLeftoverServer(join(directory, 'data', 'postgres'), onProgress);
      await rm(directory, { recursive: true, force: true });
    }
  }
}
