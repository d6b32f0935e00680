/** How much a pull request changes, in lines and files. */
export interface PullRequestSize {
  readonly additions: number;
  readonly deletions: number;
  readonly changedFiles: number;
}

/** What may have a size of its own. */
export interface Sized {
  /** As the source says beside its files, or instead of them; without it the files are added up. */
  readonly size?: PullRequestSize;
}
