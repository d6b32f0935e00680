import { cleanText } from '../../domain/core/clean-text.ts';
import { parseRepositoryName, type RepositoryName } from '../../domain/sync/repository-name.ts';
import { unreadable } from './answers.ts';

/** An incident as its source tells it. */
export interface ReadIncident {
  /** Its id at the source. */
  readonly externalId: string;
  readonly title: string;
  readonly url: string | null;
  readonly repository: RepositoryName | null;
  readonly environment: string | null;
  readonly openedAt: Date;
  /** Null while it goes on. */
  readonly resolvedAt: Date | null;
}

const MAX_ID_CHARACTERS = 200;
const MAX_TITLE_CHARACTERS = 1_000;
const MAX_URL_CHARACTERS = 2_000;

/**
 * Reads `{id, title, url?, repository?, environment?, openedAt, resolvedAt?}`; instants are ISO 8601 with an offset.
 * @throws WebhookRefusal 400 that names the field and what it must be
 */
export function readIncident(payload: Readonly<Record<string, unknown>>): ReadIncident {
  const openedAt = readInstant(payload, 'openedAt');
  const resolvedAt = isAbsent(payload['resolvedAt']) ? null : readInstant(payload, 'resolvedAt');
  if (resolvedAt !== null && resolvedAt < openedAt) {
    throw unreadable(
      'resolvedAt lies before openedAt: an incident is resolved after it was opened.',
    );
  }
  return {
    externalId: readText(payload, 'id', MAX_ID_CHARACTERS),
    title: readText(payload, 'title', MAX_TITLE_CHARACTERS),
    url: readUrl(payload),
    repository: readRepository(payload),
    environment: isAbsent(payload['environment'])
      ? null
      : readText(payload, 'environment', MAX_ID_CHARACTERS),
    openedAt,
    resolvedAt,
  };
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function readText(
  payload: Readonly<Record<string, unknown>>,
  field: string,
  maxCharacters: number,
): string {
  const value = payload[field];
  // Sources number their incidents as often as they name them.
  const given = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  const text = typeof given === 'string' ? cleanText(given).text.trim() : '';
  if (text === '' || text.length > maxCharacters) {
    throw unreadable(`${field} must be a text of 1 to ${maxCharacters} characters.`);
  }
  return text;
}

function readUrl(payload: Readonly<Record<string, unknown>>): string | null {
  if (isAbsent(payload['url'])) {
    return null;
  }
  const url = readText(payload, 'url', MAX_URL_CHARACTERS);
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw unreadable('url must be an address that begins with https:// or http://.');
  }
  return url;
}

function readRepository(payload: Readonly<Record<string, unknown>>): RepositoryName | null {
  if (isAbsent(payload['repository'])) {
    return null;
  }
  try {
    return parseRepositoryName(readText(payload, 'repository', MAX_ID_CHARACTERS));
  } catch {
    throw unreadable('repository must be named as owner/name.');
  }
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

function readInstant(payload: Readonly<Record<string, unknown>>, field: string): Date {
  const value = payload[field];
  const at = typeof value === 'string' && INSTANT.test(value) ? new Date(value) : null;
  if (at === null || Number.isNaN(at.getTime())) {
    throw unreadable(`${field} must be an instant such as 2026-03-04T12:00:00Z.`);
  }
  return at;
}
