import type { DbTransaction } from '../../db/core/client.ts';
import type { RepositoryKey } from '../../db/core/keys.ts';
import {
  findLikelyEnvironments,
  readHistoryDebts,
  saveHistoryDebt,
} from '../../db/delivery/history-debts.ts';
import { findPendingEnvironment, readPendingRanges } from '../../db/delivery/pending-ranges.ts';
import { countOf, mayBegin, type Findings } from './choose-history.ts';
import type { HistoryState } from './history-cursor.ts';
import type { LoadedHistory } from './loaded-history.ts';

/** Environments that are chosen to be looked at first. */
const MAX_FIRST = 20;

/** Environments whose newest commits come along with the first request. */
const MAX_OTHERS = 8;

/**
 * Environments with a debt from which on others have to wait for savings: each new one may cost a request once, and where
 * every branch has an environment there is no end of new ones.
 */
const MANY_IN_DEBT = 8;

/** A window that nothing was asked for yet. */
export const BEGINNING = { before: null, until: null, pagesLeft: null, walk: null } as const;

/**
 * Goes on to the next environment that has ranges to be found out. Those whose history most likely saves requests come
 * first, so that what others lose is saved already.
 * @returns null when there is none
 */
export async function nextEnvironment(
  tx: DbTransaction,
  key: RepositoryKey,
  state: HistoryState,
): Promise<HistoryState | null> {
  const debts = await readHistoryDebts(tx, key);
  const first = state.first ?? (await findLikelyEnvironments(tx, key, debts, MAX_FIRST));
  const likely = first[state.begun];
  const behind = state.begun > first.length ? state.environment : '';
  const environment = likely ?? (await findPendingEnvironment(tx, key, behind, first));
  if (environment === null) {
    return null;
  }
  const known = debts.find((one) => one.environment === environment);
  const isCrowded = debts.filter(({ debt }) => debt > 0).length >= MANY_IN_DEBT;
  return {
    ...state,
    ...BEGINNING,
    first,
    begun: Math.min(state.begun, first.length) + 1,
    environment,
    own: 0 - (known?.debt ?? 0),
    needed: known === undefined && isCrowded ? 1 : 0,
    hasAsked: false,
    hasLeft: false,
  };
}

/**
 * The newest commits of environments that are looked at next, which the first request of a sync brings beside its own. Where
 * it answers nothing for its environment, the ranges that these show to be known make up for it, and are read on.
 */
export async function findOthers(
  tx: DbTransaction,
  key: RepositoryKey,
  known: LoadedHistory,
  state: HistoryState,
  findings: Findings,
): Promise<readonly string[]> {
  if (state.balance > 0 || !mayBegin(state, findings)) {
    return [];
  }
  const heads = new Set<string>();
  for (const environment of (state.first ?? []).slice(state.begun, state.begun + MAX_OTHERS)) {
    const window = { environment, before: null, until: null };
    for (const { head } of await readPendingRanges(tx, key, window, 1)) {
      heads.add(head);
    }
  }
  await known.load(tx, [...heads]);
  return [...heads].filter((sha) => countOf(known, sha) === null);
}

/**
 * Remembers for the next syncs what the environment has lost, one request at least where history left something open and
 * saved nothing: only where it pays off is it tried again at once.
 */
export async function rememberDebt(
  tx: DbTransaction,
  key: RepositoryKey,
  { environment, own, hasAsked, hasLeft }: HistoryState,
): Promise<void> {
  const debts = await readHistoryDebts(tx, key);
  const isKnown = debts.some((one) => one.environment === environment);
  if (hasAsked || isKnown) {
    await saveHistoryDebt(tx, key, debts, {
      environment,
      debt: Math.max(hasLeft && own <= 0 ? 1 : 0, -own),
    });
  }
}
