import type { NewDelivery } from '../../db/webhook-deliveries.ts';
import type { WebhookReceiver } from '../../db/webhook-receivers.ts';
import { unreadable } from './answers.ts';
import { readPayload } from './read-payload.ts';
import { parseObject, readSignedBody, verifyReceivers } from './signed-body.ts';

/** GitHub sends no payload that is larger: 25 MB. */
export const MAX_WEBHOOK_BYTES = 25 * 1024 * 1024;

/** What the webhooks of GitHub need. */
export interface GithubWebhookServices {
  /** The connection of this id when it has a webhook secret, else none. */
  readonly findWebhookReceiver: (connectionId: bigint) => Promise<WebhookReceiver[]>;
  /** The connections of a GitHub App. */
  readonly findAppReceivers: (appId: bigint) => Promise<WebhookReceiver[]>;
  /** Stores a delivery; true when it waits to be processed now, and did not before. */
  readonly storeDelivery: (delivery: NewDelivery) => Promise<boolean>;
  /** Tells the workflow of a connection that a delivery waits; never throws, because a sweep finds it too. */
  readonly announceDelivery: (delivery: NewDelivery) => Promise<void>;
  readonly now: () => Date;
}

/** GitHub's delivery ids are GUIDs; other forms are taken while they are short. */
const DELIVERY_ID = /^[\w-]{1,64}$/;
const EVENT = /^[a-z_]{1,64}$/;
const ID = /^[1-9]\d{0,17}$/;

/**
 * Takes one webhook of GitHub: verifies the signature over the bytes as they came, stores what processing needs of it,
 * and answers 202 before anything is done with it. The same delivery again is answered alike and changes nothing.
 * @param connectionId as the path names it; null for the webhook of a GitHub App
 * @throws WebhookRefusal 400, 401, 405, 413, 415; nothing is stored then
 */
export async function receiveGithubWebhook(
  services: GithubWebhookServices,
  request: Request,
  connectionId: string | null,
): Promise<Response> {
  const body = await readSignedBody(request, MAX_WEBHOOK_BYTES);
  const receivers = await verifyReceivers(
    await findReceivers(services, request, connectionId),
    body,
  );
  const headers = readHeaders(request);
  const payload = parseObject(body.bytes);
  if (headers.event === 'ping') {
    return Response.json({ status: 'pong' });
  }
  const { installationId, ...read } = readPayload(headers.event, payload);
  const isMeant = (receiver: WebhookReceiver): boolean =>
    connectionId !== null || receiver.installationId === installationId;
  const receivedAt = services.now();
  for (const { teamId, connectionId: id } of receivers.filter(isMeant)) {
    const delivery = { teamId, connectionId: id, ...headers, ...read, receivedAt };
    if (await services.storeDelivery(delivery)) {
      await services.announceDelivery(delivery);
    }
  }
  return Response.json({ status: 'accepted' }, { status: 202 });
}

async function findReceivers(
  services: GithubWebhookServices,
  request: Request,
  connectionId: string | null,
): Promise<WebhookReceiver[]> {
  if (connectionId !== null) {
    return ID.test(connectionId) ? services.findWebhookReceiver(BigInt(connectionId)) : [];
  }
  const appId = request.headers.get('x-github-hook-installation-target-id') ?? '';
  const isApp = request.headers.get('x-github-hook-installation-target-type') === 'integration';
  return isApp && ID.test(appId) ? services.findAppReceivers(BigInt(appId)) : [];
}

function readHeaders(request: Request): Pick<NewDelivery, 'event' | 'hookId' | 'deliveryId'> {
  const read = (name: string, form: RegExp): string => {
    const value = request.headers.get(name) ?? '';
    if (!form.test(value)) {
      throw unreadable(
        `The header ${name} is missing or malformed: GitHub sends it with every webhook.`,
      );
    }
    return value;
  };
  return {
    event: read('X-GitHub-Event', EVENT),
    deliveryId: read('X-GitHub-Delivery', DELIVERY_ID),
    hookId: BigInt(read('X-GitHub-Hook-ID', ID)),
  };
}
