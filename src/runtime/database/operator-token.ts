import { verifyDb } from '../../db/core/node-client.ts';
import { provisionOperator, type ProvisionedOperator } from '../../db/teams/operators.ts';
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
 * DATABASE_UNAVAILABLE when the database cannot be used or is not migrated
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
    return provisionOperator(maintenance, { email, name: null, tokenName, days });
  });
}
