import type { ResultOf } from 'gql.tada';
import type { ReleaseFact } from '../../domain/delivery/delivery-facts.ts';
import { formatRepositoryName, type RepositoryName } from '../../domain/sync/repository-name.ts';
import { foundIn, readAnswer, type NodeOf } from '../transport/answers.ts';
import type { GitHubApi } from '../transport/api.ts';
import { mapPage } from '../pulls/map-each.ts';
import { mapQuota } from '../pulls/map-facts.ts';
import { toActorOrNull } from '../pulls/map-account.ts';
import { ACTOR_FIELDS } from '../pulls/nested-pages.ts';
import { RATE_LIMIT_FIELDS } from '../pulls/pull-request-query.ts';
import { toGitHubCursor } from '../transport/page-walk.ts';
import { gql } from '../transport/graphql.ts';
import { TextCleaner, toFlag, toId, toInstant } from '../transport/wire-values.ts';

const RELEASE_PAGE_QUERY = gql(
  `
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
`,
  [RATE_LIMIT_FIELDS, ACTOR_FIELDS],
);

export type ReleaseNode = NodeOf<
  NonNullable<ResultOf<typeof RELEASE_PAGE_QUERY>['repository']>['releases']
>;

/** Releases of repositories. Throws GitHubFailure and nothing else. */
export function createReleases(api: GitHubApi) {
  return {
    /** A page of them, newest first. */
    async fetchPage(repository: RepositoryName, after: string | null) {
      const what = `releases of ${formatRepositoryName(repository)}`;
      const raw = await api.graphql(
        RELEASE_PAGE_QUERY,
        { ...repository, after: toGitHubCursor(after) },
        what,
      );
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
