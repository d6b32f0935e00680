import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  receiveGithubWebhook,
  type GithubWebhookServices,
} from '../../../../src/api/webhooks/github-webhook.ts';
import { createByteBudget, UNCOUNTED_BYTES } from '../../../../src/api/webhooks/byte-budget.ts';
import { createNodeHmac } from '../../../../src/runtime/webhooks/node-hmac.ts';
import type { WebhookReceiver } from '../../../../src/db/webhooks/webhook-receivers.ts';
import {
  EXAMPLE_EVENTS,
  examplesOf,
  exampleWith,
} from '../../../support/github/webhook-examples.ts';
import { eventually } from '../../../support/eventually.ts';

const SECRET = 'secret of the App';
const INSTALLATION_ID = 31n;

afterEach(() => vi.restoreAllMocks());

/** So many teams that are connected through one installation. */
function receivers(teams: number): WebhookReceiver[] {
  return Array.from({ length: teams }, (_, index) => ({
    teamId: BigInt(index + 1),
    connectionId: BigInt(index + 1),
    installationId: INSTALLATION_ID,
    secret: SECRET,
  }));
}

function send(
  services: Partial<GithubWebhookServices>,
  body: string,
  secret = SECRET,
  sent: BodyInit = body,
): Promise<Response> {
  const request = new Request('http://gateway.test/webhooks/github', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'pull_request',
      'x-github-delivery': 'one',
      'x-github-hook-id': '77',
      'x-github-hook-installation-target-type': 'integration',
      'x-github-hook-installation-target-id': '4711',
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
    body: sent,
    ...(sent !== body && { duplex: 'half' }),
  });
  const quiet: GithubWebhookServices = {
    findWebhookReceiver: async () => [],
    createHmac: createNodeHmac,
    heldBytes: createByteBudget(100_000_000),
    findAppReceivers: async () => [],
    storeDelivery: async () => true,
    signalDelivery: async () => undefined,
    now: () => new Date(),
    announcingMs: 2_000,
  };
  return receiveGithubWebhook({ ...quiet, ...services }, request, null);
}

describe('the installation that an unverified payload names', () => {
  /** The one that is asked for before anything is verified. */
  async function namedBy(body: string): Promise<bigint | null> {
    let named: bigint | null = null;
    const findAppReceivers = async (_: bigint, id: bigint | null): Promise<WebhookReceiver[]> => {
      named = id;
      return receivers(1);
    };
    await expect(send({ findAppReceivers }, body, 'another secret')).rejects.toMatchObject({
      status: 401,
    });
    return named;
  }

  it('is found in all payloads of GitHub', async () => {
    const examples = EXAMPLE_EVENTS.flatMap((event) => examplesOf(event));
    let found = 0;
    for (const payload of examples) {
      const { id } = (payload['installation'] ?? {}) as { readonly id?: number };
      found += id === undefined ? 0 : 1;
      const expected = id === undefined ? null : BigInt(id);
      expect(await namedBy(JSON.stringify(payload))).toBe(expected);
      expect(await namedBy(JSON.stringify(payload, null, 2))).toBe(expected);
    }
    expect(found).toBeGreaterThan(10);
  });

  it('is not what a title says it is', async () => {
    const payload = exampleWith('pull_request', 'opened', {
      pull_request: { title: '"installation":{"id":6}' },
      installation: { id: 5 },
    });
    expect(await namedBy(JSON.stringify(payload))).toBe(5n);
  });

  it('is found without a look at the rest, which nobody may have signed', async () => {
    const parse = vi.spyOn(JSON, 'parse');
    const body = `{"a":[${'{},'.repeat(1_000_000)}{}],"installation":{"id":5}}`;
    expect(await namedBy(body)).toBe(5n);
    expect(await namedBy(`"installation"${' '.repeat(1_000_000)}`)).toBeNull();
    expect(await namedBy(`{"installation":{"id":${'9'.repeat(1_000_000)}}}`)).toBeNull();
    expect(parse).not.toHaveBeenCalled();
  });
});

