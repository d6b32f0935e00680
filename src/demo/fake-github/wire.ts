import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { Corruption } from './rules/fault-queue.ts';
import type { RateStatus } from './rules/rate-limits.ts';

/** An answer that is ready to be sent. A text body is sent as it is, anything else as JSON. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** By how much a wrong length is wrong. */
const MISSING_BYTES = 100;

/** A bomb is many packed pieces, one after another, so that it takes no gigabyte to make. */
const BOMB = { pieces: 100, pieceBytes: 10_000_000 } as const;

/** The headers that GitHub gives with every answer. */
export function rateHeaders(rate: RateStatus): Record<string, string> {
  return {
    'x-ratelimit-limit': String(rate.limit),
    'x-ratelimit-remaining': String(rate.remaining),
    'x-ratelimit-used': String(rate.used),
    'x-ratelimit-reset': String(rate.resetEpochSeconds),
    'x-ratelimit-resource': rate.resource,
  };
}

/** The token of an `Authorization: bearer|token …` header; null when there is none. */
export function readToken(request: IncomingMessage): string | null {
  const match = /^(?:bearer|token)\s+(\S+)$/i.exec(request.headers.authorization ?? '');
  return match?.[1] ?? null;
}

/** A weak entity tag over the body, as GitHub's are. */
export function entityTag(body: unknown): string {
  return `W/"${createHash('sha256').update(JSON.stringify(body)).digest('hex')}"`;
}

/**
 * Sends an answer: whole and with its length, so that the connection stays usable, or spoilt. One that is stalled ends
 * with its connection.
 */
export function send(
  response: ServerResponse,
  answer: Answer,
  headers: Readonly<Record<string, string>>,
  corruption: Corruption | null = null,
): void {
  if (corruption === 'BOMB') {
    sendBomb(response, headers);
    return;
  }
  const { body } = answer;
  const isText = typeof body === 'string';
  const text = Buffer.from(isText ? body : JSON.stringify(body ?? {}));
  const hasBody = answer.status !== 304 && answer.status !== 204;
  const half = text.subarray(0, text.byteLength >>> 1);
  const sent = corruption === null || corruption === 'WRONG_LENGTH' ? text : half;
  const promised =
    corruption === 'TRUNCATED'
      ? half.byteLength
      : text.byteLength + (corruption === 'WRONG_LENGTH' ? MISSING_BYTES : 0);
  response.writeHead(answer.status, {
    server: 'fake-github',
    'x-github-media-type': 'github.v3; format=json',
    'x-github-request-id': randomUUID(),
    ...headers,
    ...(hasBody
      ? {
          'content-type': isText ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8',
          'content-length': String(promised),
        }
      : {}),
    ...(corruption === null ? {} : { connection: 'close' }),
    ...answer.headers,
  });
  if (!hasBody || corruption === null || corruption === 'TRUNCATED') {
    response.end(hasBody ? sent : undefined);
    return;
  }
  response.write(sent, () => {
    if (corruption === 'RESET_IN_BODY') response.socket?.resetAndDestroy();
    else if (corruption === 'WRONG_LENGTH') response.socket?.end();
  });
}

function sendBomb(response: ServerResponse, headers: Readonly<Record<string, string>>): void {
  const piece = gzipSync(Buffer.alloc(BOMB.pieceBytes, ' '));
  response.writeHead(200, {
    ...headers,
    'content-type': 'application/json; charset=utf-8',
    'content-encoding': 'gzip',
    connection: 'close',
  });
  response.end(Buffer.concat(Array.from({ length: BOMB.pieces }, () => piece)));
}
