import type { Written } from '../core/admin-audit.ts';
import type { DbTransaction } from '../core/client.ts';
import { saveIncident, type SaveIncidentInput } from './incidents.ts';
import type { SecretBox } from '../core/secret-box.ts';
import { incidentSecretScope } from '../webhooks/webhook-receivers.ts';

export interface CreateIncidentSourceInput {
  readonly teamId: bigint;
  readonly name: string;
  /** It is shown once, to whoever asked; here it is sealed. */
  readonly secret: string;
}

/**
 * Gives a team a source that reports incidents.
 * @returns id of the source; null when the team has one of this name
 */
export async function createIncidentSource(
  tx: DbTransaction,
  secrets: SecretBox,
  input: CreateIncidentSourceInput,
): Promise<Written<bigint | null>> {
  const { teamId, name } = input;
  const [source] = await tx.$queryRaw<{ id: bigint }[]>`
    INSERT INTO incident_source (team_id, name) VALUES (${teamId}, ${name})
    ON CONFLICT (team_id, name) DO NOTHING RETURNING id`;
  if (source === undefined) {
    return { result: null, audit: 'UNCHANGED' };
  }
  // The secret is bound to the row, whose id is known only now.
  const sealed = await secrets.seal(input.secret, incidentSecretScope(teamId, source.id));
  await tx.$executeRaw`
    UPDATE incident_source SET secret = ${sealed} WHERE team_id = ${teamId} AND id = ${source.id}`;
  return {
    result: source.id,
    audit: { action: 'INCIDENT_SOURCE_CREATED', details: { source: name } },
  };
}

/** An incident as a source reports it. */
export interface ReportedIncident extends Omit<SaveIncidentInput, 'repositoryId' | 'deploymentId'> {
  readonly repository: { readonly owner: string; readonly name: string } | null;
}

/** Writes an incident that a source reports. A repository that the team does not have is left out. */
export async function saveReportedIncident(
  tx: DbTransaction,
  { repository, ...incident }: ReportedIncident,
): Promise<void> {
  const rows = await tx.$queryRaw<{ id: bigint }[]>`
    SELECT id FROM repository
    WHERE team_id = ${incident.teamId} AND lower(owner) = lower(${repository?.owner ?? null}::text)
      AND lower(name) = lower(${repository?.name ?? null}::text) AND sync_state <> 'GONE' ORDER BY id LIMIT 1`;
  const repositoryId = rows[0]?.id ?? null;
  await saveIncident(tx, { ...incident, repositoryId, deploymentId: null });
}
