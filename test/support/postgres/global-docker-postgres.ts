import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The image that docker-compose.yml runs too. */
export const POSTGRES_IMAGE = 'postgres:18';

/** A daemon that does not answer must not hold the tests up. */
const PROBE_TIMEOUT_MS = 5_000;
const START_TIMEOUT_MS = 60_000;

export interface DockerPostgres {
  readonly superuserUrl: string;
  stop(): Promise<void>;
}

/** Whether a Docker daemon answers and already has the image: nothing is pulled for the tests. */
export async function hasPostgresImage(): Promise<boolean> {
  try {
    await run('docker', ['image', 'inspect', POSTGRES_IMAGE], { timeout: PROBE_TIMEOUT_MS });
    return true;
  } catch {
    return false;
  }
}

/** Runs the image on a free port of loopback, without durability; `stop` removes the container and its data. */
export async function startDockerPostgres(
  waitForPostgres: (url: string, timeoutMs: number) => Promise<void>,
): Promise<DockerPostgres> {
  const options = '--rm --detach --publish 127.0.0.1::5432 --label throughline.test=postgres';
  const settings = '--env POSTGRES_HOST_AUTH_METHOD=trust';
  const loose =
    '-c fsync=off -c full_page_writes=off -c shared_preload_libraries=pg_stat_statements';
  const command = `run ${options} ${settings} ${POSTGRES_IMAGE} ${loose}`;
  const { stdout } = await run('docker', command.split(' '));
  const container = stdout.trim();
  const stop = async (): Promise<void> => {
    await run('docker', ['rm', '--force', '--volumes', container]);
  };
  try {
    const published = await run('docker', ['port', container, '5432/tcp']);
    const address = published.stdout.trim().split('\n')[0] ?? '';
    const superuserUrl = `postgresql://postgres@${address}/postgres`;
    await waitForPostgres(superuserUrl, START_TIMEOUT_MS);
    return { superuserUrl, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
