import type { IncomingMessage, ServerResponse } from 'node:http';

/** How long a client may go on sending what nobody reads, after its answer. */
const LINGER_MS = 2_000;

/**
 * A body that comes in chunks of a few bytes costs the process as much for each of them as for a thousand bytes: it is
 * refused when what is around its chunks is more than so many bytes, and more than this share of them.
 */
const MAX_FRAMING_BYTES = 20_000;
const MAX_FRAMING_SHARE = 1 / 8;

/** Methods that node:http takes and that no Request can have. */
const REFUSED_METHODS: ReadonlySet<string> = new Set(['CONNECT', 'TRACE']);

/** Those that the API answers; a path may take fewer. */
const ALLOWED_METHODS = 'GET, POST';

/** The answer to CONNECT, which node:http gives no response for. */
export const METHOD_REFUSAL = `HTTP/1.1 405 Method Not Allowed\r\nallow: ${ALLOWED_METHODS}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`;

/**
 * Answers one request of node:http with a fetch handler. A method that fetch does not know is answered 405. The adapters
 * of Hono and Yoga believe the Host header, and end a body that fails as if it were whole, or not at all.
 * @param sendMs how long the client may take no byte of what is sent to it: then the connection is cut, and what is held
 * for it until then is what Node buffers and one chunk of the body
 * @throws what the handler or the body of its response fails with, unless the client has gone or the body was ended on
 * purpose (an AbortError): then the connection is cut, which the client can tell from an end
 */
export async function answerRequest(
  fetchHandler: (request: Request) => Promise<Response>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  sendMs: number,
): Promise<void> {
  if (REFUSED_METHODS.has(incoming.method ?? '')) {
    outgoing.writeHead(405, { allow: ALLOWED_METHODS, connection: 'close' }).end();
    return;
  }
  const controller = new AbortController();
  const body = createBody(incoming, () => {
    refuseCrumbs(outgoing);
    controller.abort();
  });
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
    response = await fetchHandler(toRequest(incoming, body.stream, controller.signal));
  } catch (error) {
    if (controller.signal.aborted) {
      return;
    }
    throw error;
  }
  if (outgoing.headersSent) {
    // It was refused while the handler read it.
    await response.body?.cancel();
    return;
  }
  try {
    await send(response, outgoing, sendMs);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AbortError') {
      throw error;
    }
    outgoing.destroy();
  }
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
  return new Request(toUrl(incoming.url ?? '/'), {
    method,
    headers,
    signal,
    ...(hasBody && { body, duplex: 'half' }),
  });
}

/** Answers a body that comes in crumbs, and reads no more of it. */
function refuseCrumbs(outgoing: ServerResponse): void {
  if (outgoing.headersSent) {
    outgoing.destroy();
    return;
  }
  const message = 'The body comes in chunks of a few bytes: send larger ones.';
  const text = JSON.stringify({ errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] });
  outgoing.writeHead(400, { 'content-type': 'application/json', connection: 'close' });
  outgoing.end(text, () => outgoing.destroy());
}

interface RequestBody {
  readonly stream: ReadableStream<Uint8Array>;
  /** Throws away what is left of the body. */
  discard(): Promise<void>;
}

/**
 * The body of a request. A reader that stops early must not destroy the request, because its socket carries the
 * answer, nor leave the rest in the socket, because the next request would wait behind it.
 * @param onCrumbs called when the chunks are too small; the stream has failed then
 */
function createBody(incoming: IncomingMessage, onCrumbs: () => void): RequestBody {
  const chunks = incoming.iterator({ destroyOnReturn: false });
  const receivedBefore = incoming.socket.bytesRead;
  let length = 0;
  /** At most what has come of the body beside its bytes: the first of it came with the headers. */
  const framingBytes = (): number =>
    incoming.socket.bytesRead - receivedBefore - length - incoming.readableLength;
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
          return;
        }
        const bytes = chunk.value as Uint8Array;
        length += bytes.byteLength;
        const framing = framingBytes();
        if (
          framing > MAX_FRAMING_BYTES &&
          framing > length * MAX_FRAMING_SHARE &&
          !incoming.complete
        ) {
          controller.error(new Error('the body comes in crumbs'));
          onCrumbs();
          return;
        }
        controller.enqueue(bytes);
      },
      cancel: discard,
    },
    { highWaterMark: 0 },
  );
  return { stream, discard };
}

/** Only the path comes from the client: nothing may depend on the host that it claims to have asked. */
function toUrl(target: string): URL {
  const [path = '', ...query] = target.replace(/^[a-z]+:\/\/[^/]*/i, '').split('?');
  const url = new URL('http://gateway.invalid');
  // Set on its own, a path that begins with two slashes names no host, and no text is refused.
  url.pathname = path.replace(/^[/\\]+/, '/');
  url.search = query.join('?');
  return url;
}

async function send(response: Response, outgoing: ServerResponse, sendMs: number): Promise<void> {
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (response.body === null) {
    outgoing.end();
    return;
  }
  // Each byte that the socket passes on begins the time anew. A body that has nothing to send waits as long as it likes.
  outgoing.setTimeout(sendMs, () => {
    if (outgoing.writableNeedDrain) {
      outgoing.destroy();
    }
  });
  const reader = response.body.getReader();
  if (outgoing.destroyed) {
    await reader.cancel();
    return;
  }
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
