import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { DEADLINES } from '../../domain/core/deadlines.ts';

export interface NodeHostOptions {
  readonly fetch: (request: Request) => Promise<Response>;
  readonly host: string;
  /** 0 takes any free port. A port that is taken is passed over for the next free one. */
  readonly port: number;
  /** Called first when the host closes: ends what would never end by itself, like subscriptions. */
  readonly onClosing?: () => void;
  /** How long running requests may take to end. Default 4 s; then their sockets are cut. */
  readonly drainMs?: number;
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

/** Ports tried after the one that was asked for. */
const MAX_PORT_TRIES = 50;

/** How long a client may go on sending what nobody reads, after its answer. */
const LINGER_MS = 2_000;

/**
 * Serves a fetch handler over node:http.
 * @throws Error of the system when the address cannot be listened on (not when the port is merely taken)
 */
export async function startNodeHost(options: NodeHostOptions): Promise<NodeHost> {
  const server = createServer((request, response) => {
    handle(options, request, response).catch((error: unknown) => {
      options.onError(error);
      response.destroy();
    });
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

async function handle(
  options: NodeHostOptions,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const controller = new AbortController();
  const body = createBody(incoming);
  outgoing.once('finish', () => {
    if (!incoming.complete) {
      void body.discard();
      setTimeout(() => incoming.complete || incoming.destroy(), LINGER_MS).unref();
    }
  });
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) {
      controller.abort();
    }
  });
  let response: Response;
  try {
    response = await options.fetch(toRequest(incoming, body.stream, controller.signal));
  } catch (error) {
    if (controller.signal.aborted) {
      return;
    }
    throw error;
  }
  await send(response, outgoing);
}

function toRequest(
  incoming: IncomingMessage,
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    for (const item of Array.isArray(value) ? value : [value ?? '']) {
      headers.append(name, item);
    }
  }
  const method = incoming.method ?? 'GET';
  const hasBody = method !== 'GET' && method !== 'HEAD';
  // Only the path comes from the client: nothing may depend on the host that it claims to have asked.
  return new Request(new URL(toPath(incoming.url), 'http://gateway.invalid'), {
    method,
    headers,
    signal,
    ...(hasBody && { body, duplex: 'half' }),
  });
}

interface RequestBody {
  readonly stream: ReadableStream<Uint8Array>;
  /** Throws away what is left of the body. */
  discard(): Promise<void>;
}

/**
 * The body of a request. A reader that stops early must not destroy the request, because its socket carries the
 * answer, nor leave the rest in the socket, because the next request would wait behind it.
 */
function createBody(incoming: IncomingMessage): RequestBody {
  const chunks = incoming.iterator({ destroyOnReturn: false });
  const discard = async (): Promise<void> => {
    await chunks.return?.();
    incoming.resume();
  };
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const chunk = await chunks.next();
        if (chunk.done === true) {
          controller.close();
        } else {
          controller.enqueue(chunk.value as Uint8Array);
        }
      },
      cancel: discard,
    },
    { highWaterMark: 0 },
  );
  return { stream, discard };
}

/** The path of a request line; an absolute form, or a path that begins with two slashes, must not name a host. */
function toPath(target: string | undefined): string {
  return `/${(target ?? '/').replace(/^[a-z]+:\/\/[^/]*/i, '').replace(/^\/+/, '')}`;
}

async function send(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (response.body === null) {
    outgoing.end();
    return;
  }
  const reader = response.body.getReader();
  // The client has gone: what makes the body must learn of it.
  outgoing.once('close', () => {
    reader.cancel().catch(() => undefined);
  });
  for (;;) {
    const chunk = await reader.read();
    if (chunk.done || outgoing.destroyed) {
      break;
    }
    if (!outgoing.write(chunk.value)) {
      await drained(outgoing);
    }
  }
  outgoing.end();
}

function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      outgoing.off('drain', done);
      outgoing.off('close', done);
      resolve();
    };
    outgoing.once('drain', done);
    outgoing.once('close', done);
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
