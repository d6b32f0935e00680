import { DEADLINES } from '../../domain/core/deadlines.ts';
import type { Db, DbTransaction } from './client.ts';

export interface TeamTransactionOptions {
  /** How long the transaction may last; PostgreSQL cancels a single statement at the same bound. The client's by default. */
  readonly timeoutMs?: number;
  /** How long a statement may wait for a lock. The client's by default. */
  readonly lockTimeoutMs?: number;
  /** How long to wait for a free connection. Default 5 s. */
  readonly maxWaitMs?: number;
  /** An advisory lock of this name is taken before the first snapshot of `work`, and held to the end. */
  readonly advisoryLock?: string;
  /** For large statements whose joins are in their best order: plans are not looked for, nor compiled. Default false. */
  readonly joinsAsWritten?: boolean;
}

/**
 * Runs `work` in one transaction that sees and writes the rows of one team only (row-level security).
 * @param teamId id of the team, a decimal string or bigint
 */
export function withTeam<T>(
  db: Db,
  teamId: bigint,
  work: (tx: DbTransaction) => Promise<T>,
  options: TeamTransactionOptions = {},
): Promise<T> {
  return withScope(db, ['app.team_ids', `{${teamId}}`], work, options);
}

/**
 * Runs `work` in one transaction that sees teams, users and their tokens, and no row of what a team does (row-level
 * security).
 */
export function withOperator<T>(
  db: Db,
  work: (tx: DbTransaction) => Promise<T>,
  options: TeamTransactionOptions = {},
): Promise<T> {
  return withScope(db, ['app.instance_role', 'OPERATOR'], work, options);
}

/** @param scope the setting that policies read, and its value in this transaction */
async function withScope<T>(
  db: Db,
  [setting, value]: readonly [setting: string, value: string],
  work: (tx: DbTransaction) => Promise<T>,
  options: TeamTransactionOptions,
): Promise<T> {
  const { jobMs, lockMs, beginMs } = db.deadlines ?? DEADLINES.database;
  const timeoutMs = options.timeoutMs ?? jobMs;
  const lockTimeoutMs = options.lockTimeoutMs ?? lockMs;
  const lock = options.advisoryLock ?? null;
  const joinLimit = options.joinsAsWritten === true ? '1' : null;
  return db.$transaction(
    async (tx) => {
      await tx.$queryRaw`SELECT set_config(${setting}, ${value}, true),
        set_config('statement_timeout', ${`${timeoutMs}ms`}, true), set_config('lock_timeout', ${`${lockTimeoutMs}ms`}, true),
        CASE WHEN ${joinLimit}::text IS NOT NULL
          THEN set_config('join_collapse_limit', ${joinLimit}, true) || set_config('jit', 'off', true) END,
        CASE WHEN ${lock}::text IS NOT NULL
          THEN pg_advisory_xact_lock(hashtextextended('throughline:' || ${lock}, 0))::text END`;
      return work(tx);
    },
    // Above the statement timeout, so that PostgreSQL ends a slow statement and Prisma does not end it under its hands.
    { maxWait: options.maxWaitMs ?? beginMs, timeout: timeoutMs + 5_000 },
  );
}
