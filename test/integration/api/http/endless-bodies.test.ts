import { request as httpRequest, type ClientRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NodeHost } from '../../../../src/runtime/http/node-host.ts';
import {
  createUnreadGateway,
  type UnreadGateway,
} from '../../../support/hostile/unread-gateway.ts';
import { startTestHost } from '../../../support/test-host.ts';

/** Of the variables that are sent, unless the answer comes before. */
const WHOLE = 100_000_000;
/** What may be sent before the answer is there: the 2 MB that are read, and what the buffers of the system take. */
const UNREAD = 40_000_000;

const START = '{"query":"{viewer{name}}","variables":{"a":"';

let gateway: UnreadGateway;
let host: NodeHost;

beforeAll(async () => {
  gateway = createUnreadGateway();
  host = await startTestHost(gateway.handler.fetch);
});

afterAll(async () => {
  await host?.close();
  await gateway?.handler.dispose();
});

interface Sent {
  readonly status: number | undefined;
  readonly answer: string;
  /** Bytes that the client could send before it had the answer. */
  readonly bytes: number;
}

/** Sends so many bytes of variables, piece by piece, until an answer comes. */
function sendVariables(headers: Readonly<Record<string, number>>, piece: string): Promise<Sent> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    let isAnswered = false;
    const request: ClientRequest = httpRequest(`${host.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer viewer', ...headers },
    });
    const send = (): void => {
      let isFull = false;
      while (!isAnswered && !isFull && bytes < WHOLE) {
        bytes += piece.length;
        isFull = !request.write(piece);
      }
    };
    request.on('drain', send);
    request.on('error', (error) => isAnswered || reject(error));
    request.on('response', (response) => {
      isAnswered = true;
      text(response).then((answer) => {
        request.destroy();
        resolve({ status: response.statusCode, answer, bytes });
      }, reject);
    });
    request.write(START);
    send();
  });
}

describe('F21: variables of 100 MB', () => {
  it.each([
    ['with their length', { 'content-length': WHOLE + START.length + 3 }, 'x'.repeat(65_536)],
    ['in chunks', {}, 'x'.repeat(65_536)],
    ['in chunks, as escapes', {}, '\\u0041'.repeat(10_000)],
  ])('sent %s are refused when 2 MB are read', async (_how, headers, piece) => {
    const { status, answer, bytes } = await sendVariables(headers, piece);
    expect(status).toBe(413);
    expect(answer).toContain('"code":"REQUEST_ENTITY_TOO_LARGE"');
    expect(bytes).toBeLessThan(UNREAD);
    expect(gateway.used).toEqual([]);
    const next = await gateway.post(JSON.stringify({ query: '{ viewer { name } }' }));
    expect(await next.json()).toMatchObject({ data: { viewer: { name: 'viewer' } } });
  });
});
