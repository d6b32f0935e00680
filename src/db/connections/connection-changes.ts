import { DomainError } from '../../domain/core/errors.ts';
import type { PermissionReport } from '../../domain/connections/github-permission.ts';
import type { Written } from '../core/admin-audit.ts';
import type { DbTransaction } from '../core/client.ts';
import type { ConnectionKey } from '../core/keys.ts';
import { lockTransaction } from '../core/advisory-lock.ts';
import { firstRow } from '../core/first-row.ts';
import { connectionSecretScope, type UsedCredential } from './github-connections.ts';
import type { SecretBox } from '../core/secret-box.ts';
import { webhookSecretScope } from '../webhooks/webhook-receivers.ts';

/** What an admin connects a team with. */
export interface ConnectionInput {
  readonly teamId: bigint;
  /** Which connection gets the new credential; null: one to the same API that does not work, else a new one. */
  readonly connectionId: bigint | null;
  readonly label: string | null;
  /** Checked already. */
  readonly apiUrl: string;
  readonly credential:
    | { readonly kind: 'PAT'; readonly secret: string }
    | {
        readonly kind: 'APP';
        readonly appId: bigint;
        readonly installationId: bigint;
        /** The App's private key. */
        readonly secret: string;
      };
  /** Null keeps the one that is there, or makes one. */
  readonly webhookSecret: string | null;
}

export interface SavedConnection {
  readonly connectionId: bigint;
  /** The webhook secret that was made; null when it was given, or kept. It cannot be read again. */
  readonly madeWebhookSecret: string | null;
}

/** Connections of a team, ended ones included: their rows stay. */
export const MAX_GITHUB_CONNECTIONS = 50;

const WEBHOOK_SECRET_BYTES = 32;

interface FoundConnection {
  readonly id: bigint;
  readonly hasWebhookSecret: boolean;
}

/**
 * Stores a credential sealed, beside the team's repositories, cursors and watermarks: syncs go on where they stood.
 * @returns null when the team has no such connection
 * @throws DomainError INVALID_INPUT for another GitHub server than that of the team's data, LIMIT_EXCEEDED when the team
 * has 50 connections; then nothing is stored
 */
export async function saveConnection(
  tx: DbTransaction,
  secrets: SecretBox,
  input: ConnectionInput,
): Promise<Written<SavedConnection | null>> {
  const { teamId, credential } = input;
  const known = await findConnection(tx, input);
  if (known === null && input.connectionId !== null) {
    return { result: null, audit: 'UNCHANGED' };
  }
  await requireServer(tx, input, known?.id ?? null);
  const connectionId = known?.id ?? (await insertConnection(tx, input));
  const isSaved = input.webhookSecret === null && known?.hasWebhookSecret === true;
  const madeWebhookSecret = input.webhookSecret === null && !isSaved ? makeWebhookSecret() : null;
  const webhookSecret = input.webhookSecret ?? madeWebhookSecret;
  const sealed = await secrets.seal(credential.secret, connectionSecretScope(teamId, connectionId));
  const sealedWebhook =
    webhookSecret === null
      ? null
      : await secrets.seal(webhookSecret, webhookSecretScope(teamId, connectionId));
  const [appId, installationId] =
    credential.kind === 'APP' ? [credential.appId, credential.installationId] : [null, null];
  await tx.$executeRaw`
      UPDATE github_connection SET kind = ${credential.kind}, api_url = ${input.apiUrl}, secret = ${sealed},
        webhook_secret = coalesce(${sealedWebhook}::text, webhook_secret), app_id = ${appId}::bigint,
        installation_id = ${installationId}::bigint, label = coalesce(${input.label}::text, label), identity = NULL,
        status = 'ACTIVE', status_reason = NULL, permissions = NULL, tested_at = NULL, disconnected_at = NULL,
        updated_at = now()
      WHERE team_id = ${teamId} AND id = ${connectionId}`;
  return {
    result: { connectionId, madeWebhookSecret },
    audit: {
      action: 'GITHUB_CONNECTED',
      details: {
        connectionId: String(connectionId),
        kind: credential.kind,
        apiUrl: input.apiUrl,
        isNew: known === null,
      },
    },
  };
}

async function findConnection(
  tx: DbTransaction,
  { teamId, connectionId, apiUrl }: ConnectionInput,
): Promise<FoundConnection | null> {
  const rows = await tx.$queryRaw<FoundConnection[]>`
    SELECT id, webhook_secret IS NOT NULL AS "hasWebhookSecret" FROM github_connection
    WHERE team_id = ${teamId} AND (id = ${connectionId}::bigint
      OR (${connectionId}::bigint IS NULL AND api_url = ${apiUrl} AND status <> 'ACTIVE'))
    ORDER BY id LIMIT 1 FOR UPDATE`;
  return rows[0] ?? null;
}

/**
 * Repositories and accounts are known by the numbers that a server gives: those of two servers would be taken for one
 * another. A connection counts by what was read with it, and one that works from the start.
 */
async function requireServer(
  tx: DbTransaction,
  { teamId, apiUrl }: ConnectionInput,
  ownId: bigint | null,
): Promise<void> {
  const rows = await tx.$queryRaw<{ apiUrl: string }[]>`
    SELECT DISTINCT c.api_url AS "apiUrl" FROM github_connection c
    WHERE c.team_id = ${teamId} AND ((c.id IS DISTINCT FROM ${ownId}::bigint AND c.status = 'ACTIVE' AND c.identity IS NOT NULL)
      OR EXISTS (SELECT FROM repository r WHERE r.team_id = c.team_id AND r.connection_id = c.id)
      OR EXISTS (SELECT FROM ai_usage_source s WHERE s.team_id = c.team_id AND s.connection_id = c.id))
    ORDER BY 1`;
  const wanted = new URL(apiUrl).hostname;
  const other = rows.map((row) => new URL(row.apiUrl).hostname).find((host) => host !== wanted);
  if (other !== undefined) {
    throw new DomainError(
      'INVALID_INPUT',
      `This team is connected to the GitHub server ${other}, and ${wanted} is another one, which numbers its repositories and accounts anew: connect another team to it.`,
    );
  }
}

