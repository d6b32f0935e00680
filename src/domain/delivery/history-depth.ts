import { MAX_RANGE_COMMITS } from './commit-ranges.ts';

/** Commits of one request, both of a history and of a comparison. */
export const COMMITS_PER_REQUEST = 100;

/** Pages beyond those that the ranges reach, for branches that began before them. */
export const SLACK_PAGES = 2;

/** Requests that comparing two different commits costs: one at least; what is too long is not read. */
export function comparisonCost(commits: number): number {
  return commits > MAX_RANGE_COMMITS ? 1 : Math.max(1, Math.ceil(commits / COMMITS_PER_REQUEST));
}

/**
 * How many pages of a history are read instead of comparing, the first of which was read already: as far back as saves most
 * requests, and never more than comparing takes, as far as is known.
 * @param ranges of one environment, newest first, each mostly from where the next one ends
 * @param ancestors how many commits lead to the one whose history is read
 * @param countOf how many commits lead to one, where that is known
 * @param size commits of a page
 * @returns 0 where each page would cost more than comparing
 */
export function planDepth(
  ranges: readonly { readonly base: string }[],
  ancestors: number,
  countOf: (sha: string) => number | null,
  size: number,
): number {
  let best = { pages: 0, saved: -1 };
  let cost = 0;
  let between = 0;
  let last = ancestors;
  for (const { base } of ranges) {
    between += 1;
    const count = countOf(base);
    if (count === null) {
      continue;
    }
    const commits = Math.max(0, last - count);
    cost +=
      commits / between > MAX_RANGE_COMMITS
        ? between
        : Math.max(between, Math.ceil(commits / COMMITS_PER_REQUEST));
    const pages = Math.max(1, Math.ceil((ancestors - count) / size));
    if (cost - pages > best.saved) {
      best = { pages, saved: cost - pages };
    }
    last = Math.min(last, count);
    between = 0;
  }
  return best.pages + Math.min(SLACK_PAGES, Math.max(0, best.saved));
}
