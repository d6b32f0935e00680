import { NewestQueue } from './newest-queue.ts';

/** A commit as a branch's history tells of it. */
export interface KnownCommit {
  /** False where only its ancestors were counted. */
  readonly isRead: boolean;
  /** Null when it was not read, or has more of them than are read. */
  readonly parents: readonly string[] | null;
  /** Milliseconds since 1970. No clock is believed: it only says what is looked at first. */
  readonly committedAt: number;
  /** How many commits lead to it, itself included; null where nobody asked. */
  readonly ancestors: number | null;
}

/** What is known of a repository's commits: null for one that was not read, undefined for one that is not loaded. */
export type KnownHistory = (sha: string) => KnownCommit | null | undefined;

export const OF_HEAD = 1;
export const OF_BASE = 2;
const OF_BOTH = 3;

/** One of the two. */
export type Side = typeof OF_HEAD | typeof OF_BASE;

/** Which commits lead to a head and which to a base, as far as both were followed. */
export class CommitWalk {
  readonly #history: KnownHistory;
  /** Whose ancestor each commit is. */
  readonly paints = new Map<string, number>();
  readonly #queue = new NewestQueue();
  /** Of one of the two alone, and not followed yet. */
  readonly #open = { [OF_HEAD]: new Set<string>(), [OF_BASE]: new Set<string>() };
  readonly #followed = new Set<string>();
  /** Followed, and found to be the other's too after that: their ancestors are to be told. */
  readonly #late = new Set<string>();
  /** Of one of the two alone, and not to be followed: not read, or with parents that were not. */
  readonly #stuck = { [OF_HEAD]: new Set<string>(), [OF_BASE]: new Set<string>() };

  constructor(history: KnownHistory) {
    this.#history = history;
  }

  /** Says that a commit is an ancestor of one of the two, or is that one. */
  paint(sha: string, added: number): void {
    const before = this.paints.get(sha) ?? 0;
    const paint = before | added;
    if (paint === before) {
      return;
    }
    this.paints.set(sha, paint);
    const commit = this.#history(sha);
    const isDark = commit === null || commit?.parents === null;
    for (const side of [OF_HEAD, OF_BASE] as const) {
      if (paint === side) {
        this.#open[side].add(sha);
        if (isDark) this.#stuck[side].add(sha);
      } else {
        this.#open[side].delete(sha);
        this.#stuck[side].delete(sha);
      }
    }
    if (isDark) {
      return;
    }
    if (this.#followed.has(sha)) {
      this.#late.add(sha);
    }
    // One that is not loaded may be as new as any: it comes first, and is loaded then.
    this.#queue.push(sha, commit?.committedAt ?? Number.POSITIVE_INFINITY);
  }

  /** Whether commits that are the head's alone, or the base's alone, are still to be followed. */
  isOpen(side: Side): boolean {
    return this.#open[side].size > 0 || this.#late.size > 0;
  }

  /**
   * Follows the newest commit that waits.
   * @returns the commits that have to be loaded before, none when it was followed; null when all the rest is dark
   */
  follow(): readonly string[] | null {
    const sha = this.#queue.pop();
    if (sha === null) {
      return null;
    }
    const commit = this.#history(sha);
    if (commit === undefined) {
      return [sha, ...this.#queue.all().filter((one) => this.#history(one) === undefined)];
    }
    this.#followed.add(sha);
    this.#late.delete(sha);
    const paint = this.paints.get(sha) ?? 0;
    if (paint === OF_HEAD || paint === OF_BASE) {
      this.#open[paint].delete(sha);
    }
    for (const parent of commit?.parents ?? []) {
      this.paint(parent, paint);
    }
    return [];
  }

  /** Whether a commit of one alone cannot be followed. */
  isStuck(side: Side): boolean {
    return this.#stuck[side].size > 0;
  }

  /** A commit that was not read, from which reading on would let the walk go on; null where there is none. */
  edge(side: Side): string | null {
    for (const sha of this.#stuck[side]) {
      if (this.#history(sha)?.isRead !== true) {
        return sha;
      }
    }
    return null;
  }

  /** Whether some of what was met cannot be followed. */
  hasDark(): boolean {
    return [...this.paints.keys()].some((sha) => {
      const commit = this.#history(sha);
      return commit === null || commit?.parents === null;
    });
  }

  /** Whether a commit is known to be an ancestor of the head, or it. */
  isOfHead(sha: string): boolean {
    return ((this.paints.get(sha) ?? 0) & OF_HEAD) !== 0;
  }

  ofHeadOnly(): string[] {
    return [...this.paints].flatMap(([sha, paint]) => (paint === OF_HEAD ? [sha] : []));
  }

  /** Where the two histories meet: ancestors of both that follow on one of one alone. */
  meetings(): string[] {
    const found = new Set<string>();
    for (const [sha, paint] of this.paints) {
      if (paint !== OF_BOTH) {
        for (const parent of this.#history(sha)?.parents ?? []) {
          if (this.paints.get(parent) === OF_BOTH) {
            found.add(parent);
          }
        }
      }
    }
    return [...found];
  }
}
