import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RateStatus } from './rate-limits.ts';

/** An answer that is ready to be sent. A text body is sent as it is, anything else as JSON. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

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

/** Sends an answer whole, with its length, so that the connection stays usable. */
export function send(
  response: ServerResponse,
  answer: Answer,
  headers: Readonly<Record<string, string>>,
): void {
  const { body } = answer;
  const isText = typeof body === 'string';
  const text = isText ? body : JSON.stringify(body ?? {});
  const hasBody = answer.status !== 304 && answer.status !== 204;
  response.writeHead(answer.status, {
    server: 'fake-github',
    'x-github-media-type': 'github.v3; format=json',
    'x-github-request-id': randomUUID(),
    ...headers,
    ...(hasBody
      ? {
          'content-type': isText ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8',
          'content-length': String(Buffer.byteLength(text)),
        }
      : {}),
    ...answer.headers,
  });
  response.end(hasBody ? text : undefined);
}