describe('a webhook of an installation that many teams share', () => {
  const body = JSON.stringify(
    exampleWith('pull_request', 'opened', { installation: { id: Number(INSTALLATION_ID) } }),
  );
  const findAppReceivers = async (): Promise<WebhookReceiver[]> => receivers(25);

  it('is told to ten of them at a time', async () => {
    const waiting: (() => void)[] = [];
    let announced = 0;
    const signalDelivery = async (): Promise<void> => {
      announced += 1;
      await new Promise<void>((resolve) => waiting.push(resolve));
    };
    const answer = send({ findAppReceivers, signalDelivery }, body);
    for (const inAll of [10, 20, 25]) {
      await eventually(() => expect(announced).toBe(inAll));
      waiting.splice(0).forEach((resolve) => resolve());
    }
    expect((await answer).status).toBe(202);
  });

  it('is stored for all, and left to the sweep once telling them takes too long', async () => {
    let nowMs = Date.parse('2026-03-10T12:00:00Z');
    const stored: bigint[] = [];
    const announced: bigint[] = [];
    const answer = await send(
      {
        findAppReceivers,
        storeDelivery: async ({ teamId }) => stored.push(teamId) > 0,
        signalDelivery: async ({ teamId }) => {
          announced.push(teamId);
          nowMs += 2_000;
        },
        now: () => new Date(nowMs),
      },
      body,
    );
    expect(answer.status).toBe(202);
    expect(stored).toHaveLength(25);
    expect(announced.length).toBeGreaterThan(0);
    expect(announced.length).toBeLessThanOrEqual(10);
  });
});

describe('webhooks of more bytes than are held at the same time', () => {
  const small = JSON.stringify(
    exampleWith('pull_request', 'opened', { installation: { id: Number(INSTALLATION_ID) } }),
  );
  /** Of which 100,000 bytes are counted. */
  const body = small.padEnd(UNCOUNTED_BYTES + 100_000);
  const findAppReceivers = async (): Promise<WebhookReceiver[]> => receivers(1);

  /** A budget that knows what was held of it at most, and is held now. */
  function createWatchedBudget(maxBytes: number) {
    const budget = createByteBudget(maxBytes);
    const held = { now: 0, most: 0 };
    return {
      held,
      heldBytes: {
        take: (bytes: number) => {
          const isTaken = budget.take(bytes);
          held.now += isTaken ? bytes : 0;
          held.most = Math.max(held.most, held.now);
          return isTaken;
        },
        give: (bytes: number) => {
          held.now -= bytes;
          budget.give(bytes);
        },
      },
    };
  }

  /** A body of which all but the last byte has come until it is told to end. */
  function createSlowBody() {
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const bytes = new TextEncoder().encode(body);
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(bytes.subarray(0, -1)),
      pull: async (controller) => {
        await ended;
        controller.enqueue(bytes.subarray(-1));
        controller.close();
      },
    });
    return { stream, end };
  }

  it('are refused with 503 and when to try again, and taken when there is room', async () => {
    const { held, heldBytes } = createWatchedBudget(200_000);
    const services = { findAppReceivers, heldBytes };
    const slow = [createSlowBody(), createSlowBody()];
    const first = slow.map(({ stream }) => send(services, body, SECRET, stream));
    await eventually(() => expect(held.now).toBe(199_998));
    await expect(send(services, body)).rejects.toMatchObject({
      status: 503,
      code: 'OVERLOADED',
      headers: { 'retry-after': '2' },
    });
    slow.forEach(({ end }) => end());
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([202, 202]);
    expect(held).toEqual({ now: 0, most: 200_000 });
    expect((await send(services, body)).status).toBe(202);
  });

  it('are not in the way of those of up to 64 KB, whoever sends them without an end', async () => {
    const { heldBytes } = createWatchedBudget(0);
    const services = { findAppReceivers, heldBytes };
    expect((await send(services, small.padEnd(UNCOUNTED_BYTES))).status).toBe(202);
    await expect(send(services, small.padEnd(UNCOUNTED_BYTES + 1))).rejects.toMatchObject({
      status: 503,
    });
  });

  it('hold nothing while they are stored', async () => {
    const { held, heldBytes } = createWatchedBudget(100_000);
    const storeDelivery = async (): Promise<boolean> => {
      expect(held).toEqual({ now: 0, most: 100_000 });
      return true;
    };
    const answer = await send({ findAppReceivers, heldBytes, storeDelivery }, body);
    expect(answer.status).toBe(202);
  });

  it('are refused with 401 all the same when they are wrongly signed, and hold nothing', async () => {
    const { held, heldBytes } = createWatchedBudget(99_999);
    const services = { findAppReceivers, heldBytes };
    await expect(send(services, body, 'another secret')).rejects.toMatchObject({ status: 401 });
    await expect(send(services, body)).rejects.toMatchObject({ status: 503 });
    expect(held.now).toBe(0);
  });

  it('hold nothing when they are refused or break off', async () => {
    const { held, heldBytes } = createWatchedBudget(100_000);
    const services = { findAppReceivers, heldBytes };
    const list = '[]'.padEnd(body.length);
    await expect(send(services, list)).rejects.toMatchObject({ status: 400 });
    await expect(send(services, body, 'another secret')).rejects.toMatchObject({ status: 401 });
    const breaking = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode(body)),
      pull: (controller) => controller.error(new Error('the client has gone')),
    });
    await expect(send(services, body, SECRET, breaking)).rejects.toThrow('the client has gone');
    expect(held).toEqual({ now: 0, most: 100_000 });
  });
});
