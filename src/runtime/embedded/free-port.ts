import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';

const LOOPBACK = '127.0.0.1';

async function listen(port: number): Promise<Server> {
  const server = createServer().listen({ port, host: LOOPBACK, exclusive: true });
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new Error('A TCP server has no port');
  }
  return address.port;
}

/**
 * Finds as many different free TCP ports on loopback as `preferred` has entries: each the preferred one when that is
 * free, else any. The ports are free when this answers; whoever uses one must expect that another program was faster.
 */
export async function findFreePorts(preferred: readonly (number | undefined)[]): Promise<number[]> {
  const servers: Server[] = [];
  try {
    for (const port of preferred) {
      servers.push(await listen(port ?? 0).catch(() => listen(0)));
    }
    return servers.map(portOf);
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

/** Finds one free TCP port on loopback: `preferred` when that is free, else any. */
export async function findFreePort(preferred?: number): Promise<number> {
  const [port] = await findFreePorts([preferred]);
  if (port === undefined) {
    throw new Error('No free port was found');
  }
  return port;
}

function portFile(dataDirectory: string, name: string): string {
  return join(dataDirectory, 'ports', name);
}

/** The port that `rememberPort` kept under `name`; undefined when there is none. */
export async function recallPort(dataDirectory: string, name: string): Promise<number | undefined> {
  const text = await readFile(portFile(dataDirectory, name), 'utf8').catch(() => '');
  const port = Number(text);
  return Number.isInteger(port) && port > 0 && port <= 65_535 ? port : undefined;
}

/** Keeps a port for the next start, so that addresses stay the same when they can. */
export async function rememberPort(
  dataDirectory: string,
  name: string,
  port: number,
): Promise<void> {
  await mkdir(join(dataDirectory, 'ports'), { recursive: true });
  await writeFile(portFile(dataDirectory, name), `${port}\n`);
}
