import type { ReleaseFact } from '../../domain/delivery/delivery-facts.ts';
import type { QuotaFact, RejectedFact } from '../../domain/pulls/github-facts.ts';
import { formatRepositoryName, type RepositoryName } from '../../domain/sync/repository-name.ts';
import { foundIn, readAnswer } from '../transport/answers.ts';
import type { GitHubApi } from '../transport/api.ts';
import { nextCursorOf } from './deployments.ts';
import { mapEach } from '../pulls/map-each.ts';
import { mapQuota } from '../pulls/map-facts.ts';
import { nodesOf, toActor } from '../pulls/map-nested.ts';
import { ACTOR_FIELDS, RATE_LIMIT_FIELDS } from '../pulls/pull-request-query.ts';
import type { RawActor, RawList, RawRateLimit } from '../pulls/raw-pull-request.ts';
import { TextCleaner, toFlag, toId, toInstant } from '../transport/wire-values.ts';

/** A page of a repository's releases, newest first. */
export interface ReleasePage {
  readonly releases: readonly ReleaseFact[];
  readonly rejected: readonly RejectedFact[];
  /** Null at the end. */
  readonly nextCursor: string | null;
}

/** Releases. Every method throws GitHubFailure and nothing else. */
export interface Releases {
  fetchPage(
    repository: RepositoryName,
    after: string | null,
  ): Promise<{ readonly answer: ReleasePage; readonly quota: QuotaFact | null }>;
}

export interface RawRelease {
  readonly databaseId: number | null;
  readonly tagName: string;
  readonly name: string | null;
  readonly url: string;
  readonly tagCommit: { readonly oid: string } | null;
  readonly isDraft: boolean;
  readonly isPrerelease: boolean;
  readonly author: RawActor | null;
  readonly createdAt: string;
  readonly publishedAt: string | null;
}

const RELEASE_PAGE_QUERY = /* GraphQL */ `
  query ReleasePage($owner: String!, $name: String!, $after: String) {
    rateLimit {
      ...RateLimitFields
    }
    repository(owner: $owner, name: $name) {
      releases(first: 100, after: $after, orderBy: { field: CREATED_AT, direction: DESC }) {
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
  ${RATE_LIMIT_FIELDS}
  ${ACTOR_FIELDS}
`;

/** Releases of repositories over the GraphQL API. */
export function createReleases(api: GitHubApi): Releases {
  return {
    async fetchPage(repository, after) {
      const what = `releases of ${formatRepositoryName(repository)}`;
      const raw = await api.graphql<{
        readonly rateLimit: RawRateLimit | null;
        readonly repository?: { readonly releases: RawList<RawRelease> } | null;
      }>(RELEASE_PAGE_QUERY, { ...repository, after }, what);
      const { releases: list } = foundIn(raw, what);
      return readAnswer(what, () => {
        const { facts, rejected } = mapEach(
          nodesOf(list),
          mapRelease,
          ({ databaseId }) => databaseId,
        );
        return {
          answer: { releases: facts, rejected, nextCursor: nextCursorOf(list) },
          quota: mapQuota(raw.rateLimit),
        };
      });
    },
  };
}

/** @throws UnreadableError when the release is not as GitHub's schema promises */
export function mapRelease(raw: RawRelease): ReleaseFact {
  const cleaner = new TextCleaner();
  return {
    githubId: toId(raw.databaseId, 'id of a release'),
    tag: cleaner.clean(raw.tagName, 'tag of a release'),
    name: raw.name ? cleaner.clean(raw.name, 'name of a release') : null,
    url: cleaner.clean(raw.url, 'url of a release'),
    sha: raw.tagCommit === null ? null : cleaner.clean(raw.tagCommit.oid, 'commit of a release'),
    isDraft: toFlag(raw.isDraft, 'isDraft'),
    isPrerelease: toFlag(raw.isPrerelease, 'isPrerelease'),
    author: raw.author === null ? null : toActor(raw.author, cleaner),
    createdAt: toInstant(raw.createdAt, 'time of a release'),
    publishedAt: raw.publishedAt === null ? null : toInstant(raw.publishedAt, 'publication'),
  };
}
