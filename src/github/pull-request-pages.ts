import type { NestedListName, PullRequestPage } from '../domain/github-facts.ts';
import { formatRepositoryName, type RepositoryName } from '../domain/repository-name.ts';
import { foundIn, readAnswer } from './answers.ts';
import type { GitHubApi } from './api.ts';
import {
  mapHeads,
  mapPosition,
  mapPullRequest,
  mapQuota,
  mapRepository,
  type MappedPullRequest,
} from './map-facts.ts';
import { NESTED_PAGES } from './nested-pages.ts';
import { withGaps } from './partial-answers.ts';
import {
  PULL_REQUEST_NUMBERS_QUERY,
  PULL_REQUEST_PAGE_QUERY,
  PULL_REQUEST_SCALARS_QUERY,
} from './pull-request-query.ts';
import type { RawList, RawPage, RawPullRequest } from './raw-pull-request.ts';

/**
 * How much of each pull request is asked for: WHOLE with the first page of its lists, SCALARS without, so that all
 * lists have to be read on from their start; NUMBERS answers each as one that was too heavy to read.
 */
export type PageDetail = 'WHOLE' | 'SCALARS' | 'NUMBERS';

export interface PullRequestPageRequest {
  readonly repository: RepositoryName;
  /** 1 to 100. */
  readonly first: number;
  readonly after: string | null;
  /** Default WHOLE. */
  readonly detail?: PageDetail;
}

/** Fetches a page of pull requests, newest-updated first. Throws GitHubFailure and nothing else. */
export type FetchPullRequestPage = (request: PullRequestPageRequest) => Promise<PullRequestPage>;

const QUERIES: Readonly<Record<PageDetail, string>> = {
  WHOLE: PULL_REQUEST_PAGE_QUERY,
  SCALARS: PULL_REQUEST_SCALARS_QUERY,
  NUMBERS: PULL_REQUEST_NUMBERS_QUERY,
};

/** A list that was not asked for. */
const NOTHING: RawList<never> = { pageInfo: { hasNextPage: false }, nodes: [] };

/** All lists, to be read from their start. */
const ALL_UNREAD = (Object.keys(NESTED_PAGES) as NestedListName[]).map((list) => ({
  list,
  cursor: '',
}));

/** Makes the method of a client that fetches pages of pull requests. */
export function createPullRequestPages(api: GitHubApi): FetchPullRequestPage {
  return async ({ repository, first, after, detail = 'WHOLE' }) => {
    const what = `repository ${formatRepositoryName(repository)}`;
    const { answer } = await withGaps(
      api.graphql<RawPage>(
        QUERIES[detail],
        { ...repository, first, after, withHeads: after === null },
        what,
      ),
    );
    const found = foundIn(answer, what);
    return readAnswer(what, () => {
      const mapped = (found.pullRequests.nodes ?? []).flatMap((node) =>
        node === null ? [] : [mapNode(node, detail)],
      );
      return {
        repository: mapRepository(found),
        heads: mapHeads(answer),
        pullRequests: mapped.flatMap((result) => (result.ok ? [result.fact] : [])),
        rejected: mapped.flatMap((result) => (result.ok ? [] : [result.rejected])),
        ...mapPosition(found.pullRequests),
        quota: mapQuota(answer.rateLimit),
      };
    });
  };
}

/** Reads a pull request as far as it was asked for. */
export function mapNode(node: RawPullRequest, detail: PageDetail): MappedPullRequest {
  if (detail === 'WHOLE') {
    return mapPullRequest(node);
  }
  if (detail === 'NUMBERS') {
    const reason = 'GitHub could not answer for this pull request in time, even alone.';
    return {
      ok: false,
      rejected: { naturalKey: String(node.number), reasonCode: 'TOO_HEAVY', reason },
    };
  }
  const mapped = mapPullRequest({
    ...node,
    labels: NOTHING,
    timelineItems: NOTHING,
    commits: NOTHING,
    files: NOTHING,
  });
  return mapped.ok ? { ok: true, fact: { ...mapped.fact, unread: ALL_UNREAD } } : mapped;
}
