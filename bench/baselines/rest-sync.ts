// The way that most tools read a repository: one list, and four calls a pull request (its detail, reviews, commits,
// files), one after another as GitHub asks of one token. Only asks: what it would cost to store is not counted.
import { Octokit } from '@octokit/rest';

export interface RestSyncOptions {
  readonly apiUrl: string;
  readonly token: string;
  readonly owner: string;
  readonly repo: string;
  /** Pull requests to read, newest-updated first. */
  readonly pullRequests: number;
}

export interface RestSyncOutcome {
  readonly requests: number;
  readonly seconds: number;
}

const PAGE = 100;

/** Reads pull requests with their reviews, commits and files; lists longer than a page are paged on. */
export async function readThroughRest(options: RestSyncOptions): Promise<RestSyncOutcome> {
  const { owner, repo } = options;
  const octokit = new Octokit({ baseUrl: options.apiUrl, auth: options.token });
  let requests = 0;
  octokit.hook.before('request', () => {
    requests += 1;
  });
  const startedAt = performance.now();
  let read = 0;
  for (let page = 1; read < options.pullRequests; page += 1) {
    const list = await octokit.pulls.list({
      owner,
      repo,
      state: 'all',
      sort: 'updated',
      direction: 'desc',
      per_page: Math.min(PAGE, options.pullRequests - read),
      page,
    });
    for (const { number: pull_number } of list.data) {
      const of = { owner, repo, pull_number, per_page: PAGE };
      await octokit.pulls.get({ owner, repo, pull_number });
      await octokit.paginate(octokit.pulls.listReviews, of);
      await octokit.paginate(octokit.pulls.listCommits, of);
      await octokit.paginate(octokit.pulls.listFiles, of);
      read += 1;
    }
    if (list.data.length === 0) {
      break;
    }
  }
  return { requests, seconds: (performance.now() - startedAt) / 1000 };
}
