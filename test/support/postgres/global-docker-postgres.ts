import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { ContainerRuntimeClient } from 'testcontainers';
import { signalProcess } from '../../../src/runtime/embedded/process-table.ts';

/** The image that docker-compose.yml runs too. */
export const POSTGRES_IMAGE = 'postgres:18';

/** A daemon that does not answer must not hold the tests up. */
const PROBE_TIMEOUT_MS = 5_000;

/** Parallel statements share memory there; Docker's 64 MB are too few. */
const SHARED_MEMORY_BYTES = 1024 ** 3;

/** On a container: the machine and the process of the run that it belongs to. */
const HOST_LABEL = 'throughline.test.host';
const PROCESS_LABEL = 'throughline.test.process';

export interface DockerPostgres {
  readonly superuserUrl: string;
  stop(): Promise<void>;
}

/**
 * Runs the image with these settings on a free port; `stop` removes the container and its data. Undefined when no
 * Docker daemon answers or it does not have the image: nothing is pulled for the tests.
 */
export async function startDockerPostgres(
  settings: Readonly<Record<string, string>>,
): Promise<DockerPostgres | undefined> {
  // Its container that removes forgotten ones is an image that would be pulled, and the run removes its own.
  process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
  // Loaded here only: the library takes a third of a second.
  const { getContainerRuntimeClient, ImageName } = await import('testcontainers');
  const docker = await Promise.race([
    getContainerRuntimeClient().catch(() => undefined),
    delay(PROBE_TIMEOUT_MS, undefined, { ref: false }),
  ]);
  if (docker === undefined || !(await docker.image.exists(ImageName.fromString(POSTGRES_IMAGE)))) {
    return undefined;
  }
  await removeForgotten(docker);
  const { PostgreSqlContainer } = await import('@testcontainers/postgresql');
  const container = await new PostgreSqlContainer(POSTGRES_IMAGE)
    .withUsername('postgres')
    .withDatabase('postgres')
    // The port is open to the machine's network.
    .withPassword(randomBytes(16).toString('hex'))
    .withCommand(Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]))
    .withSharedMemorySize(SHARED_MEMORY_BYTES)
    .withLabels({ [HOST_LABEL]: hostname(), [PROCESS_LABEL]: String(process.pid) })
    .start();
  return {
    superuserUrl: container.getConnectionUri(),
    stop: async () => {
      await container.stop();
    },
  };
}

/** A run that was killed leaves its container running; the next run on this machine removes it. */
async function removeForgotten({ container }: ContainerRuntimeClient): Promise<void> {
  const label = [`${HOST_LABEL}=${hostname()}`];
  const ours = await container.dockerode.listContainers({ all: true, filters: { label } });
  const forgotten = ours.filter(({ Labels }) => !signalProcess(Number(Labels[PROCESS_LABEL]), 0));
  for (const { Id } of forgotten) {
    // Another run may be removing it at the same time.
    await container.dockerode
      .getContainer(Id)
      .remove({ force: true, v: true })
      .catch(() => undefined);
  }
}
