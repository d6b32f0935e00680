import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { stopLeftoverServer } from '../../../../src/runtime/embedded/postgres-server.ts';
import { endProcess } from '../../../../src/runtime/embedded/process-identity.mjs';
import { hasOption, listProcesses } from '../../../../src/runtime/embedded/process-table.ts';
import { homeTag } from '../../../../src/runtime/embedded/temporal-server.ts';

/**
 * A directory for temporary files that every user can enter. When the test is over, what still runs on data below it
 * is ended and the directory is removed.
 */
export async function createDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'throughline-test-'));
  await chmod(directory, 0o755);
  onTestFinished(async () => {
    await endServers(directory);
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  });
  return directory;
}

async function endServers(directory: string): Promise<void> {
  const tag = homeTag(`${directory}/`).slice(0, -1);
  for (const entry of await listProcesses()) {
    const words = entry.command.join(' ').split(' ');
    const cluster = words[words.indexOf('-D') + 1];
    if (cluster?.startsWith(`${directory}/`) && hasOption(entry, '-D', cluster)) {
      await stopLeftoverServer(cluster, () => undefined);
    } else if (words.some((word) => word.startsWith(tag))) {
      await endProcess(entry.pid, [{ signal: 'SIGKILL', waitMs: 5000 }]);
    }
  }
}

/** The process of the server on a cluster, by its lock file. */
export async function readServerPid(cluster: string): Promise<number> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8');
  return Number(text.split('\n')[0]);
}
