import type { RepositoryKey } from '../../db/core/keys.ts';
import type { DbTransaction } from '../../db/core/client.ts';
import { loadHistory } from '../../db/delivery/history-commits.ts';
import { findRange, type CommitRange } from '../../domain/delivery/commit-ranges.ts';
import type { KnownCommit } from '../../domain/delivery/commit-walk.ts';
import type { HistoryCommit } from '../../domain/delivery/delivery-facts.ts';

/** Commits that are in memory at a time: one range looks at a third of them at the most. */
export const MAX_LOADED = 60_000;

/** Commits that are loaded with one that is missing, and how many at the most after they did not suffice. */
const FIRST_LOAD = 200;
const LARGEST_LOAD = 5_000;

/** The part of a repository's history that one activity has looked at: what it finds there is not loaded again. */
export class LoadedHistory {
  readonly #key: RepositoryKey;
  readonly #commits = new Map<string, KnownCommit | null>();

  constructor(key: RepositoryKey) {
    this.#key = key;
  }

  /** Commits that are in memory. */
  get size(): number {
    return this.#commits.size;
  }

  /** What is known of a commit that was loaded; null when it was not read. */
  get(sha: string): KnownCommit | null {
    return this.#commits.get(sha) ?? null;
  }

  /** Loads these commits, without those that they follow on. */
  async load(tx: DbTransaction, shas: readonly string[]): Promise<void> {
    const missing = [...new Set(shas)].filter((sha) => !this.#commits.has(sha));
    if (missing.length > 0) {
      await this.#add(tx, missing, missing.length);
    }
  }

  /** Finds the commits of a range, and loads what of the history it takes. */
  async find(tx: DbTransaction, base: string, head: string): Promise<CommitRange> {
    for (let limit = FIRST_LOAD; ; limit = Math.min(limit * 2, LARGEST_LOAD)) {
      const range = findRange((sha) => this.#commits.get(sha), base, head);
      if (range.state !== 'UNLOADED') {
        return range;
      }
      await this.#add(tx, range.missing, limit + range.missing.length);
    }
  }

  /** Takes in what was read and stored. */
  learn(commits: readonly HistoryCommit[], counts: ReadonlyMap<string, number>): void {
    for (const { sha, parents, committedAt } of commits) {
      const ancestors = this.get(sha)?.ancestors ?? null;
      this.#commits.set(sha, {
        isRead: true,
        parents,
        committedAt: committedAt.getTime(),
        ancestors,
      });
    }
    for (const [sha, ancestors] of counts) {
      const known = this.get(sha) ?? { isRead: false, parents: null, committedAt: 0 };
      this.#commits.set(sha, { ...known, ancestors });
    }
  }

  async #add(tx: DbTransaction, shas: readonly string[], limit: number): Promise<void> {
    if (this.#commits.size + limit > MAX_LOADED) {
      this.#commits.clear();
    }
    for (const [sha, commit] of await loadHistory(tx, this.#key, shas, limit)) {
      this.#commits.set(sha, commit);
    }
  }
}
