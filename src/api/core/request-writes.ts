import type { Written } from '../../db/core/admin-audit.ts';
import type { DbTransaction } from '../../db/core/client.ts';
import type { TeamTransactionOptions } from '../../db/core/team-transaction.ts';
import type { ApiContext } from './context.ts';

/** What one mutation writes, in the name of its viewer. */
export interface RequestWrites {
  /**
   * Runs `work` in one transaction that sees and writes the rows of one team only. What it says for the audit is
   * recorded there under the viewer's name, and what follows is read from a new moment.
   * @returns the result of the work
   * @throws DomainError OVERLOADED, CONFLICT, LIMIT_EXCEEDED, DATABASE_UNAVAILABLE, and those of the work; then nothing
   * is stored
   */
  inTeam<Result>(
    teamId: bigint,
    work: (tx: DbTransaction) => Promise<Written<Result>>,
    options?: TeamTransactionOptions,
  ): Promise<Result>;
}

/** The context of a mutation: only there can be written. */
export interface MutationContext extends ApiContext {
  readonly writes: RequestWrites;
}

/** Gives a request its writes. */
export function toMutationContext(context: ApiContext, actorId: bigint): MutationContext {
  return {
    ...context,
    writes: {
      async inTeam(teamId, work, options) {
        const result = await context.services.writes.inTeam(teamId, actorId, work, options);
        await context.reads.refresh();
        return result;
      },
    },
  };
}
