/** Counted as the requests come. */
export interface Tally {
  rest: number;
  graphql: number;
  pointsUsed: number;
  /** Of those of GraphQL, those that asked for commits by their names. */
  histories: number;
  /** `owner/name` to the number of pages of its pull requests that were asked for. */
  readonly pages: Map<string, number>;
}

/** Notes that a page of a repository's pull requests was asked for. */
export function countPage({ pages }: Tally, repository: string): void {
  pages.set(repository, (pages.get(repository) ?? 0) + 1);
}