/** The row comes before its secrets: they are bound to its id. */
async function insertConnection(
  tx: DbTransaction,
  { teamId, apiUrl }: ConnectionInput,
): Promise<bigint> {
  await lockTransaction(tx, `connections:${teamId}`);
  const [counted] = await tx.$queryRaw<{ isFull: boolean }[]>`
    SELECT count(*) >= ${MAX_GITHUB_CONNECTIONS}::integer AS "isFull" FROM github_connection WHERE team_id = ${teamId}`;
  if (counted?.isFull === true) {
    throw new DomainError(
      'LIMIT_EXCEEDED',
      `A team has at most ${MAX_GITHUB_CONNECTIONS} connections: give the credential to one of them, by its connectionId.`,
    );
  }
  const rows = await tx.$queryRaw<{ id: bigint }[]>`
    INSERT INTO github_connection (team_id, kind, api_url) VALUES (${teamId}, 'PAT', ${apiUrl}) RETURNING id`;
  return firstRow(rows, 'a connection was written but not read back').id;
}

function makeWebhookSecret(): string {
  const random = crypto.getRandomValues(new Uint8Array(WEBHOOK_SECRET_BYTES));
  return [...random].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Ends a connection: its secrets are erased, what was read with it stays. A second time changes nothing.
 * @returns whether the team has such a connection
 */
export async function endConnection(
  tx: DbTransaction,
  key: ConnectionKey,
): Promise<Written<boolean>> {
  const { teamId, connectionId } = key;
  const ended = await tx.$executeRaw`
      UPDATE github_connection SET status = 'DISCONNECTED', secret = NULL, webhook_secret = NULL, identity = NULL,
        permissions = NULL, tested_at = NULL, disconnected_at = now(), updated_at = now(),
        status_reason = 'An admin has disconnected the team from GitHub: connect it again, then start again.'
      WHERE team_id = ${teamId} AND id = ${connectionId} AND status <> 'DISCONNECTED'`;
  if (ended === 1) {
    const details = { connectionId: String(connectionId) };
    return { result: true, audit: { action: 'GITHUB_DISCONNECTED', details } };
  }
  const rows = await tx.$queryRaw<unknown[]>`
      SELECT 1 FROM github_connection WHERE team_id = ${teamId} AND id = ${connectionId}`;
  return { result: rows.length > 0, audit: 'UNCHANGED' };
}

/** Lets a connection that was refused or suspended be asked with again; its answer decides anew. */
export async function restoreConnection(tx: DbTransaction, key: ConnectionKey): Promise<void> {
  await tx.$executeRaw`
    UPDATE github_connection SET status = 'ACTIVE', status_reason = NULL, updated_at = now()
    WHERE team_id = ${key.teamId} AND id = ${key.connectionId} AND status IN ('NEEDS_REAUTH', 'SUSPENDED')`;
}

/**
 * Keeps what a test found. `reason` says why GitHub could not be asked; the status is that of `markConnectionRefused`.
 * @param report null when the credential was refused or GitHub did not answer
 * @returns false when the connection has another credential now, or none
 */
export async function saveConnectionTest(
  tx: DbTransaction,
  used: UsedCredential,
  test: { readonly report: PermissionReport | null; readonly reason: string | null },
): Promise<boolean> {
  const kept = await tx.$executeRaw`
    UPDATE github_connection SET permissions = ${test.report === null ? null : JSON.stringify(test.report)}::text::jsonb,
      tested_at = clock_timestamp(), updated_at = now(),
      status_reason = CASE WHEN ${test.reason}::text IS NULL AND status <> 'ACTIVE' THEN status_reason ELSE ${test.reason} END
    WHERE team_id = ${used.teamId} AND id = ${used.connectionId} AND secret IS NOT DISTINCT FROM ${used.secret}
      AND status <> 'DISCONNECTED'`;
  return kept > 0;
}

/**
 * A repository and an organisation with which a connection can be tried: its own, or else what the team has of the same
 * server by another one; null where none is known.
 */
export async function findProbeTarget(
  tx: DbTransaction,
  key: ConnectionKey,
): Promise<{
  readonly repository: { readonly owner: string; readonly name: string } | null;
  readonly organization: string | null;
  readonly isOwn: boolean;
}> {
  const [row] = await tx.$queryRaw<
    { owner: string; name: string; organization: string | null; isOwn: boolean }[]
  >`
    SELECT r.owner, r.name, r.connection_id = asked.id AS "isOwn",
      (SELECT s.organization FROM ai_usage_source s WHERE s.team_id = r.team_id
        AND s.connection_id = r.connection_id ORDER BY s.organization LIMIT 1) AS organization
    FROM github_connection asked
    JOIN github_connection of_team ON of_team.team_id = asked.team_id AND of_team.api_url = asked.api_url
    JOIN repository r ON r.team_id = of_team.team_id AND r.connection_id = of_team.id
    WHERE asked.team_id = ${key.teamId} AND asked.id = ${key.connectionId} AND r.sync_state <> 'GONE'
    ORDER BY "isOwn" DESC, r.id LIMIT 1`;
  return row === undefined
    ? { repository: null, organization: null, isOwn: true }
    : {
        repository: { owner: row.owner, name: row.name },
        organization: row.organization ?? row.owner,
        isOwn: row.isOwn,
      };
}
