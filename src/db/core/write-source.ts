import { recordInstanceAudit, recordWritten, type Written } from './admin-audit.ts';
import type { Db, DbTransaction } from './client.ts';
import { asWrite } from './database-errors.ts';
import { withOperator, withTeam, type TeamTransactionOptions } from './team-transaction.ts';

/** The one way in which requests write. */
export interface WriteSource {
  /**
   * Runs `work` in one transaction that sees and writes the rows of one team only, and records there what it says of
   * itself for the audit.
   * @param actorId the user who asked for it
   * @returns the result of the work
   * @throws DomainError OVERLOADED when no connection or lock comes free in time, CONFLICT, LIMIT_EXCEEDED,
   * DATABASE_UNAVAILABLE, and those of the work; then nothing is stored
   */
  inTeam<Result>(
    teamId: bigint,
    actorId: bigint,
    work: (tx: DbTransaction) => Promise<Written<Result>>,
    options?: TeamTransactionOptions,
  ): Promise<Result>;
  /**
   * The same for what operators change of teams, users and tokens. What it says for the audit is recorded in the audit of
   * the installation. Who may do that is decided by the caller.
   */
  asOperator<Result>(
    actorId: bigint,
    work: (tx: DbTransaction) => Promise<Written<Result>>,
  ): Promise<Result>;
}

/** @param defaults of each transaction that says nothing else */
export function createWriteSource(db: Db, defaults: TeamTransactionOptions = {}): WriteSource {
  return {
    inTeam: (teamId, actorId, work, options) =>
      asWrite(
        withTeam(db, teamId, async (tx) => recordWritten(tx, { teamId, actorId }, await work(tx)), {
          ...defaults,
          ...options,
        }),
      ),
    asOperator: (actorId, work) =>
      asWrite(
        withOperator(
          db,
          async (tx) => {
            const { result, audit } = await work(tx);
            if (audit !== 'UNCHANGED') {
              await recordInstanceAudit(tx, { actorId, ...audit });
            }
            return result;
          },
          defaults,
        ),
      ),
  };
}
