import { DomainError } from '../../domain/core/errors.ts';
import type { Written } from '../core/admin-audit.ts';
import { describeSkew } from '../../domain/core/clock-skew.ts';
import type { DbTransaction } from '../core/client.ts';
import { readDatabaseClock } from '../core/database-clock.ts';
import { firstRow } from '../core/first-row.ts';

/** Source of incidents that people report by hand. */
const MANUAL = 'MANUAL';

export interface SaveIncidentInput {
  readonly teamId: bigint;
  /** Who reports it. */
  readonly source: string;
  /** Its id there: a second telling changes the same incident. */
  readonly externalId: string;
  readonly title: string;
  readonly url: string | null;
  readonly repositoryId: bigint | null;
  readonly environment: string | null;
  /** GitHub's id of the deployment that caused it, where somebody says so. */
  readonly deploymentId: bigint | null;
  readonly openedAt: Date;
  /** Null while it goes on. */
  readonly resolvedAt: Date | null;
}

/**
 * Writes an incident, or what is new of one that is known. One that was resolved stays so when an older telling comes
 * late; what a telling leaves out stays known.
 * @returns id of the incident
 */
export async function saveIncident(
  tx: DbTransaction,
  incident: SaveIncidentInput,
): Promise<bigint> {
  const rows = await tx.$queryRaw<{ id: bigint }[]>`
    INSERT INTO incident AS known (team_id, source, external_id, title, url, repository_id, environment, deployment_id,
      opened_at, resolved_at, updated_at)
    VALUES (${incident.teamId}, ${incident.source}, ${incident.externalId}, ${incident.title}, ${incident.url},
      ${incident.repositoryId}, ${incident.environment}, ${incident.deploymentId}, ${incident.openedAt},
      ${incident.resolvedAt}, now())
    ON CONFLICT (team_id, source, external_id) DO UPDATE SET title = excluded.title, url = excluded.url,
      repository_id = coalesce(excluded.repository_id, known.repository_id),
      environment = coalesce(excluded.environment, known.environment),
      deployment_id = coalesce(excluded.deployment_id, known.deployment_id),
      opened_at = excluded.opened_at, updated_at = excluded.updated_at,
      resolved_at = coalesce(excluded.resolved_at,
        CASE WHEN known.resolved_at >= excluded.opened_at THEN known.resolved_at END)
    RETURNING id`;
  return firstRow(rows, 'an incident was written but not read back').id;
}

/**
 * Judges instants by the database's clock, which all gateways share, and answers what it says.
 * @param named instants by the names of their fields; null for one that is not given
 * @throws DomainError INVALID_INPUT when one lies in the future
 */
async function requirePast(
  tx: DbTransaction,
  named: Readonly<Record<string, Date | null>>,
  gatewayNow: Date,
): Promise<Date> {
  const now = await readDatabaseClock(tx);
  for (const [field, instant] of Object.entries(named)) {
    if (instant !== null && instant > now) {
      const skew = describeSkew('the gateway', gatewayNow, "the database's", now);
      throw new DomainError(
        'INVALID_INPUT',
        `${field} lies in the future: tell it once it has happened.${skew}`,
      );
    }
  }
  return now;
}

export interface ReportIncidentInput extends Omit<SaveIncidentInput, 'source'> {
  /** What the clock of the gateway says, to tell where it is wrong. */
  readonly gatewayNow: Date;
}

/**
 * Writes an incident that a person reports. A deployment says itself of which repository and environment it is.
 * @returns id of the incident
 * @throws DomainError NOT_FOUND when the team has no such repository or deployment, INVALID_INPUT when it begins or ends
 * in the future by the database's clock; then nothing is written
 */
export async function reportIncident(
  tx: DbTransaction,
  input: ReportIncidentInput,
): Promise<Written<bigint>> {
  const { teamId, repositoryId, deploymentId, gatewayNow } = input;
  await requirePast(tx, { openedAt: input.openedAt, resolvedAt: input.resolvedAt }, gatewayNow);
  const [found] = await tx.$queryRaw<{ repositoryId: bigint | null; environment: string | null }[]>`
      SELECT coalesce(d.repository_id, r.id) AS "repositoryId", coalesce(d.environment, ${input.environment}) AS environment
      FROM (SELECT ${repositoryId}::bigint AS repository_id, ${deploymentId}::bigint AS deployment_id) AS given
      LEFT JOIN repository r ON r.team_id = ${teamId} AND r.id = given.repository_id
      LEFT JOIN deployment d ON d.team_id = ${teamId} AND d.github_id = given.deployment_id
      WHERE (given.repository_id IS NULL OR r.id IS NOT NULL) AND (given.deployment_id IS NULL OR d.github_id IS NOT NULL)`;
  if (found === undefined) {
    const what = deploymentId === null ? 'repository' : 'deployment';
    throw new DomainError('NOT_FOUND', `There is no such ${what}, or you may not see it.`);
  }
  const id = await saveIncident(tx, { ...input, ...found, source: MANUAL });
  const details = { incident: String(id), title: input.title };
  return { result: id, audit: { action: 'INCIDENT_REPORTED', details } };
}

export interface ResolveIncidentInput {
  readonly teamId: bigint;
  readonly id: bigint;
  /** When it ended; null = now, or when it ended already. */
  readonly resolvedAt: Date | null;
  /** What the clock of the gateway says, to tell where it is wrong. */
  readonly gatewayNow: Date;
}

/**
 * Ends an incident.
 * @throws DomainError NOT_FOUND; INVALID_INPUT when it would end before it began, or in the future by the database's clock
 */
export async function resolveIncident(
  tx: DbTransaction,
  input: ResolveIncidentInput,
): Promise<Written<void>> {
  const { teamId, id, resolvedAt, gatewayNow } = input;
  const now = await requirePast(tx, { resolvedAt }, gatewayNow);
  const [incident] = await tx.$queryRaw<{ openedAt: Date; title: string }[]>`
      SELECT opened_at AS "openedAt", title FROM incident WHERE team_id = ${teamId} AND id = ${id} FOR UPDATE`;
  if (incident === undefined) {
    throw new DomainError('NOT_FOUND', 'There is no such incident, or you may not see it.');
  }
  if ((resolvedAt ?? now) < incident.openedAt) {
    throw new DomainError(
      'INVALID_INPUT',
      `The incident was opened at ${incident.openedAt.toISOString()}: resolvedAt must not lie before.`,
    );
  }
  await tx.$executeRaw`
      UPDATE incident SET resolved_at = coalesce(${resolvedAt}::timestamptz, resolved_at, now()), updated_at = now()
      WHERE team_id = ${teamId} AND id = ${id}`;
  const details = { incident: String(id), title: incident.title };
  return { result: undefined, audit: { action: 'INCIDENT_RESOLVED', details } };
}
