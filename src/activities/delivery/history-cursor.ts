import type { RangeWindow } from '../../db/delivery/pending-ranges.ts';

/** Begins the cursor of a stage that reads the history of a repository to find out ranges. */
export const HISTORY = 'history ';

/** Where a stage stands that reads history: environment by environment, each from its newest deployments on. */
export interface HistoryState extends RangeWindow {
  /** Environments that are looked at before the others, which follow by name; null until they are chosen. */
  readonly first: readonly string[] | null;
  /** How many of these it has come to. */
  readonly begun: number;
  /** Pages that may still be read for the window; null before the first, which says how many. */
  readonly pagesLeft: number | null;
  /** The commit whose history is read on, and GitHub's cursor into it; null where it is chosen by what is missing. */
  readonly walk: { readonly root: string; readonly after: string | null } | null;
  /** Commits that a page is asked for: fewer once GitHub did not answer for so many. */
  readonly size: number;
  /** Requests that reading history has saved so far in this sync, less those that it took. */
  readonly balance: number;
  /** The same of the environment, less the debt that earlier syncs left it. */
  readonly own: number;
  /** What the balance has to be before history is read for the environment: 1 lets it lose only what was saved. */
  readonly needed: number;
  /** Whether history was asked for because of the environment. */
  readonly hasAsked: boolean;
  /** Whether ranges of the environment were left to be compared of which history was read. */
  readonly hasLeft: boolean;
}

/** The cursor of a stage that stands there. */
export function formatHistory(state: HistoryState): string {
  return `${HISTORY}${JSON.stringify(state)}`;
}

/** @param cursor one that `formatHistory` made */
export function parseHistory(cursor: string): HistoryState {
  return JSON.parse(cursor.slice(HISTORY.length)) as HistoryState;
}
