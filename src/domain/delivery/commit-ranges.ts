import { CommitWalk, OF_BASE, OF_HEAD, type KnownHistory, type Side } from './commit-walk.ts';

/**
 * KNOWN: the commits of `git rev-list base..head`, none missing and none too many. UNPROVED: the number of ancestors of
 * both would prove what is known. UNKNOWN: history would have to be read on from the commit `edge`; null where that would
 * not help, or nobody can tell. UNLOADED: these have to be loaded first.
 */
export type CommitRange =
  | { readonly state: 'KNOWN'; readonly shas: readonly string[] }
  | { readonly state: 'UNPROVED' }
  | { readonly state: 'UNKNOWN'; readonly edge: string | null }
  | { readonly state: 'UNLOADED'; readonly missing: readonly string[] };

/** A longer range says that history was rewritten, not what a deployment brought. */
export const MAX_RANGE_COMMITS = 10_000;

/** Commits that are looked at for one range, at the most. */
const MAX_VISITS = 20_000;

/** Commits that are looked at where nothing less proves a range. */
const WHOLE_VISITS = 2_000;

/** Commits that are looked at once a history ends in the dark: the other one may lead there too. */
const VISITS_BEHIND_EDGE = 500;

/**
 * Finds the commits that `head` has and `base` has not, in a part of a repository's history.
 *
 * Both histories are followed at once, the newest commit first, until all that is left to follow is the base's. What only
 * the head led to holds the range whole; but it may hold a commit that the base has too, by a way that was not read. It
 * holds none where all of it comes after the one commit in which the histories meet, where it is as many commits as the
 * head has ancestors more than the base, which is one of them, or where both histories are known to their ends.
 */
export function findRange(history: KnownHistory, base: string, head: string): CommitRange {
  if (base === head) {
    return { state: 'KNOWN', shas: [] };
  }
  const missing = [base, head].filter((sha) => history(sha) === undefined);
  if (missing.length > 0) {
    return { state: 'UNLOADED', missing };
  }
  const walk = new CommitWalk(history);
  walk.paint(base, OF_BASE);
  walk.paint(head, OF_HEAD);
  const unfinished = followWhileOpen(walk, OF_HEAD);
  if (unfinished !== null) {
    return unfinished;
  }
  const shas = walk.ofHeadOnly();
  if (shas.length === 0) {
    return { state: 'KNOWN', shas };
  }
  const proved = walk.isOfHead(base)
    ? proveAhead(history, base, head, shas)
    : proveDiverged(history, walk);
  return proved.state === 'UNPROVED' || (proved.state === 'UNKNOWN' && proved.edge === null)
    ? proveWhole(walk, proved)
    : proved;
}

/**
 * Both histories may be known to their ends, in a small repository: then what only the head led to is the range.
 * @param otherwise what is known where they are not
 */
function proveWhole(walk: CommitWalk, otherwise: CommitRange): CommitRange {
  for (let isOver = false; !isOver;) {
    if (walk.paints.size > WHOLE_VISITS) {
      return otherwise;
    }
    const missing = walk.follow();
    if (missing !== null && missing.length > 0) {
      return { state: 'UNLOADED', missing };
    }
    isOver = missing === null;
  }
  return walk.hasDark() ? otherwise : toRange(walk.ofHeadOnly());
}

/**
 * Follows commits while one of these sides has some of its own left.
 * @returns why the walk ended before its time; null when it came to the end
 */
function followWhileOpen(walk: CommitWalk, ...sides: readonly Side[]): CommitRange | null {
  const edge = (): string | null =>
    sides.map((side) => walk.edge(side)).find((sha) => sha !== null) ?? null;
  let behindEdge = 0;
  while (sides.some((side) => walk.isOpen(side))) {
    behindEdge += sides.some((side) => walk.isStuck(side)) ? 1 : 0;
    if (walk.paints.size > MAX_VISITS) {
      return { state: 'UNKNOWN', edge: null };
    }
    const missing = behindEdge > VISITS_BEHIND_EDGE ? null : walk.follow();
    if (missing === null) {
      return { state: 'UNKNOWN', edge: edge() };
    }
    if (missing.length > 0) {
      return { state: 'UNLOADED', missing };
    }
  }
  return null;
}

/** The base is an ancestor of the head. */
function proveAhead(
  history: KnownHistory,
  base: string,
  head: string,
  shas: readonly string[],
): CommitRange {
  if (allComeAfter(history, base, shas)) {
    return toRange(shas);
  }
  const [before, after] = [history(base)?.ancestors ?? null, history(head)?.ancestors ?? null];
  if (before === null || after === null) {
    return { state: 'UNPROVED' };
  }
  return after - before === shas.length ? toRange(shas) : { state: 'UNKNOWN', edge: null };
}

/** Each has commits that the other has not, as far as is known: the base's are followed to their end too. */
function proveDiverged(history: KnownHistory, walk: CommitWalk): CommitRange {
  const unfinished = followWhileOpen(walk, OF_HEAD, OF_BASE);
  if (unfinished !== null) {
    return unfinished;
  }
  const shas = walk.ofHeadOnly();
  const [meeting, ...others] = walk.meetings();
  return meeting !== undefined && others.length === 0 && allComeAfter(history, meeting, shas)
    ? toRange(shas)
    : { state: 'UNKNOWN', edge: null };
}

function toRange(shas: readonly string[]): CommitRange {
  return shas.length > MAX_RANGE_COMMITS
    ? { state: 'UNKNOWN', edge: null }
    : { state: 'KNOWN', shas };
}

/** Whether a commit is among the ancestors of each: then none of them is one of its own. */
function allComeAfter(history: KnownHistory, commit: string, shas: readonly string[]): boolean {
  const inRange = new Set(shas);
  const children = new Map<string, string[]>();
  for (const sha of shas) {
    for (const parent of history(sha)?.parents ?? []) {
      if (parent === commit || inRange.has(parent)) {
        const list = children.get(parent) ?? [];
        list.push(sha);
        children.set(parent, list);
      }
    }
  }
  const after = new Set<string>();
  const open = [commit];
  for (let sha = open.pop(); sha !== undefined; sha = open.pop()) {
    for (const child of children.get(sha) ?? []) {
      if (!after.has(child)) {
        after.add(child);
        open.push(child);
      }
    }
  }
  return after.size === shas.length;
}
