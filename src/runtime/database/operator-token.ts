import { verifyDb } from '../../db/core/node-client.ts';
import { sqlState, UNDEFINED_TABLE } from '../../db/core/sql-state.ts';
import { provisionOperator, type ProvisionedOperator } from '../../db/teams/operators.ts';
import { DomainError } from '../../domain/core/errors.ts';
import { readEmail, readName } from '../../domain/teams/names.ts';
import { readTokenDays } from '../../domain/teams/token-lifetime.ts';
import type { Platform } from '../platform/platform.ts';
import { withMaintenanceDb } from '../platform/workspace.ts';

export interface OperatorTokenInput {
  readonly email: string;
  readonly tokenName: string;
  readonly days: number;
}

/**
 * Makes the user with this email address an operator, or finds it, and mints a token for it.
 * @throws DomainError INVALID_INPUT for what is no address, or when no connection of the owner of the tables is configured;
 * DATABASE_UNAVAILABLE when the database cannot be used or is not migrated to this release
 */
export async function mintOperatorToken(
  platform: Pick<Platform, 'database'>,
  input: OperatorTokenInput,
): Promise<ProvisionedOperator> {
  const email = readEmail(input.email);
  const tokenName = readName('name', input.tokenName);
  const days = readTokenDays(input.days);
  return withMaintenanceDb(platform, 'throughline token', async (maintenance) => {
    await verifyDb(maintenance);
    const operator = { email, name: null, tokenName, days };
    return provisionOperator(maintenance, operator).catch((error: unknown) => {
      throw explain(error);
    });
  });
}

/** PostgreSQL's codes for a right that the role has not, and for a table or column that is not there. */
const NO_RIGHT = '42501';
const NOT_THERE: ReadonlySet<string | null> = new Set([UNDEFINED_TABLE, '42703']);

/** A sentence for what the settings or an earlier release are the reason of; anything else stays as it is. */
function explain(error: unknown): unknown {
  const state = sqlState(error);
  if (state === NO_RIGHT) {
    return new DomainError(
      'INVALID_INPUT',
      'DATABASE_DIRECT_URL does not name the owner of the tables: give it the role throughline_maintenance.',
      { cause: error },
    );
  }
  return NOT_THERE.has(state)
    ? new DomainError(
        'DATABASE_UNAVAILABLE',
        'The tables are those of an earlier release: run `throughline migrate` first.',
        { cause: error },
      )
    : error;
}
