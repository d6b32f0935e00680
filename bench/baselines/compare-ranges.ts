// How the ranges of deployments were found before histories were read: one comparison of each with the one before it in
// its environment, a hundred commits a request, one after another. Only asks: what it would cost to store is not counted.
import type { GitHubData } from '../../src/demo/core/github-data.ts';

export interface CompareRangesOptions {
  readonly apiUrl: string;
  readonly token: string;
  /** Its first repository is read. */
  readonly source: GitHubData;
}

const PAGE = 100;

/** Compares all ranges of a repository's deployments. @returns the requests that it took */
export async function compareRanges({
  apiUrl,
  token,
  source,
}: CompareRangesOptions): Promise<number> {
  const [repository] = source.repositories;
  if (repository === undefined) {
    return 0;
  }
  let requests = 0;
  const newest = new Map<string, string>();
  for (const { environment, oid } of (repository.deployments ?? []).toSorted((a, b) =>
    a.createdAt === b.createdAt ? a.databaseId - b.databaseId : a.createdAt < b.createdAt ? -1 : 1,
  )) {
    const base = newest.get(environment);
    newest.set(environment, oid);
    for (let page = 1, left = base === undefined ? 0 : 1; left > 0; page += 1) {
      const path = `repos/${repository.owner}/${repository.name}/compare/${base}...${oid}`;
      const response = await fetch(`${apiUrl}/${path}?per_page=${PAGE}&page=${page}`, {
        headers: { authorization: `bearer ${token}` },
      });
      if (!response.ok) {
        throw new Error(`${path} was answered ${response.status}`);
      }
      requests += 1;
      const compared = (await response.json()) as { readonly total_commits: number };
      left = compared.total_commits - page * PAGE;
    }
  }
  return requests;
}
