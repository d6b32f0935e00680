import type { ConnectionServices } from '../../api/core/context.ts';
import type { Db } from '../../db/core/client.ts';
import { endConnection, saveConnection } from '../../db/connections/connection-changes.ts';
import type { SecretBox } from '../../db/core/secret-box.ts';
import { DomainError } from '../../domain/core/errors.ts';
import type { AllowedHosts } from '../../domain/connections/github-host.ts';

/** What admins may do about connections to GitHub, over a database. */
export function createConnectionServices(options: {
  readonly db: Db;
  readonly secrets?: SecretBox;
  readonly allowedHosts?: AllowedHosts;
  readonly publicUrl?: string | undefined;
  /** How long a request waits for the test of a connection. */
  readonly testMs: number;
}): ConnectionServices {
  const { db, secrets } = options;
  return {
    allowedHosts: options.allowedHosts ?? { names: new Set(), ranges: [] },
    publicUrl: options.publicUrl ?? null,
    testMs: options.testMs,
    save: async (input) => saveConnection(db, requireSecrets(secrets), input),
    end: ({ teamId, id, actorId }) => endConnection(db, { teamId, connectionId: id, actorId }),
  };
}

/** @throws DomainError INVALID_INPUT where the gateway was started without a key */
export function requireSecrets(secrets: SecretBox | undefined): SecretBox {
  if (secrets === undefined) {
    throw new DomainError(
      'INVALID_INPUT',
      'This gateway has no key to seal secrets with: set THROUGHLINE_ENCRYPTION_KEY first.',
    );
  }
  return secrets;
}
