import { cleanText } from '../core/clean-text.ts';
import { DomainError } from '../core/errors.ts';
import { excerpt } from '../core/excerpt.ts';

/** Names of teams, users and tokens that come from outside. Each reader throws DomainError INVALID_INPUT with what fits. */

const MAX_NAME_CHARACTERS = 100;
const MAX_EMAIL_CHARACTERS = 254;

/** As the database holds them; anything else is no team's slug. */
const SLUG = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** One @ with something around it: whether mail arrives there is nobody's business here. */
const EMAIL = /^[^\s@]+@[^\s@]+$/u;

/** Control and format characters make two names look alike. */
const UNSHOWABLE = /[\p{Cc}\p{Cf}\p{Cs}]/u;

/** Whether a text can be the slug of a team. */
export function isSlug(text: string): boolean {
  return SLUG.test(text);
}

/** @throws DomainError INVALID_INPUT */
export function readSlug(text: string): string {
  if (!isSlug(text)) {
    throw new DomainError(
      'INVALID_INPUT',
      `"${excerpt(text)}" is not a slug: write 1 to 63 small letters, digits and hyphens, a hyphen not first.`,
    );
  }
  return text;
}

/**
 * A display name, without the space around it.
 * @param field how the input calls it, for the message
 * @throws DomainError INVALID_INPUT
 */
export function readName(field: string, text: string): string {
  const name = cleanText(text).text.trim();
  if (name === '' || name.length > MAX_NAME_CHARACTERS || UNSHOWABLE.test(name)) {
    throw new DomainError(
      'INVALID_INPUT',
      `${field} must have 1 to ${MAX_NAME_CHARACTERS} characters on one line.`,
    );
  }
  return name;
}

/** An email address in small letters: the same one in capitals is no other user. @throws DomainError INVALID_INPUT */
export function readEmail(text: string): string {
  const email = text.trim().toLowerCase();
  if (!EMAIL.test(email) || email.length > MAX_EMAIL_CHARACTERS || UNSHOWABLE.test(email)) {
    throw new DomainError(
      'INVALID_INPUT',
      `"${excerpt(text)}" is not an email address: write it as name@example.com.`,
    );
  }
  return email;
}
