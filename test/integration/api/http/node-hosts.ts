import { connect } from 'node:net';
import { afterEach } from 'vitest';
import type { NodeHost, NodeHostOptions } from '../../../../src/runtime/http/node-host.ts';
import { startTestHost } from '../../../support/test-host.ts';

/** Starts hosts on free ports, which close behind each test of the file. */
export function useNodeHosts() {
  const hosts: NodeHost[] = [];
  afterEach(async () => {
    await Promise.all(hosts.splice(0).map((host) => host.close()));
  });
  return async (
    fetchHandler: NodeHostOptions['fetch'],
    options: Partial<NodeHostOptions> = {},
  ): Promise<NodeHost> => {
    const host = await startTestHost(fetchHandler, { onError: () => undefined, ...options });
    hosts.push(host);
    return host;
  };
}

/** What a host answers to bytes, until it closes the connection. */
export async function exchange(host: NodeHost, bytes: string): Promise<string> {
  const socket = connect(host.port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString();
  });
  socket.on('error', () => undefined);
  socket.write(bytes);
  await new Promise((resolve) => socket.on('close', resolve));
  return answer;
}
