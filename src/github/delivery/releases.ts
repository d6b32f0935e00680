import type { ResultOf } from 'gql.tada';
import type { ReleaseFact } from '../../domain/delivery/delivery-facts.ts';
import type { RejectedFact } from '../../domain/pulls/github-facts.ts';
import { formatRepositoryName, type RepositoryName } from '../../domain/sync/repository-name.ts';
import { foundIn, readAnswer, type NodeOf } from '../transport/answers.ts';
import type { Answered, GitHubApi } from '../transport/api.ts';
import { mapPage, passOver } from '../pulls/map-each.ts';
import { mapQuota } from '../pulls/map-facts.ts';
import { toActorOrNull } from '../pulls/map-account.ts';
import { ACTOR_FIELDS } from '../pulls/nested-pages.ts';
import { RATE_LIMIT_FIELDS } from '../pulls/pull-request-query.ts';
import { toGitHubCursor } from '../transport/page-walk.ts';
import { gql } from '../transport/graphql.ts';
import { TextCleaner, toFlag, toId, toInstant } from '../transport/wire-values.ts';

const RELEASE_PAGE_QUERY = gql(
  `
  query ReleasePage($owner: String!, $name: String!, $first: Int!, $after: String) {
    rateLimit {
      ...RateLimitFields
    }
    repository(owner: $owner, name: $name) {
      releases(first: $first, after: $after, orderBy: { field: CREATED_AT, direction: DESC }) {
        pageInfo {
          hasNextPage
          endCursor
        }
        nodes {
          databaseId
          tagName
          name
          url
          tagCommit {
            oid
          }
          isDraft
          isPrerelease
          author {
            ...ActorFields
          }
          createdAt
          publishedAt
        }
      }
    }
  }
`,
  [RATE_LIMIT_FIELDS, ACTOR_FIELDS],
);

/** To go on past a release that GitHub cannot answer at all: it is then one that was too heavy to read. */
const RELEASE_NUMBERS_QUERY = gql(
  `
  query ReleaseNumbers($owner: String!, $name: String!, $first: Int!, $after: String) {
    rateLimit {
      ...RateLimitFields
    }
    repository(owner: $owner, name: $name) {
      releases(first: $first, after: $after, orderBy: { field: CREATED_AT, direction: DESC }) {
        pageInfo {
          hasNextPage
          endCursor
        }
        nodes {
          databaseId
        }
      }
    }
  }
`,
  [RATE_LIMIT_FIELDS],
);

/** Releases that GitHub is asked for at a time where it answers that. */
export const LARGEST_RELEASE_PAGE = 100;

/** How much of releases is asked for: all, or only their numbers. */
export const RELEASE_DETAILS = ['WHOLE', 'NUMBERS'] as const;

export interface ReleasePageRequest {
  readonly repository: RepositoryName;
  /** How many, 1 to 100. */
  readonly first: number;
  readonly after: string | null;
  readonly detail: (typeof RELEASE_DETAILS)[number];
}

/** A page of a repository's releases, newest first. */
export interface ReleasePage {
  readonly releases: readonly ReleaseFact[];
  readonly rejected: readonly RejectedFact[];
  /** Null at the end. */
  readonly nextCursor: string | null;
}

export type ReleaseNode = NodeOf<
  NonNullable<ResultOf<typeof RELEASE_PAGE_QUERY>['repository']>['releases']
>;

/** Releases of repositories. Throws GitHubFailure and nothing else. */
export function createReleases(api: GitHubApi) {
  return {
    /** A page of them, newest first; with detail NUMBERS each is rejected as too heavy to read. */
    async fetchPage({
      repository,
      first,
      after,
      detail,
    }: ReleasePageRequest): Promise<Answered<ReleasePage>> {
      const what = `releases of ${formatRepositoryName(repository)}`;
      const variables = { ...repository, first, after: toGitHubCursor(after) };
      if (detail === 'NUMBERS') {
        const raw = await api.graphql(RELEASE_NUMBERS_QUERY, variables, what);
        const { releases: list } = foundIn(raw, what);
        return readAnswer(what, () => ({
          answer: { releases: [], ...passOver(list, 'releases', after) },
          quota: mapQuota(raw.rateLimit),
        }));
      }
      const raw = await api.graphql(RELEASE_PAGE_QUERY, variables, what);
      const { releases: list } = foundIn(raw, what);
      return readAnswer(what, () => {
        const { facts, ...page } = mapPage(
          list,
          'releases',
          mapRelease,
          ({ databaseId }) => databaseId,
          after,
        );
        return {
          answer: { releases: facts, ...page },
          quota: mapQuota(raw.rateLimit),
        };
      });
    },
  };
}

/** @throws UnreadableError when the release is not as GitHub's schema promises */
export function mapRelease(raw: ReleaseNode): ReleaseFact {
  const cleaner = new TextCleaner();
  return {
    githubId: toId(raw.databaseId, 'id of a release'),
    tag: cleaner.clean(raw.tagName, 'tag of a release'),
    name: raw.name ? cleaner.clean(raw.name, 'name of a release') : null,
    url: cleaner.clean(raw.url, 'url of a release'),
    sha: raw.tagCommit === null ? null : cleaner.clean(raw.tagCommit.oid, 'commit of a release'),
    isDraft: toFlag(raw.isDraft, 'isDraft'),
    isPrerelease: toFlag(raw.isPrerelease, 'isPrerelease'),
    author: toActorOrNull(raw.author, cleaner),
    createdAt: toInstant(raw.createdAt, 'time of a release'),
    publishedAt: raw.publishedAt === null ? null : toInstant(raw.publishedAt, 'publication'),
  };
}
