import type { NewDelivery } from '../../db/webhooks/webhook-deliveries.ts';
import type { WebhookReceiver } from '../../db/webhooks/webhook-receivers.ts';
import { unreadable, unsigned } from './answers.ts';
import { readPayload } from './read-payload.ts';
import { parseObject, readSignature, readSignedBody, verifyReceivers } from './signed-body.ts';

/** GitHub sends no payload that is larger: 25 MB. */
export const MAX_WEBHOOK_BYTES = 25 * 1024 * 1024;

/** What the webhooks of GitHub need. */
export interface GithubWebhookServices {
  /** The connection of this id when it has a webhook secret, else none. */
  readonly findWebhookReceiver: (connectionId: bigint) => Promise<WebhookReceiver[]>;
  /** Whether a GitHub App has connections. */
  readonly hasAppReceivers: (appId: bigint) => Promise<boolean>;
  /** Connections of a GitHub App: those of the installation that an unverified payload names, then a few others. */
  readonly findAppReceivers: (
    appId: bigint,
    namedInstallationId: bigint | null,
  ) => Promise<WebhookReceiver[]>;
  /** Stores a delivery; true when it waits to be processed now, and did not before. */
  readonly storeDelivery: (delivery: NewDelivery) => Promise<boolean>;
  /** Tells the workflow of a connection that a delivery waits; never throws, because a sweep finds it too. */
  readonly signalDelivery: (delivery: NewDelivery) => Promise<void>;
  readonly now: () => Date;
  /** After so many milliseconds no more are announced: the sweep finds them. One under way may take as long again. */
  readonly announcingMs: number;
}

/** GitHub's delivery ids are GUIDs; other forms are taken while they are short. */
const DELIVERY_ID = /^[\w-]{1,64}$/;
const EVENT = /^[a-z_]{1,64}$/;
const ID = /^[1-9]\d{0,17}$/;

/** An installation as GitHub writes it, with its id first. In a text within JSON the quotes have backslashes. */
const INSTALLATION = /"installation"\s*:\s*\{\s*"id"\s*:\s*([1-9]\d{0,17})\b/;

/** Teams that share an installation are announced side by side: GitHub waits ten seconds for its answer. */
const MAX_CONCURRENT_SIGNALS = 10;

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
  const appId = connectionId === null ? await readKnownApp(services, request) : null;
  const body = await readSignedBody(request, MAX_WEBHOOK_BYTES);
  const receivers = await verifyReceivers(
    appId === null
      ? await findConnection(services, connectionId)
      : await services.findAppReceivers(appId, guessInstallation(body.bytes)),
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
  const waiting: NewDelivery[] = [];
  for (const { teamId, connectionId: id } of receivers.filter(isMeant)) {
    const delivery = { teamId, connectionId: id, ...headers, ...read, receivedAt };
    if (await services.storeDelivery(delivery)) {
      waiting.push(delivery);
    }
  }
  await signalDeliveries(services, waiting);
  return Response.json({ status: 'accepted' }, { status: 202 });
}

async function findConnection(
  services: GithubWebhookServices,
  connectionId: string | null,
): Promise<WebhookReceiver[]> {
  return connectionId !== null && ID.test(connectionId)
    ? services.findWebhookReceiver(BigInt(connectionId))
    : [];
}

/** The App that the headers name. Anybody may name one: the body of another than ours is not even read. */
async function readKnownApp(services: GithubWebhookServices, request: Request): Promise<bigint> {
  readSignature(request);
  const appId = request.headers.get('x-github-hook-installation-target-id') ?? '';
  const isApp = request.headers.get('x-github-hook-installation-target-type') === 'integration';
  if (!isApp || !ID.test(appId) || !(await services.hasAppReceivers(BigInt(appId)))) {
    throw unsigned();
  }
  return BigInt(appId);
}

/**
 * The installation that a body names which may be anybody's: what it is good for is to try its secret first. Nothing is
 * parsed for it: JSON of 25 MB that nobody has signed would hold up the process for seconds.
 */
function guessInstallation(bytes: Uint8Array): bigint | null {
  const [, id] = INSTALLATION.exec(new TextDecoder().decode(bytes)) ?? [];
  return id === undefined ? null : BigInt(id);
}

async function signalDeliveries(
  services: GithubWebhookServices,
  deliveries: readonly NewDelivery[],
): Promise<void> {
  const end = services.now().getTime() + services.announcingMs;
  const rest = deliveries.values();
  const announceNext = async (): Promise<void> => {
    for (const delivery of rest) {
      if (services.now().getTime() >= end) {
        return;
      }
      await services.signalDelivery(delivery);
    }
  };
  await Promise.all(Array.from({ length: MAX_CONCURRENT_SIGNALS }, announceNext));
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
