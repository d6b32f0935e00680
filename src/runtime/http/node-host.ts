import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { DEADLINES } from '../../domain/core/deadlines.ts';
import { answerRequest, METHOD_REFUSAL } from './node-exchange.ts';

export interface NodeHostOptions {
  readonly fetch: (request: Request) => Promise<Response>;
  readonly host: string;
  /** 0 takes any free port. A port that is taken is passed over for the next free one. */
  readonly port: number;
  /** Called first when the host closes: ends what would never end by itself, like subscriptions. */
  readonly onClosing?: () => void;
  /** How long running requests may take to end. Default 4 s; then their sockets are cut. */
  readonly drainMs?: number;
  /** How long a client may take to send the headers of a request. Default 10 s; then it is answered 408. */
  readonly headersMs?: number;
  /** How long it may take to send the body after them. Default 60 s; then it is answered 408. */
  readonly bodyMs?: number;
  /** How long a client may take no byte of its answer. Default 30 s; its connection is cut before twice that. */
  readonly sendMs?: number;
  /** Connections at a time; further ones are closed at once. Default 2,000. */
  readonly maxConnections?: number;
  readonly onError: (error: unknown) => void;
}

export interface NodeHost {
  /** Where it can be reached, without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** False when the port that was asked for was taken. */
  readonly isRequestedPort: boolean;
  /** Takes no more requests, lets the running ones end, and cuts what is left. */
  close(): Promise<void>;
}

/** Twice as many as there may be subscriptions. */
const MAX_CONNECTIONS = 2_000;

/** Ports tried after the one that was asked for. */
const MAX_PORT_TRIES = 50;

/**
 * Serves a fetch handler over node:http.
 * @throws Error of the system when the address cannot be listened on (not when the port is merely taken)
 */
export async function startNodeHost(options: NodeHostOptions): Promise<NodeHost> {
  const { headersMs, bodyMs, sendMs } = { ...DEADLINES.requests, ...options };
  const server = createServer(
    {
      headersTimeout: headersMs,
      requestTimeout: headersMs + bodyMs,
      connectionsCheckingInterval: Math.min(headersMs, bodyMs) / 2,
    },
    (request, response) => {
      answerRequest(options.fetch, request, response, sendMs).catch((error: unknown) => {
        options.onError(error);
        response.destroy();
      });
    },
  );
  server.maxConnections = options.maxConnections ?? MAX_CONNECTIONS;
  server.on('connect', (_request, socket) => {
    // node:http has let go of the socket: nobody else hears its errors, and no time-out closes it.
    socket.on('error', () => undefined);
    socket.end(METHOD_REFUSAL, () => socket.destroy());
  });
  const connections = trackConnections(server);
  const port = await listen(server, options.host, options.port);
  return {
    url: `http://${formatHost(options.host)}:${port}`,
    port,
    isRequestedPort: options.port === 0 || options.port === port,
    close: () => close(server, connections, options),
  };
}

/** An address that clients can use: a host that listens everywhere is reached on loopback. */
function formatHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') {
    return '127.0.0.1';
  }
  return host.includes(':') ? `[${host}]` : host;
}

async function listen(server: Server, host: string, wanted: number): Promise<number> {
  const last = wanted === 0 ? 0 : Math.min(wanted + MAX_PORT_TRIES, 65_535);
  for (let port = wanted; port <= last; port += 1) {
    if (await tryListen(server, host, port)) {
      return (server.address() as AddressInfo).port;
    }
  }
  // Everything near is taken: any free port will do.
  await tryListen(server, host, 0);
  return (server.address() as AddressInfo).port;
}

function tryListen(server: Server, host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      server.off('listening', onListening);
      if (error.code === 'EADDRINUSE') {
        resolve(false);
      } else {
        reject(error);
      }
    };
    const onListening = (): void => {
      server.off('error', onError);
      resolve(true);
    };
    server.once('error', onError);
    server.once('listening', onListening);
    server.listen({ host, port, exclusive: true });
  });
}

interface Connections {
  /** Cuts connections without a running request, now and as soon as one has none. */
  drain(): void;
}

/**
 * Knows which connections carry a request. Node's own closeIdleConnections passes over those that have not carried
 * one yet, which clients keep at hand.
 */
function trackConnections(server: Server): Connections {
  const running = new Map<Socket, number>();
  let draining = false;
  const change = (socket: Socket, by: number): void => {
    const count = running.get(socket);
    if (count === undefined) {
      return;
    }
    running.set(socket, count + by);
    if (draining && count + by === 0) {
      socket.destroy();
    }
  };
  server.on('connection', (socket) => {
    running.set(socket, 0);
    socket.once('close', () => running.delete(socket));
  });
  server.on('request', ({ socket }, response) => {
    change(socket, 1);
    response.once('close', () => change(socket, -1));
  });
  return {
    drain: () => {
      draining = true;
      for (const socket of running.keys()) {
        change(socket, 0);
      }
    },
  };
}

async function close(
  server: Server,
  connections: Connections,
  options: NodeHostOptions,
): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  options.onClosing?.();
  connections.drain();
  const cut = setTimeout(
    () => server.closeAllConnections(),
    options.drainMs ?? DEADLINES.requests.drainMs,
  );
  await closed;
  clearTimeout(cut);
}
