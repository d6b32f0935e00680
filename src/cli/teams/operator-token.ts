import { mintOperatorToken } from '../../runtime/database/operator-token.ts';
import type { CommandContext } from '../core/command.ts';
import { openDatabase } from '../core/database.ts';

export interface OperatorTokenFlags {
  /** Email address. */
  readonly user: string;
  readonly name: string;
  readonly days: number;
}

/** Makes a user an operator, or finds it, and mints a token, on the connection of the owner of the tables. */
export async function createOperatorToken(
  context: CommandContext,
  { user, name, days }: OperatorTokenFlags,
) {
  const platform = await openDatabase(context);
  const minted = await mintOperatorToken(platform, { email: user, tokenName: name, days });
  return {
    id: String(minted.tokenId),
    role: 'OPERATOR',
    expiresAt: minted.expiresAt.toISOString(),
    secret: minted.secret,
  };
}
