import {
  startNodeHost,
  type NodeHost,
  type NodeHostOptions,
} from '../../src/runtime/http/node-host.ts';

/** Serves a fetch handler on a free port of loopback. What the host reports fails the run, unless `onError` is given. */
export function startTestHost(
  fetchHandler: NodeHostOptions['fetch'],
  options: Partial<NodeHostOptions> = {},
): Promise<NodeHost> {
  return startNodeHost({
    fetch: fetchHandler,
    host: '127.0.0.1',
    port: 0,
    onError: (error) => {
      throw error;
    },
    ...options,
  });
}
