import type { PlannedComparison } from '../../db/delivery/deployments.ts';
import type { FoundRange } from '../../db/delivery/pending-ranges.ts';
import { comparisonCost, SLACK_PAGES } from '../../domain/delivery/history-depth.ts';
import { FEW_COMMITS, type Question } from './ask-history.ts';
import type { HistoryState } from './history-cursor.ts';
import type { LoadedHistory } from './loaded-history.ts';

/** Fewer ranges are compared: history would save nothing. */
const MIN_RANGES = 3;

/** Commits of which a request asks how many lead to them. */
const MAX_COUNTED = 40;

/**
 * Commits that come along with those that the first request of a window counts, in all: where every deployment is of another
 * branch a page of the newest one meets none of the others, and these mostly reach the main line, whose commits it holds.
 */
const MAX_TIPS = 400;

/** Commits that come along with one of them, at the most. */
const LARGEST_TIP = 50;

/** What of a window is known, and what would have to be read. */
export interface Findings {
  readonly found: readonly FoundRange[];
  /** Requests that comparing these would have taken: between equal commits there is none. */
  readonly saved: number;
  /** Newest first. */
  readonly open: readonly PlannedComparison[];
  /** Commits from which history would have to be read on, that of the newest range first. */
  readonly edges: readonly string[];
  /** Commits of ranges that are proved by how many lead to them. */
  readonly uncounted: readonly string[];
}

/** How many commits lead to one; null where that is not known. */
export const countOf = (known: LoadedHistory, sha: string): number | null =>
  known.get(sha)?.ancestors ?? null;

/** Whether history may be read for a window of which nothing was asked for yet. */
export function mayBegin(
  { pagesLeft, balance, own, needed }: HistoryState,
  { open }: Findings,
): boolean {
  return pagesLeft === null && open.length >= MIN_RANGES && own >= 0 && balance >= needed;
}

/**
 * What is asked for next.
 * @param others commits of other environments that come along with the first request of a window
 * @returns null where asking would save nothing
 */
export function chooseRequest(
  known: LoadedHistory,
  state: HistoryState,
  findings: Findings,
  others: readonly string[],
): Question | null {
  const { pagesLeft, walk, size, balance, own, needed } = state;
  const { open, edges, uncounted } = findings;
  if (open.length === 0) {
    return null;
  }
  const [edge] = edges;
  const next = walk ?? (edge === undefined ? null : { root: edge, after: null });
  const mayRead =
    pagesLeft === null
      ? mayBegin(state, findings)
      : pagesLeft > 0 && isWorthReading(known, open, { pagesLeft, own });
  const page = mayRead && next !== null ? { ...next, first: size } : null;
  if (page !== null) {
    const beside = others.filter((sha) => sha !== page.root);
    const room = MAX_COUNTED - beside.length;
    const counted =
      pagesLeft === null ? [...sample(known, open, page.root, room), ...beside] : uncounted;
    const asked = size === FEW_COMMITS ? [] : counted.slice(0, MAX_COUNTED);
    const tip = Math.min(LARGEST_TIP, Math.floor(MAX_TIPS / Math.max(1, asked.length)));
    return { page, counted: asked, tip: pagesLeft === null ? tip : 0 };
  }
  // Two ranges that follow on one another have three commits.
  return uncounted.length >= MIN_RANGES && own >= 0 && balance >= needed
    ? { page: null, counted: uncounted.slice(0, MAX_COUNTED), tip: 0 }
    : null;
}

/**
 * Whether history is read on: comparing what is left must not take less than that, and what was lost so far must be less
 * than what comparing the newest range takes, which it has not met. One of more than a page may end on the page behind
 * those, where other branches lie between.
 */
function isWorthReading(
  known: LoadedHistory,
  open: readonly PlannedComparison[],
  { pagesLeft, own }: Pick<HistoryState, 'pagesLeft' | 'own'>,
): boolean {
  const costs = open.map(({ head, base }) => {
    const [after, before] = [countOf(known, head), countOf(known, base)];
    return after === null || before === null ? 1 : comparisonCost(after - before);
  });
  const [newest = 1] = costs;
  const isHopeful = newest === 1 ? own >= 0 : -own <= newest;
  const planned = (pagesLeft ?? 0) - SLACK_PAGES;
  return isHopeful && planned <= costs.reduce((sum, cost) => sum + cost, 0);
}

/** Commits of ranges, evenly from the newest to the oldest: how many lead to them says how far back the ranges reach. */
function sample(
  known: LoadedHistory,
  ranges: readonly PlannedComparison[],
  root: string,
  most: number,
): readonly string[] {
  const shas = [...new Set(ranges.flatMap(({ head, base }) => [head, base]))];
  const steps = Math.min(most, shas.length);
  const chosen = Array.from(
    { length: steps },
    (_, index) => shas[Math.round((index * (shas.length - 1)) / Math.max(1, steps - 1))],
  );
  return chosen.filter(
    (sha) => sha !== undefined && sha !== root && countOf(known, sha) === null,
  ) as string[];
}
