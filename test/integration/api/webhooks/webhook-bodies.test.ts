import { request as httpRequest } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MAX_WEBHOOK_BYTES } from '../../../../src/api/webhooks/github-webhook.ts';
import { startNodeHost } from '../../../../src/runtime/http/node-host.ts';
import { createWebhookWorld, HOOK_SECRET, sign, type WebhookWorld } from './webhook-world.ts';

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
    const host = await startNodeHost({
      fetch: world.gateway.fetch,
      host: '127.0.0.1',
      port: 0,
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

describe('a webhook of 25 MB', () => {
  const filled = (bytes: number): string => `{"pad":"${'x'.repeat(bytes - 10)}"}`;

  it('is taken, and one byte more is refused, by what it claims and by what it is', async () => {
    const host = await startNodeHost({
      fetch: world.gateway.fetch,
      host: '127.0.0.1',
      port: 0,
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
