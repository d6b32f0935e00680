import type { PermissionReport } from '../../domain/connections/github-permission.ts';
import type { ConnectionStatus } from '../connections/github-connections.ts';
import type { ReadSession } from './read-source.ts';
import { readOfTeams, type RowKey } from './rows-by-key.ts';

/** A connection without its secrets. */
export interface ConnectionRow {
  readonly teamId: bigint;
  readonly id: bigint;
  readonly kind: 'PAT' | 'APP';
  readonly label: string | null;
  readonly apiUrl: string;
  readonly appId: bigint | null;
  readonly installationId: bigint | null;
  readonly status: ConnectionStatus;
  readonly statusReason: string | null;
  /** Null before the first test, and when GitHub rejected the credential. */
  readonly report: PermissionReport | null;
  readonly testedAt: Date | null;
  readonly hasWebhooks: boolean;
}

const CONNECTIONS = `
SELECT team_id AS "teamId", id, kind, label, api_url AS "apiUrl", app_id AS "appId",
  installation_id AS "installationId", status, status_reason AS "statusReason", permissions AS report,
  tested_at AS "testedAt", webhook_secret IS NOT NULL AS "hasWebhooks"
FROM github_connection
WHERE team_id = ANY ($1::text::bigint[])
ORDER BY team_id, id`;

/** The connections of teams, with one statement; a team has few of them. In the order of `keys`. */
export const readGithubConnections = readOfTeams<ConnectionRow>(CONNECTIONS);

/** One connection; null when the team has none with this id. */
export async function findGithubConnection(
  session: ReadSession,
  key: RowKey,
): Promise<ConnectionRow | null> {
  const [rows = []] = await readGithubConnections(session, [key]);
  return rows.find(({ id }) => id === key.id) ?? null;
}
