import type {
  HistoryCommitData,
  Instant,
  PullRequestData,
  RepositoryData,
} from '../core/github-data.ts';

/** How one commit stands to another. */
export interface Comparison {
  /** Reached from the head and not from the base, oldest first. */
  readonly ahead: readonly HistoryCommitData[];
  readonly behindCount: number;
  readonly mergeBase: string;
}

export interface CommitGraph {
  /** Whether the commit is there by that moment. */
  has(oid: string, at: Instant): boolean;
  /** Null when the two have no ancestor in common. Both must be there. */
  compare(base: string, head: string): Comparison | null;
  /** The commit, which must be there. */
  commit(oid: string): HistoryCommitData;
  /** The commits that lead to one, itself first, as `git log` lists them: of those whose child is listed, the newest. */
  history(oid: string): readonly HistoryCommitData[];
}

/**
 * The commits of a repository: those of its history as they are written there; those of pull requests one after the
 * other, on what was merged into their base before; each merge on the one before it, as a squash makes them.
 */
export function createCommitGraph(repository: RepositoryData): CommitGraph {
  const commits = new Map<string, HistoryCommitData>();
  for (const commit of repository.history ?? []) {
    commits.set(commit.oid, commit);
  }
  const merges = mergesByBase(repository);
  for (const pullRequest of pullRequestsOf(repository)) {
    let parent = lastBefore(merges.get(pullRequest.baseRefName) ?? [], pullRequest.createdAt);
    for (const { oid, pushedAt } of pullRequest.commits) {
      addCommit(commits, { oid, parents: parent === null ? [] : [parent], at: pushedAt });
      parent = oid;
    }
  }
  for (const list of merges.values()) {
    list.forEach(({ oid, at }, index) => {
      const before = list[index - 1];
      addCommit(commits, { oid, parents: before === undefined ? [] : [before.oid], at });
    });
  }
  const ancestors = (from: string): Set<string> => {
    const seen = new Set<string>();
    const open = [from];
    for (let oid = open.pop(); oid !== undefined; oid = open.pop()) {
      if (!seen.has(oid)) {
        seen.add(oid);
        open.push(...(commits.get(oid)?.parents ?? []));
      }
    }
    return seen;
  };
  const newestFirst = (oids: Iterable<string>): HistoryCommitData[] =>
    [...oids]
      .flatMap((oid) => commits.get(oid) ?? [])
      .toSorted((a, b) => (a.at === b.at ? 0 : a.at < b.at ? 1 : -1));
  const required = (oid: string): HistoryCommitData => {
    const commit = commits.get(oid);
    if (commit === undefined) {
      throw new Error(`The source holds no commit ${oid}.`);
    }
    return commit;
  };
  // Pages of one list follow on one another.
  const histories = lastOf((oid: string) => listHistory(commits, required(oid)));
  return {
    has: (oid, at) => (commits.get(oid)?.at ?? '9') <= at,
    commit: required,
    history: histories,
    compare: lastOfTwo((base: string, head: string): Comparison | null => {
      const ofBase = ancestors(base);
      const ofHead = ancestors(head);
      const [shared] = newestFirst([...ofHead].filter((oid) => ofBase.has(oid)));
      return shared === undefined
        ? null
        : {
            ahead: inOrder(
              [...ofHead].filter((oid) => !ofBase.has(oid)),
              commits,
            ),
            behindCount: [...ofBase].filter((oid) => !ofHead.has(oid)).length,
            mergeBase: shared.oid,
          };
    }),
  };
}

/** A function of one name that remembers its last result. */
function lastOf<Result>(work: (oid: string) => Result): (oid: string) => Result {
  let last: { readonly oid: string; readonly result: Result } | undefined;
  return (oid) => {
    last = last?.oid === oid ? last : { oid, result: work(oid) };
    return last.result;
  };
}

function lastOfTwo<Result>(
  work: (base: string, head: string) => Result,
): (base: string, head: string) => Result {
  const remembered = lastOf((names) => work(names.split(' ')[0] ?? '', names.split(' ')[1] ?? ''));
  return (base, head) => remembered(`${base} ${head}`);
}

/** Commits as git's queue gives them: the newest of those that wait, and of equals the one that came first. */
function listHistory(
  commits: ReadonlyMap<string, HistoryCommitData>,
  head: HistoryCommitData,
): HistoryCommitData[] {
  const waiting: HistoryCommitData[] = [head];
  const seen = new Set([head.oid]);
  const listed: HistoryCommitData[] = [];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    listed.push(next);
    for (const parent of next.parents) {
      const commit = commits.get(parent);
      if (commit !== undefined && !seen.has(parent)) {
        seen.add(parent);
        const { at } = commit;
        const place = waiting.findIndex((other) => other.at < at);
        waiting.splice(place < 0 ? waiting.length : place, 0, commit);
      }
    }
  }
  return listed;
}

/** Parents before children, as `git log --reverse --topo-order` lists them. */
function inOrder(
  oids: readonly string[],
  commits: ReadonlyMap<string, HistoryCommitData>,
): HistoryCommitData[] {
  const wanted = new Set(oids);
  const ordered: HistoryCommitData[] = [];
  const stack = oids.toReversed();
  const visited = new Set<string>();
  while (stack.length > 0) {
    const oid = stack.at(-1) ?? '';
    const commit = commits.get(oid);
    const parents = (commit?.parents ?? []).filter((one) => wanted.has(one) && !visited.has(one));
    if (visited.has(oid) || commit === undefined || parents.length === 0) {
      stack.pop();
      if (!visited.has(oid) && commit !== undefined) ordered.push(commit);
      visited.add(oid);
    } else {
      stack.push(...parents);
    }
  }
  return ordered;
}

function addCommit(commits: Map<string, HistoryCommitData>, commit: HistoryCommitData): void {
  if (!commits.has(commit.oid)) {
    commits.set(commit.oid, commit);
  }
}

function* pullRequestsOf(repository: RepositoryData): Generator<PullRequestData> {
  yield* repository.pullRequests;
  const { madeOnDemand } = repository;
  for (let number = 1; number <= (madeOnDemand?.count ?? 0); number += 1) {
    const made = madeOnDemand?.make(number);
    if (made !== undefined) yield made;
  }
}

interface Merge {
  readonly oid: string;
  readonly at: Instant;
}

/** Merges into each branch, oldest first. */
function mergesByBase(repository: RepositoryData): Map<string, Merge[]> {
  const merges = new Map<string, Merge[]>();
  for (const { baseRefName, mergedAt, mergeCommitOid } of pullRequestsOf(repository)) {
    if (mergedAt !== null && mergeCommitOid !== null) {
      const list = merges.get(baseRefName) ?? [];
      list.push({ oid: mergeCommitOid, at: mergedAt });
      merges.set(baseRefName, list);
    }
  }
  for (const list of merges.values()) {
    list.sort((a, b) => (a.at === b.at ? 0 : a.at < b.at ? -1 : 1));
  }
  return merges;
}

function lastBefore(merges: readonly Merge[], at: Instant): string | null {
  let low = 0;
  let high = merges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((merges[middle]?.at ?? '') <= at) low = middle + 1;
    else high = middle;
  }
  return merges[low - 1]?.oid ?? null;
}
