import { request as httpRequest } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MAX_WEBHOOK_BYTES } from '../../../../src/api/webhooks/github-webhook.ts';
import { eventually } from '../../../support/eventually.ts';
import {
  createTestSecrets,
  createWebhookWorld,
  HOOK_SECRET,
  sign,
  type WebhookWorld,
} from './webhook-world.ts';
import { startTestHost } from '../../../support/test-host.ts';

let world: WebhookWorld;
let path: string;

beforeAll(async () => {
  world = await createWebhookWorld();
  const { connectionId } = await world.connect('acme', HOOK_SECRET);
  path = `/webhooks/github/${connectionId}`;
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.api.sql('DELETE FROM webhook_delivery');
  world.api.log.length = 0;
});

describe('webhooks of more bytes than are held at the same time', () => {
  const MEGABYTE = new Uint8Array(1_000_000).fill(32);

  /** Sends 24 MB without holding them, under a signature of somebody without the secret. */
  function sendUnsigned(url: string): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const request = httpRequest(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': 24 * MEGABYTE.length,
          'x-hub-signature-256': `sha256=${'0'.repeat(64)}`,
        },
      });
      request.on('response', (response) => {
        response.resume().on('end', () => resolve(response.statusCode));
      });
      request.on('error', reject);
      const chunks = Readable.from(Array.from({ length: 24 }, () => MEGABYTE));
      pipeline(chunks, request).catch(reject);
    });
  }

  it('are each refused with 401 when they are wrongly signed: 20 of 24 MB at once', async () => {
    const errors: unknown[] = [];
    const host = await startTestHost(world.gateway.fetch, {
      onError: (error) => errors.push(error),
    });
    try {
      const statuses = await Promise.all(
        Array.from({ length: 20 }, () => sendUnsigned(`${host.url}${path}`)),
      );
      expect(statuses).toEqual(Array.from({ length: 20 }, () => 401));
      expect([errors, world.api.log]).toEqual([[], []]);
    } finally {
      await host.close();
    }
  });
});

it('a webhook body without an end is not in the way of queries, nor of webhooks of up to 64 KB', async () => {
  const bounded = world.api.createGateway({
    secrets: await createTestSecrets(),
    maxHeldBytes: 100_000,
  });
  const leaving = new AbortController();
  let pulls = 0;
  const endless = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        pulls += 1;
        if (pulls > 1) {
          return new Promise<void>(() => undefined);
        }
        controller.enqueue(new Uint8Array(160_000).fill(32));
        return undefined;
      },
    },
    { highWaterMark: 0 },
  );
  const post = (body: string | ReadableStream<Uint8Array>, signature: string): Request => {
    const init = {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-github-event': 'push',
        'x-github-delivery': crypto.randomUUID(),
        'x-github-hook-id': '1',
        'x-hub-signature-256': signature,
      },
      body,
      duplex: 'half',
      signal: leaving.signal,
    };
    return new Request(`http://gateway.test${path}`, init);
  };
  void bounded.fetch(post(endless, `sha256=${'0'.repeat(64)}`)).catch(() => undefined);
  await eventually(() => expect(pulls).toBe(2));
  const sendSigned = async (bytes: number): Promise<number> => {
    const body = '{}'.padEnd(bytes);
    return (await bounded.fetch(post(body, sign(HOOK_SECRET, body)))).status;
  };
  expect([await sendSigned(64 * 1024), await sendSigned(160_000)]).toEqual([202, 503]);
  const query = { query: '{ __typename }' };
  const asked = await bounded.fetch(
    new Request('http://gateway.test/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(query).padEnd(160_000),
    }),
  );
  expect(asked.status).toBe(200);
  leaving.abort();
});

describe('a webhook of 25 MB', () => {
  const filled = (bytes: number): string => `{"pad":"${'x'.repeat(bytes - 10)}"}`;

  it('is taken, and one byte more is refused, by what it claims and by what it is', async () => {
    const host = await startTestHost(world.gateway.fetch, {
      onError: () => undefined,
    });
    const post = async (body: string, chunked: boolean): Promise<number> => {
      const response = await fetch(`${host.url}${path}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-github-event': 'push',
          'x-github-delivery': crypto.randomUUID(),
          'x-github-hook-id': '1',
          'x-hub-signature-256': sign(HOOK_SECRET, body),
        },
        body: chunked ? new Blob([body]).stream() : body,
        ...(chunked && { duplex: 'half' }),
      });
      await response.text();
      return response.status;
    };
    try {
      expect(await post(filled(MAX_WEBHOOK_BYTES), false)).toBe(202);
      expect(await post(filled(MAX_WEBHOOK_BYTES + 1), true)).toBe(413);
      const claimed = await world.send({
        path,
        body: '{}',
        headers: { 'content-length': String(MAX_WEBHOOK_BYTES + 1) },
      });
      expect(claimed).toMatchObject({
        status: 413,
        body: { errors: [{ extensions: { code: 'LIMIT_EXCEEDED' } }] },
      });
    } finally {
      await host.close();
    }
    expect(await world.deliveries()).toHaveLength(1);
  });
});
