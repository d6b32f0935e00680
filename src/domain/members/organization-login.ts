import { DomainError } from '../core/errors.ts';

/** GitHub's own rule: letters, digits and hyphens; an underscore stands in the logins of managed accounts. */
const LOGIN = /^[A-Za-z0-9][A-Za-z0-9_-]{0,38}$/;

/**
 * Reads the login of an organisation.
 * @throws DomainError INVALID_INPUT when the text is none
 */
export function parseOrganizationLogin(text: string): string {
  const login = text.trim();
  if (!LOGIN.test(login)) {
    throw new DomainError(
      'INVALID_INPUT',
      'organization is no login: write it as in the address of the organisation on GitHub, for example octo-org.',
    );
  }
  return login;
}
