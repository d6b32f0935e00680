import type { ReportedIncident } from '../../db/delivery/incident-sources.ts';
import { cleanText } from '../../domain/core/clean-text.ts';
import { INSTANT_FORM, parseInstant } from '../../domain/core/instants.ts';
import { parseRepositoryName, type RepositoryName } from '../../domain/sync/repository-name.ts';
import { unreadable } from './answers.ts';

type Payload = Readonly<Record<string, unknown>>;

const MAX_ID_CHARACTERS = 200;
const MAX_TITLE_CHARACTERS = 1_000;
const MAX_URL_CHARACTERS = 2_000;

/**
 * Reads `{id, title, url?, repository?, environment?, openedAt, resolvedAt?}`; instants are as `parseInstant` reads them.
 * @throws WebhookRefusal 400 that names the field and what it must be
 */
export function readIncident(payload: Payload): Omit<ReportedIncident, 'teamId' | 'source'> {
  const openedAt = readInstant(payload, 'openedAt');
  const resolvedAt = readOptional(payload, 'resolvedAt', readInstant);
  if (resolvedAt !== null && resolvedAt < openedAt) {
    throw unreadable(
      'resolvedAt lies before openedAt: an incident is resolved after it was opened.',
    );
  }
  return {
    externalId: readText(payload, 'id'),
    title: readText(payload, 'title', MAX_TITLE_CHARACTERS),
    url: readOptional(payload, 'url', readUrl),
    repository: readOptional(payload, 'repository', readRepository),
    environment: readOptional(payload, 'environment', readText),
    openedAt,
    resolvedAt,
  };
}

function readOptional<Value>(
  payload: Payload,
  field: string,
  read: (payload: Payload, field: string) => Value,
): Value | null {
  return payload[field] === undefined || payload[field] === null ? null : read(payload, field);
}

function readText(payload: Payload, field: string, maxCharacters = MAX_ID_CHARACTERS): string {
  const value = payload[field];
  // Sources number their incidents as often as they name them.
  const given = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  const text = typeof given === 'string' ? cleanText(given).text.trim() : '';
  if (text === '' || text.length > maxCharacters) {
    throw unreadable(`${field} must be a text of 1 to ${maxCharacters} characters.`);
  }
  return text;
}

function readUrl(payload: Payload, field: string): string {
  const url = readText(payload, field, MAX_URL_CHARACTERS);
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw unreadable('url must be an address that begins with https:// or http://.');
  }
  return url;
}

function readRepository(payload: Payload, field: string): RepositoryName {
  try {
    return parseRepositoryName(readText(payload, field));
  } catch {
    throw unreadable('repository must be named as owner/name.');
  }
}

function readInstant(payload: Payload, field: string): Date {
  const at = parseInstant(payload[field]);
  if (at === null) {
    throw unreadable(`${field} must be ${INSTANT_FORM}.`);
  }
  return at;
}
