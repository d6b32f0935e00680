import { createHmac } from 'node:crypto';
import { createSecretBox, type SecretBox } from '../../../../src/db/core/secret-box.ts';
import {
  incidentSecretScope,
  webhookSecretScope,
} from '../../../../src/db/webhooks/webhook-receivers.ts';
import type { Gateway } from '../../../../src/runtime/http/gateway.ts';
import { createApiWorld, type ApiWorld } from '../api-world.ts';

/** What a test changes of a webhook. */
export interface WebhookRequest {
  readonly path: string;
  readonly secret?: string;
  readonly event?: string;
  readonly delivery?: string;
  readonly hook?: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
  /** Laid over the headers; null takes one away. */
  readonly headers?: Readonly<Record<string, string | null>>;
}

export interface WebhookAnswer {
  readonly status: number;
  readonly body: {
    readonly status?: string;
    readonly errors?: readonly {
      readonly message: string;
      readonly extensions: { code: string };
    }[];
  };
}

export interface WebhookWorld {
  readonly api: ApiWorld;
  readonly gateway: Gateway;
  /** A connection with a webhook secret; of a GitHub App when it names one. */
  connect(
    slug: string,
    secret: string,
    app?: { readonly appId: number; readonly installationId: number },
  ): Promise<{ readonly teamId: string; readonly connectionId: string }>;
  addIncidentSource(teamId: string, name: string, secret: string): Promise<string>;
  send(request: WebhookRequest): Promise<WebhookAnswer>;
  /** All deliveries that are stored. */
  deliveries(): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

export const HOOK_SECRET = 'It is a secret to everybody';

/** GitHub's form of a signature. */
export function sign(secret: string, body: string | Uint8Array): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/** Opens what the webhook world sealed. */
export function createTestSecrets(): Promise<SecretBox> {
  return createSecretBox([Buffer.alloc(32, 7).toString('base64')]);
}

export async function createWebhookWorld(): Promise<WebhookWorld> {
  const api = await createApiWorld();
  const secrets = await createTestSecrets();
  const gateway = api.createGateway({ secrets });

  async function addTeam(slug: string): Promise<string> {
    const [known] = await api.sql<{ id: string }>(
      `INSERT INTO team (slug, name) VALUES ($1, $1)
       ON CONFLICT (slug) DO UPDATE SET name = excluded.name RETURNING id::text`,
      [slug],
    );
    return known?.id ?? '';
  }

  return {
    api,
    gateway,
    async connect(slug, secret, app) {
      const teamId = await addTeam(slug);
      const [row] = await api.sql<{ id: string }>(
        `INSERT INTO github_connection (team_id, kind, api_url, app_id, installation_id)
         VALUES ($1, $2, 'https://api.github.com', $3, $4) RETURNING id::text`,
        [teamId, app === undefined ? 'PAT' : 'APP', app?.appId, app?.installationId],
      );
      const connectionId = row?.id ?? '';
      const scope = webhookSecretScope(BigInt(teamId), BigInt(connectionId));
      await api.sql(
        `UPDATE github_connection SET webhook_secret = $3 WHERE team_id = $1 AND id = $2`,
        [teamId, connectionId, await secrets.seal(secret, scope)],
      );
      return { teamId, connectionId };
    },
    async addIncidentSource(teamId, name, secret) {
      const [row] = await api.sql<{ id: string }>(
        `INSERT INTO incident_source (team_id, name) VALUES ($1, $2) RETURNING id::text`,
        [teamId, name],
      );
      const id = row?.id ?? '';
      const sealed = await secrets.seal(secret, incidentSecretScope(BigInt(teamId), BigInt(id)));
      await api.sql(`UPDATE incident_source SET secret = $3 WHERE team_id = $1 AND id = $2`, [
        teamId,
        id,
        sealed,
      ]);
      return id;
    },
    async send({ path, secret = HOOK_SECRET, body, ...request }) {
      const given: Record<string, string | null> = {
        'content-type': 'application/json',
        'x-github-event': request.event ?? 'pull_request',
        'x-github-delivery': request.delivery ?? crypto.randomUUID(),
        'x-github-hook-id': request.hook ?? '77',
        'x-hub-signature-256': sign(secret, body),
        ...request.headers,
      };
      const headers = Object.entries(given).filter(
        (entry): entry is [string, string] => entry[1] !== null,
      );
      const response = await gateway.fetch(
        new Request(`http://gateway.test${path}`, { method: 'POST', headers, body }),
      );
      return { status: response.status, body: (await response.json()) as WebhookAnswer['body'] };
    },
    deliveries: () =>
      api.sql(`SELECT team_id::text AS "teamId", connection_id::text AS "connectionId", delivery_id AS "deliveryId",
        hook_id::text AS "hookId", event, action, subject, state, reason, signalled_at IS NOT NULL AS "isSignalled"
        FROM webhook_delivery ORDER BY team_id, connection_id, hook_id, delivery_id`),
    async close() {
      await gateway.dispose();
      await api.close();
    },
  };
}
