import { classifyActor, GHOST, idOfLogin, type ActorFact } from '../../domain/members/actor.ts';
import { reasonOf, type TextCleaner, toId, UnreadableError } from '../transport/wire-values.ts';
import type { EntryReader } from './entry-reader.ts';

/** An account as both APIs name it: only people have a name. */
export interface AccountNode {
  readonly __typename: string;
  readonly login: string;
  readonly databaseId?: number | bigint | null;
  readonly name?: string | null;
}

/**
 * An account; a deleted one is @ghost, which GitHub names where its schema promises an account. One that has no id, such
 * as an EnterpriseUserAccount and some bots, is known by its login.
 * @throws UnreadableError where it has no login either
 */
export function toActor(raw: AccountNode | null, cleaner: TextCleaner): ActorFact {
  if (raw == null) {
    return GHOST;
  }
  const login = cleaner.cleanKey(raw.login, 'login');
  if (login === '') {
    throw new UnreadableError('login is empty');
  }
  const githubId = idOf(raw) ?? idOfLogin(login);
  if (githubId === GHOST.githubId) {
    return GHOST;
  }
  return {
    githubId,
    login,
    name: typeof raw.name === 'string' && raw.name !== '' ? cleaner.clean(raw.name, 'name') : null,
    ...classifyActor(login, raw.__typename),
  };
}

/** As `toActor`; null for nobody, and for one that cannot be read: who did it is no reason to lose what was done. */
export function toActorOrNull(raw: AccountNode | null, cleaner: TextCleaner): ActorFact | null {
  try {
    return raw === null ? null : toActor(raw, cleaner);
  } catch (error) {
    reasonOf(error);
    return null;
  }
}

function idOf({ databaseId }: AccountNode): bigint | null {
  try {
    return toId(databaseId, 'id of an account');
  } catch {
    // GitHub's schema lets it be null; what else it may be says as little.
    return null;
  }
}

/** As `toActor`; null where it cannot be read. What is not known of it is noted. @param field names it: `author` */
export function readActor(
  raw: AccountNode | null,
  reader: EntryReader,
  field: string,
): ActorFact | null {
  const actor = reader.optional(field, () => toActor(raw, reader.cleaner));
  if (actor !== null && actor.githubId < 0n) {
    reader.note(
      field,
      `GitHub names ${actor.login} without an id: the account is known by its login`,
    );
  }
  if (raw?.name != null && typeof raw.name !== 'string') {
    reader.note(`${field}.name`, 'name is no text');
  }
  return actor;
}
