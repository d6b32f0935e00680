import { toArrayLiteral } from '../core/array-literal.ts';
import type { DbTransaction } from '../core/client.ts';
import type { RepositoryKey } from '../core/keys.ts';

/** What the history of an environment's commits has cost. */
export interface HistoryDebt {
  readonly environment: string;
  /** Requests beyond those that it saved; 0 where it has paid off so far. */
  readonly debt: number;
}

/** Environments with a debt of which it is remembered, and as many without one. */
export const MAX_REMEMBERED = 50;

/** What is remembered of a repository's environments for which history was read, least recently changed first. */
export async function readHistoryDebts(
  tx: DbTransaction,
  { teamId, repositoryId }: RepositoryKey,
): Promise<readonly HistoryDebt[]> {
  const [row] = await tx.$queryRaw<{ debts: readonly HistoryDebt[] }[]>`
    SELECT history_debts AS debts FROM repository_stage
    WHERE team_id = ${teamId} AND repository_id = ${repositoryId} AND stage = 'DEPLOYMENTS'`;
  return row?.debts ?? [];
}

/**
 * Remembers what the history of an environment has cost; must run in the transaction that stores what the requests have
 * brought. Where too many are remembered, the one that changed least recently is forgotten.
 * @param debts what is remembered now
 * @param debt 0 or more
 */
export async function saveHistoryDebt(
  tx: DbTransaction,
  key: RepositoryKey,
  debts: readonly HistoryDebt[],
  { environment, debt }: HistoryDebt,
): Promise<void> {
  if (debts.find((one) => one.environment === environment)?.debt === debt) {
    return;
  }
  const others = debts.filter((one) => one.environment !== environment);
  const alike = others.filter((one) => one.debt > 0 === debt > 0);
  const forgotten = alike.length < MAX_REMEMBERED ? undefined : alike[0];
  const kept = [...others.filter((one) => one !== forgotten), { environment, debt }];
  await tx.$executeRaw`
    UPDATE repository_stage SET history_debts = ${JSON.stringify(kept)}::text::jsonb
    WHERE team_id = ${key.teamId} AND repository_id = ${key.repositoryId} AND stage = 'DEPLOYMENTS'`;
}

/**
 * The environments whose history is read first, because it most likely saves requests: those where it did so before, then
 * those that are mostly deployed from the default branch, then those with most ranges to be found out.
 * @param limit the most that are returned
 */
export async function findLikelyEnvironments(
  tx: DbTransaction,
  { teamId, repositoryId }: RepositoryKey,
  debts: readonly HistoryDebt[],
  limit: number,
): Promise<readonly string[]> {
  const named = (isIndebted: boolean): string =>
    toArrayLiteral(
      debts.filter(({ debt }) => debt > 0 === isIndebted).map(({ environment }) => environment),
    );
  const rows = await tx.$queryRaw<{ environment: string }[]>`
    SELECT d.environment
    FROM deployment d JOIN repository r ON r.team_id = d.team_id AND r.id = d.repository_id
    WHERE d.team_id = ${teamId} AND d.repository_id = ${repositoryId} AND d.compare_state = 'PENDING'
      AND d.environment <> ALL (${named(true)}::text::text[])
    GROUP BY d.environment
    ORDER BY d.environment = ANY (${named(false)}::text::text[]) DESC,
      avg(CASE WHEN d.ref = r.default_branch THEN 1 ELSE 0 END) DESC, count(*) DESC, d.environment
    LIMIT ${limit}::integer`;
  return rows.map(({ environment }) => environment);
}
