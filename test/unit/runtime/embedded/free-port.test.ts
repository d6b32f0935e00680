import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  findFreePort,
  findFreePorts,
  recallPort,
  rememberPort,
} from '../../../../src/runtime/embedded/free-port.ts';

function occupy(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      resolve(server);
    });
  });
}

it('a preferred port is taken when it is free, and another when it is not', async () => {
  const port = await findFreePort();
  expect(await findFreePort(port)).toBe(port);
  const server = await occupy(port);
  try {
    expect(await findFreePort(port)).not.toBe(port);
  } finally {
    server.close();
  }
});

it('ports that are asked for together differ, also when the same one is preferred', async () => {
  const port = await findFreePort();
  const ports = await findFreePorts([port, port, undefined, undefined]);
  expect(ports[0]).toBe(port);
  expect(new Set(ports).size).toBe(4);
});

it('a port is remembered under its name', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'throughline-ports-'));
  try {
    expect(await recallPort(directory, 'postgres')).toBeUndefined();
    await rememberPort(directory, 'postgres', 5433);
    expect(await recallPort(directory, 'postgres')).toBe(5433);
    expect(await recallPort(directory, 'temporal')).toBeUndefined();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
