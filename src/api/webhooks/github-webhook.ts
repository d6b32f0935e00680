import type { NewDelivery } from '../../db/webhooks/webhook-deliveries.ts';
import type { WebhookReceiver } from '../../db/webhooks/webhook-receivers.ts';
import { unreadable, unsigned } from './answers.ts';
import { readPayload } from './read-payload.ts';
import {
  checkClaimedLength,
  parseObject,
  readSignature,
  readSignedBody,
  type SignedBody,
  type SignedBodyServices,
} from './signed-body.ts';

/** GitHub sends no payload that is larger: 25 MB. */
export const MAX_WEBHOOK_BYTES = 25 * 1024 * 1024;

/** What the webhooks of GitHub need. */
export interface GithubWebhookServices extends SignedBodyServices {
  /** The connection of this id when it has a webhook secret, else none. */
  readonly findWebhookReceiver: (connectionId: bigint) => Promise<WebhookReceiver[]>;
  /**
   * Connections of a GitHub App: those of the installation that an unverified payload names, then a few others; only the
   * few where nothing is named.
   */
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
/** Names of events are words with underscores, and some with digits: `projects_v2_item`. GitHub adds new ones. */
const EVENT = /^[\w-]{1,64}$/;
const ID = /^[1-9]\d{0,17}$/;

/** An installation as GitHub writes it, with its id first. In a text within JSON the quotes have backslashes. */
const INSTALLATION = /"installation"\s*:\s*\{\s*"id"\s*:\s*([1-9]\d{0,17})\b/;

/** Teams that share an installation are announced side by side: GitHub waits ten seconds for its answer. */
const MAX_CONCURRENT_SIGNALS = 10;

/**
 * Takes one webhook of GitHub: verifies the signature over the bytes as they came, stores what processing needs of it,
 * and answers 202 before anything is done with it. The same delivery again is answered alike and changes nothing.
 * Anybody may name a connection or an App: the body for one that is not here is not even read.
 * @param connectionId as the path names it; null for the webhook of a GitHub App
 * @throws WebhookRefusal 400, 401, 405, 413, 415, 503; nothing is stored then
 */
export async function receiveGithubWebhook(
  services: GithubWebhookServices,
  request: Request,
  connectionId: string | null,
): Promise<Response> {
  const signature = readSignature(request);
  checkClaimedLength(request, MAX_WEBHOOK_BYTES);
  const appId = connectionId === null ? readAppId(request) : null;
  const known =
    appId === null
      ? await findConnection(services, connectionId)
      : await services.findAppReceivers(appId, null);
  const body = await readSignedBody(services, request, {
    signature,
    known,
    maxBytes: MAX_WEBHOOK_BYTES,
  });
  try {
    const receivers =
      appId === null
        ? known.filter(({ secret }) => body.signers.has(secret))
        : await findSigningReceivers(services, appId, known, body);
    if (receivers.length === 0) {
      throw unsigned();
    }
    return await takeDelivery(services, request, body, { receivers, isOfApp: appId !== null });
  } finally {
    body.release();
  }
}

interface Receivers {
  readonly receivers: readonly WebhookReceiver[];
  /** Then the payload says which of them it is meant for. */
  readonly isOfApp: boolean;
}

async function takeDelivery(
  services: GithubWebhookServices,
  request: Request,
  body: SignedBody,
  { receivers, isOfApp }: Receivers,
): Promise<Response> {
  const headers = readHeaders(request);
  const payload = parseObject(body);
  // Storing and announcing take seconds, and need the bytes no more.
  body.release();
  if (headers.event === 'ping') {
    return Response.json({ status: 'pong' });
  }
  const { installationId, ...read } = readPayload(headers.event, payload);
  const isMeant = (receiver: WebhookReceiver): boolean =>
    !isOfApp || receiver.installationId === installationId;
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

/** The App that the headers name. */
function readAppId(request: Request): bigint {
  const appId = request.headers.get('x-github-hook-installation-target-id') ?? '';
  const isApp = request.headers.get('x-github-hook-installation-target-type') === 'integration';
  if (!isApp || !ID.test(appId)) {
    throw unsigned();
  }
  return BigInt(appId);
}

/** The connections of an App whose secret signed the body, those of the installation that it names first of all. */
async function findSigningReceivers(
  services: GithubWebhookServices,
  appId: bigint,
  known: readonly WebhookReceiver[],
  body: SignedBody,
): Promise<WebhookReceiver[]> {
  const named = guessInstallation(body.text());
  const receivers = named === null ? known : await services.findAppReceivers(appId, named);
  const tried = new Set(known.map(({ secret }) => secret));
  const further = body.signersAmong(
    receivers.map(({ secret }) => secret).filter((secret) => !tried.has(secret)),
  );
  return receivers.filter(({ secret }) => body.signers.has(secret) || further.has(secret));
}

/**
 * The installation that a body names which may be anybody's: what it is good for is to try its secret first. Nothing is
 * parsed for it: JSON of 25 MB that nobody has signed would hold up the process for seconds.
 */
function guessInstallation(text: string): bigint | null {
  const [, id] = INSTALLATION.exec(text) ?? [];
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
