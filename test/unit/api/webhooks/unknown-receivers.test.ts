import { expect, it } from 'vitest';
import { createByteBudget } from '../../../../src/api/webhooks/byte-budget.ts';
import { answerWebhook, type WebhookServices } from '../../../../src/api/webhooks/endpoint.ts';
import { createNodeHmac } from '../../../../src/runtime/webhooks/node-hmac.ts';

const services: WebhookServices = {
  findWebhookReceiver: async (connectionId) =>
    connectionId === 1n
      ? [{ teamId: 1n, connectionId, installationId: null, secret: 'the secret of one' }]
      : [],
  findIncidentReceiver: async (sourceId) =>
    sourceId === 1n ? [{ teamId: 1n, name: 'PAGER', secret: 'the secret of one' }] : [],
  findAppReceivers: async () => [],
  saveReportedIncident: () => Promise.reject(new Error('nothing was signed')),
  storeDelivery: () => Promise.reject(new Error('nothing was signed')),
  signalDelivery: async () => undefined,
  createHmac: createNodeHmac,
  heldBytes: createByteBudget(100_000_000),
  now: () => new Date(),
  announcingMs: 2_000,
};

const SIGNATURE = { 'x-hub-signature-256': `sha256=${'a'.repeat(64)}` };
const JSON_TYPE = { 'content-type': 'application/json' };

async function answerOf(path: string, headers: Readonly<Record<string, string>>) {
  const request = new Request(`http://gateway.test${path}`, {
    method: 'POST',
    headers,
    body: '{"id": 1}',
  });
  const response = await answerWebhook(services, request);
  return [response?.status, Object.fromEntries(response?.headers ?? []), await response?.text()];
}

it.each([
  ['without a signature', JSON_TYPE, 401],
  ['with a signature of nobody', { ...JSON_TYPE, ...SIGNATURE }, 401],
  ['with another content type', { ...SIGNATURE, 'content-type': 'text/plain' }, 415],
  [
    'with a length beyond all bounds',
    { ...JSON_TYPE, ...SIGNATURE, 'content-length': '99999999' },
    413,
  ],
])(
  'a webhook %s is answered alike whether its address is known or not',
  async (_how, headers, status) => {
    for (const kind of ['github', 'incidents']) {
      const known = await answerOf(`/webhooks/${kind}/1`, headers);
      expect(known[0]).toBe(status);
      for (const unknown of ['2', '0', 'x', '999999999999999999']) {
        expect(await answerOf(`/webhooks/${kind}/${unknown}`, headers)).toEqual(known);
      }
    }
  },
);
