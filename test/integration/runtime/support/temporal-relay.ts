import { once } from 'node:events';
import {
  connect,
  constants,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** A call of Temporal's API on its way to the server. */
export interface RelayedCall {
  /** Such as `CreateSchedule`. */
  readonly method: string;
  /** The message, in which names of queues and ids can be found. */
  readonly request: Buffer;
  /** What the caller gives it, in milliseconds; null when it waits for ever. */
  readonly timeoutMs: number | null;
}

export interface TemporalRelay {
  /** host:port, for whoever is to go through here. */
  readonly address: string;
  /** Calls that have neither been answered nor given up. */
  open(): readonly RelayedCall[];
  close(): Promise<void>;
}

/**
 * Stands before a Temporal server and passes calls on, but those that it holds: so a server looks that takes a request
 * and never answers.
 */
export async function startTemporalRelay(
  target: string,
  isHeld: (call: RelayedCall) => boolean,
): Promise<TemporalRelay> {
  const upstream = connect(`http://${target}`);
  const server = createServer();
  const open = new Map<ServerHttp2Stream, RelayedCall>();

  function pass(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, body: Buffer): void {
    const answer = upstream.request({ ...headers, ':authority': target });
    let trailers: IncomingHttpHeaders = {};
    stream.on('close', () => answer.close(constants.NGHTTP2_CANCEL));
    answer.on('error', () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
    answer.on('trailers', (received) => (trailers = received));
    answer.on('response', (received, flags) => {
      if (stream.closed || stream.headersSent) {
        return;
      }
      // An error is told in headers alone.
      const endStream = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      stream.respond(received, { endStream, waitForTrailers: !endStream });
      if (!endStream) {
        stream.on('wantTrailers', () => stream.sendTrailers(trailers));
        answer.pipe(stream);
      }
    });
    answer.end(body);
  }

  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on('error', () => undefined);
    stream.on('close', () => open.delete(stream));
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const body = Buffer.concat(chunks);
      const call = {
        method: String(headers[':path']).split('/').at(-1) ?? '',
        request: readMessage(body),
        timeoutMs: readTimeout(headers['grpc-timeout']),
      };
      open.set(stream, call);
      if (!isHeld(call)) {
        pass(stream, headers, body);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    open: () => [...open.values()],
    async close() {
      for (const stream of open.keys()) {
        stream.close();
      }
      upstream.destroy();
      server.close();
    },
  };
}

/** A body is one message behind a byte that says whether it is compressed and four that say how long it is. */
function readMessage(body: Buffer): Buffer {
  const message = body.subarray(5);
  return body[0] === 1 ? gunzipSync(message) : message;
}

/** Such as `59999m`: a number and its unit. */
function readTimeout(header: string | string[] | undefined): number | null {
  const [, amount, unit] = /^(\d+)([HMSmun])$/.exec(String(header)) ?? [];
  const unitMs = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 }[unit ?? ''];
  return unitMs === undefined ? null : Number(amount) * unitMs;
}
