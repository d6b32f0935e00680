import type { AccountData, AccountKind } from '../core/github-data.ts';
import type { RecordedRow } from './ndjson.ts';
import { integerAt, objectAt, textAt, textOrNullAt, wordAt } from './row-fields.ts';

/** The accounts that turned up while reading. */
export interface AccountRegistry {
  /** Writes an account down and answers its login. The first one with a name is kept. */
  add(row: RecordedRow): string;
  /** The login of the account at a path, or null when GitHub named none. */
  loginAt(row: RecordedRow, path: string): string | null;
  all(): AccountData[];
}

const KINDS: readonly AccountKind[] = ['User', 'Bot', 'Mannequin', 'Organization'];

/** Recorded lists do not say since when an account exists; GitHub's first day is never too late. */
const UNKNOWN_SINCE = '2008-02-08T00:00:00Z';

/** An empty book. Logins are compared without regard to case. */
export function createAccountRegistry(): AccountRegistry {
  const accounts = new Map<string, AccountData>();

  function add(row: RecordedRow): string {
    const login = textAt(row, 'login');
    const known = accounts.get(login.toLowerCase());
    if (known === undefined) {
      accounts.set(login.toLowerCase(), {
        kind: wordAt(row, 'type', KINDS),
        databaseId: integerAt(row, 'id'),
        login,
        name: textOrNullAt(row, 'name'),
        url: textAt(row, 'html_url'),
        createdAt: textOrNullAt(row, 'created_at') ?? UNKNOWN_SINCE,
      });
      return login;
    }
    return known.login;
  }

  return {
    add,
    loginAt: (row, path) => {
      const account = objectAt(row, path);
      // GitHub answers an empty object where it knows no account.
      return account === null || account.value['login'] === undefined ? null : add(account);
    },
    all: () => [...accounts.values()],
  };
}
