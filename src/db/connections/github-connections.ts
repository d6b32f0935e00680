import type { DbTransaction } from '../core/client.ts';
import type { ConnectionKey } from '../core/keys.ts';
import type { SecretScope } from '../core/secret-box.ts';

/** What a connection's secret is bound to when it is sealed. */
export function connectionSecretScope(teamId: bigint, rowId: bigint): SecretScope {
  return { table: 'github_connection', column: 'secret', teamId, rowId };
}

/** How a team reaches GitHub; the secret is sealed. */
export interface GithubConnectionRow {
  readonly id: bigint;
  readonly apiUrl: string;
  readonly secret: string | null;
  readonly identity: string | null;
}

export type ConnectionStatus = 'ACTIVE' | 'NEEDS_REAUTH' | 'SUSPENDED' | 'DISCONNECTED';

/** The team's connections that work, oldest first. */
export async function readActiveConnections(
  tx: DbTransaction,
  teamId: bigint,
): Promise<GithubConnectionRow[]> {
  return tx.$queryRaw`
    SELECT id, api_url AS "apiUrl", secret, identity FROM github_connection
    WHERE team_id = ${teamId} AND status = 'ACTIVE' ORDER BY id`;
}

/** Whether GitHub can be asked for a team. */
export async function isTeamConnected(tx: DbTransaction, teamId: bigint): Promise<boolean> {
  return (await readActiveConnections(tx, teamId)).length > 0;
}

/** A connection with what it asks GitHub with, and how it stands. */
export interface GithubConnectionState extends GithubConnectionRow, StoredCredential {
  readonly status: ConnectionStatus;
  readonly statusReason: string | null;
}

/** One connection of a team; null when the team has no such connection. */
export async function readConnection(
  tx: DbTransaction,
  key: ConnectionKey,
): Promise<GithubConnectionState | null> {
  const rows = await tx.$queryRaw<GithubConnectionState[]>`
    SELECT id, api_url AS "apiUrl", secret, app_id AS "appId", installation_id AS "installationId", identity, status,
      status_reason AS "statusReason"
    FROM github_connection WHERE team_id = ${key.teamId} AND id = ${key.connectionId}`;
  return rows[0] ?? null;
}

/** What a connection asks GitHub with; the secret is sealed. */
export interface StoredCredential extends Pick<GithubConnectionRow, 'apiUrl' | 'secret'> {
  /** Both null unless it is the installation of a GitHub App; the secret is then the App's private key. */
  readonly appId: bigint | null;
  readonly installationId: bigint | null;
}

/** The credential of a connection; null when there is no such connection, or it was disconnected. */
export async function readCredential(
  tx: DbTransaction,
  key: ConnectionKey,
): Promise<StoredCredential | null> {
  const connection = await readConnection(tx, key);
  return connection?.status === 'DISCONNECTED' ? null : connection;
}

/** The credential that GitHub was asked with: an admin may have given another one meanwhile. */
export interface UsedCredential extends ConnectionKey {
  /** Sealed, as it was read. */
  readonly secret: string | null;
}

/** Keeps whom GitHub says the credential belongs to: quotas are counted by it. */
export async function saveConnectionIdentity(
  tx: DbTransaction,
  used: UsedCredential,
  identity: string,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE github_connection SET identity = ${identity}, updated_at = now()
    WHERE team_id = ${used.teamId} AND id = ${used.connectionId} AND secret IS NOT DISTINCT FROM ${used.secret}
      AND identity IS DISTINCT FROM ${identity}`;
}

/** A refused credential: nothing is asked with it until an admin gives a new one. What was disconnected stays so. */
export async function setConnectionRefused(
  tx: DbTransaction,
  used: UsedCredential,
  status: 'NEEDS_REAUTH' | 'SUSPENDED',
  reason: string,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE github_connection SET status = ${status}, status_reason = ${reason}, updated_at = now()
    WHERE team_id = ${used.teamId} AND id = ${used.connectionId} AND secret IS NOT DISTINCT FROM ${used.secret}
      AND status <> 'DISCONNECTED'`;
}

/**
 * Says on a connection that works what of it does not, or no more. What else its reason says stays: a reason is only
 * replaced or taken away where it is about the same part.
 * @param part how reasons about this part begin
 * @param problem what follows that; null when the part works
 */
export async function setPartialProblem(
  tx: DbTransaction,
  key: ConnectionKey,
  part: string,
  problem: string | null,
): Promise<void> {
  const reason = problem === null ? null : `${part}${problem}`;
  await tx.$executeRaw`
    UPDATE github_connection SET status_reason = ${reason}, updated_at = now()
    WHERE team_id = ${key.teamId} AND id = ${key.connectionId} AND status = 'ACTIVE'
      AND status_reason IS DISTINCT FROM ${reason} AND (status_reason IS NULL OR starts_with(status_reason, ${part}))`;
}
