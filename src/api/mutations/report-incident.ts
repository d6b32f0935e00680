import type { RowKey } from '../../db/reads/rows-by-key.ts';
import { cleanText } from '../../domain/core/clean-text.ts';
import { DomainError } from '../../domain/core/errors.ts';
import type { ApiContext } from '../core/context.ts';
import { readRowId } from '../core/global-id.ts';
import { requireAdminOf, requireTeamAdmin } from '../core/team-admin.ts';

export interface ReportIncidentRequest {
  readonly teamId: string;
  readonly externalId: string;
  readonly title: string;
  readonly url?: string | null | undefined;
  readonly repositoryId?: string | null | undefined;
  readonly environment?: string | null | undefined;
  readonly deploymentId?: string | null | undefined;
  readonly openedAt: Date;
  readonly resolvedAt?: Date | null | undefined;
}

const MAX_ID_CHARACTERS = 200;
const MAX_TITLE_CHARACTERS = 1_000;
const MAX_URL_CHARACTERS = 2_000;

/**
 * Writes an incident that an admin reports; the same external id again changes the same incident.
 * @throws DomainError NOT_FOUND, FORBIDDEN, INVALID_INPUT; then nothing is written
 */
export async function reportIncident(
  context: ApiContext,
  request: ReportIncidentRequest,
): Promise<RowKey> {
  const { teamId, userId } = requireTeamAdmin(context, request.teamId, 'report its incidents');
  const { openedAt } = request;
  const resolvedAt = request.resolvedAt ?? null;
  const at = context.services.now();
  if (openedAt > at) {
    throw invalid('openedAt lies in the future: report an incident once it is there.');
  }
  if (resolvedAt !== null && resolvedAt < openedAt) {
    throw invalid('resolvedAt must not lie before openedAt.');
  }
  const given = request.deploymentId ?? null;
  if (given !== null && (request.repositoryId ?? request.environment ?? null) !== null) {
    throw invalid(
      'Give deploymentId alone: its repository and environment are those of the incident.',
    );
  }
  const id = await context.services.incidentLog.report({
    teamId,
    externalId: readText(request.externalId, 'externalId', MAX_ID_CHARACTERS),
    title: readText(request.title, 'title', MAX_TITLE_CHARACTERS),
    url: readUrl(request.url ?? null),
    repositoryId: readId(request.repositoryId, 'Repository', teamId),
    environment:
      request.environment == null
        ? null
        : readText(request.environment, 'environment', MAX_ID_CHARACTERS),
    deploymentId: readId(given, 'Deployment', teamId),
    openedAt,
    resolvedAt,
    actorId: userId,
    at,
  });
  await context.reads.refresh();
  return { teamId, id };
}

export interface ResolveIncidentRequest {
  readonly incidentId: string;
  readonly resolvedAt?: Date | null | undefined;
}

/**
 * Ends an incident; one that has ended keeps its end unless another one is given.
 * @throws DomainError NOT_FOUND, FORBIDDEN, INVALID_INPUT; then nothing is written
 */
export async function resolveIncident(
  context: ApiContext,
  request: ResolveIncidentRequest,
): Promise<RowKey> {
  const key = readRowId(request.incidentId, 'Incident');
  const { userId } = requireAdminOf(context, key.teamId, 'incident', 'resolve its incidents');
  const resolvedAt = request.resolvedAt ?? null;
  const at = context.services.now();
  if (resolvedAt !== null && resolvedAt > at) {
    throw invalid('resolvedAt lies in the future: resolve an incident once it is over.');
  }
  await context.services.incidentLog.resolve({ ...key, resolvedAt, actorId: userId, at });
  await context.reads.refresh();
  return key;
}

function invalid(message: string): DomainError {
  return new DomainError('INVALID_INPUT', message);
}

/** What is of another team is as unknown as what never was. */
function readId(id: string | null | undefined, type: string, teamId: bigint): bigint | null {
  if (id == null) {
    return null;
  }
  const key = readRowId(id, type);
  return key.teamId === teamId ? key.id : 0n;
}

function readText(value: string, field: string, maxCharacters: number): string {
  const text = cleanText(value).text.trim();
  if (text === '' || text.length > maxCharacters) {
    throw invalid(`${field} must have 1 to ${maxCharacters} characters.`);
  }
  return text;
}

function readUrl(value: string | null): string | null {
  if (value === null) {
    return null;
  }
  const url = readText(value, 'url', MAX_URL_CHARACTERS);
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw invalid('url must be an address that begins with https:// or http://.');
  }
  return url;
}
