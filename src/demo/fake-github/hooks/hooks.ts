import { createHmac, randomUUID } from 'node:crypto';
import { toInstant } from '../../core/github-data.ts';
import type { Instant } from '../../core/github-data.ts';

/** A webhook of a repository, of an organisation or of the App. */
export interface HookSettings {
  /** `owner/name`, or null for an organisation's and the App's. */
  readonly repository: string | null;
  /** Login, of an organisation's. */
  readonly organization?: string;
  /** Where deliveries are sent. */
  readonly url: string;
  readonly secret: string;
}

export interface Hook extends HookSettings {
  readonly id: number;
  readonly createdAt: Instant;
}

/** One attempt to deliver. */
export interface Delivery {
  readonly id: number;
  readonly hookId: number;
  /** The same for each attempt. */
  readonly guid: string;
  readonly event: string;
  readonly payload: object;
  readonly deliveredAt: Instant;
  readonly isRedelivery: boolean;
  /** 502 when nobody answered. */
  readonly statusCode: number;
}

export interface DeliveryOptions {
  /** False: the attempt fails before anything is sent, as when the receiver is down. Default true. */
  readonly arrives?: boolean;
}

export interface Hooks {
  /** Registers a webhook and gives its id. */
  add(settings: HookSettings): number;
  find(id: number): Hook | undefined;
  ofRepository(repository: string): readonly Hook[];
  ofOrganization(login: string): readonly Hook[];
  ofApp(): readonly Hook[];
  /** Attempts of the last three days, newest first. */
  deliveries(hookId: number): readonly Delivery[];
  /** Sends an event, signed, and notes how that went. */
  deliver(
    hookId: number,
    event: string,
    payload: object,
    options?: DeliveryOptions,
  ): Promise<Delivery>;
  /** Sends a delivery once more under its guid. */
  redeliver(delivery: Delivery): Promise<void>;
}

const UNREACHABLE = 502;
const DELIVERY_RETENTION_MS = 3 * 86_400_000;
const ANSWER_WITHIN_MS = 10_000;

const isOfApp = ({ repository, organization }: Hook): boolean =>
  repository === null && organization === undefined;

/** Webhooks that are really sent, as GitHub sends them. */
export function createHooks(now: () => Date, closing: AbortSignal, appId: number): Hooks {
  const hooks = new Map<number, Hook>();
  const attempts: Delivery[] = [];

  async function send(hook: Hook, sent: Pick<Delivery, 'guid' | 'event' | 'payload'>) {
    const { id, url, secret } = hook;
    const body = JSON.stringify(sent.payload);
    const signature = createHmac('sha256', secret).update(body).digest('hex');
    try {
      const response = await fetch(url, {
        method: 'POST',
        signal: AbortSignal.any([closing, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
        headers: {
          'content-type': 'application/json',
          'user-agent': 'GitHub-Hookshot/fake',
          'x-github-delivery': sent.guid,
          'x-github-event': sent.event,
          'x-github-hook-id': String(id),
          ...(isOfApp(hook) && {
            'x-github-hook-installation-target-type': 'integration',
            'x-github-hook-installation-target-id': String(appId),
          }),
          'x-hub-signature-256': `sha256=${signature}`,
        },
        body,
      });
      await response.body?.cancel();
      return response.status;
    } catch {
      return UNREACHABLE;
    }
  }

  async function attempt(
    hookId: number,
    parts: Pick<Delivery, 'guid' | 'event' | 'payload' | 'isRedelivery'>,
    arrives: boolean,
  ): Promise<Delivery> {
    const hook = hooks.get(hookId);
    if (hook === undefined) {
      throw new Error(`There is no webhook ${hookId}; add it first.`);
    }
    const statusCode = arrives ? await send(hook, parts) : UNREACHABLE;
    const deliveredAt = toInstant(now());
    const delivery = { ...parts, id: attempts.length + 1, hookId, deliveredAt, statusCode };
    attempts.push(delivery);
    return delivery;
  }

  return {
    add(settings) {
      const id = hooks.size + 1;
      hooks.set(id, { ...settings, id, createdAt: toInstant(now()) });
      return id;
    },
    find: (id) => hooks.get(id),
    ofRepository: (repository) =>
      [...hooks.values()].filter(
        (hook) => hook.repository?.toLowerCase() === repository.toLowerCase(),
      ),
    ofOrganization: (login) =>
      [...hooks.values()].filter(
        (hook) => hook.organization?.toLowerCase() === login.toLowerCase(),
      ),
    ofApp: () => [...hooks.values()].filter(isOfApp),
    deliveries(hookId) {
      const since = toInstant(new Date(now().getTime() - DELIVERY_RETENTION_MS));
      return attempts
        .filter((one) => one.hookId === hookId && one.deliveredAt >= since)
        .toReversed();
    },
    deliver: (hookId, event, payload, { arrives = true } = {}) =>
      attempt(hookId, { guid: randomUUID(), event, payload, isRedelivery: false }, arrives),
    async redeliver({ hookId, guid, event, payload }) {
      await attempt(hookId, { guid, event, payload, isRedelivery: true }, true);
    },
  };
}
