import type { Db, DbTransaction } from '../core/client.ts';
import type { SecretBox, SecretScope } from '../core/secret-box.ts';

/** What a connection's webhook secret is bound to when it is sealed. */
export function webhookSecretScope(teamId: bigint, rowId: bigint): SecretScope {
  return { table: 'github_connection', column: 'webhook_secret', teamId, rowId };
}

/** What an incident source's secret is bound to when it is sealed. */
export function incidentSecretScope(teamId: bigint, rowId: bigint): SecretScope {
  return { table: 'incident_source', column: 'secret', teamId, rowId };
}

/** A connection that a webhook may be for; the secret is open and stays in memory. */
export interface WebhookReceiver {
  readonly teamId: bigint;
  readonly connectionId: bigint;
  /** Of a GitHub App's connection; null with a token. */
  readonly installationId: bigint | null;
  readonly secret: string;
}

/** @param rows receivers whose secrets are still sealed */
const openAll = (
  secrets: SecretBox,
  rows: readonly WebhookReceiver[],
): Promise<WebhookReceiver[]> =>
  Promise.all(
    rows.map(async ({ secret, ...receiver }) => {
      const scope = webhookSecretScope(receiver.teamId, receiver.connectionId);
      return { ...receiver, secret: await secrets.open(secret, scope) };
    }),
  );

/** The connection of this id with its secret, before any team is known; none when it has no webhook secret. */
export async function findWebhookReceiver(
  db: Db,
  secrets: SecretBox,
  connectionId: bigint,
): Promise<WebhookReceiver[]> {
  const rows = await db.$queryRaw<WebhookReceiver[]>`
    SELECT team_id AS "teamId", id AS "connectionId", installation_id AS "installationId", webhook_secret AS secret
    FROM throughline_webhook_connection(${connectionId})`;
  return openAll(secrets, rows);
}

/**
 * Connections of a GitHub App with their secrets: up to 1,000 of the installation that a payload names, then 20 others;
 * 20 where none is named.
 * An App has one secret, so the others show whether a payload about an installation that is not connected is the App's.
 */
export async function findAppReceivers(
  db: Db,
  secrets: SecretBox,
  appId: bigint,
  namedInstallationId: bigint | null,
): Promise<WebhookReceiver[]> {
  const rows = await db.$queryRaw<WebhookReceiver[]>`
    SELECT team_id AS "teamId", id AS "connectionId", installation_id AS "installationId", webhook_secret AS secret
    FROM throughline_webhook_app_connections(${appId}, ${namedInstallationId}::bigint)`;
  return openAll(secrets, rows);
}

/** Connections of a team that receive webhooks and can be asked with. */
export async function listWebhookConnections(tx: DbTransaction, teamId: bigint): Promise<bigint[]> {
  const rows = await tx.$queryRaw<{ id: bigint }[]>`
    SELECT id FROM github_connection
    WHERE team_id = ${teamId} AND webhook_secret IS NOT NULL AND status = 'ACTIVE' ORDER BY id`;
  return rows.map(({ id }) => id);
}

/** A system that reports incidents; the secret is open and stays in memory. */
export interface IncidentReceiver {
  readonly teamId: bigint;
  readonly name: string;
  readonly secret: string;
}

/** The incident source of this id with its secret, before any team is known; none when there is no such source. */
export async function findIncidentReceiver(
  db: Db,
  secrets: SecretBox,
  sourceId: bigint,
): Promise<IncidentReceiver[]> {
  const rows = await db.$queryRaw<IncidentReceiver[]>`
    SELECT team_id AS "teamId", name, secret FROM throughline_incident_source(${sourceId})`;
  return Promise.all(
    rows.map(async ({ secret, ...receiver }) => {
      const scope = incidentSecretScope(receiver.teamId, sourceId);
      return { ...receiver, secret: await secrets.open(secret, scope) };
    }),
  );
}
