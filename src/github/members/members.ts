import type { ResultOf } from 'gql.tada';
import type { ActorFact } from '../../domain/members/actor.ts';
import { nodesOf, readAnswer, type NodeOf } from '../transport/answers.ts';
import { nextCursorOf, toGitHubCursor } from '../transport/page-walk.ts';
import type { Answered, GitHubApi } from '../transport/api.ts';
import { notFound } from '../transport/failures.ts';
import { mapQuota } from '../pulls/map-facts.ts';
import { toActor } from '../pulls/map-nested.ts';
import { RATE_LIMIT_FIELDS } from '../pulls/pull-request-query.ts';
import { gql } from '../transport/graphql.ts';
import { TextCleaner, UnreadableError } from '../transport/wire-values.ts';

/** A page of an organisation's members, in GitHub's order. */
export interface MemberPage {
  /** The organisation's login in the case that GitHub has it in. */
  readonly organization: string;
  readonly members: readonly ActorFact[];
  /** Entries that are empty or cannot be read: nobody knows whose they are. */
  readonly unread: number;
  /** Null at the end. */
  readonly nextCursor: string | null;
}

/** The most that GitHub gives at once, and what the query below asks for. */
const MEMBERS_PER_PAGE = 100;

/** Path of the list below the REST root, under which its ETag is stored. */
export function membersUrl(organization: string): string {
  return `/orgs/${organization.toLowerCase()}/members?per_page=${MEMBERS_PER_PAGE}`;
}

const MEMBERS_QUERY = gql(
  `
  query OrganizationMembers($login: String!, $first: Int!, $after: String) {
    rateLimit {
      ...RateLimitFields
    }
    organization(login: $login) {
      login
      membersWithRole(first: $first, after: $after) {
        pageInfo {
          hasNextPage
          endCursor
        }
        nodes {
          __typename
          databaseId
          login
          name
        }
      }
    }
  }
`,
  [RATE_LIMIT_FIELDS],
);

type MemberNode = NodeOf<
  NonNullable<ResultOf<typeof MEMBERS_QUERY>['organization']>['membersWithRole']
>;

function readableMember(raw: MemberNode): ActorFact[] {
  try {
    return [toActor(raw, new TextCleaner())];
  } catch (error) {
    if (error instanceof UnreadableError) {
      return [];
    }
    throw error;
  }
}

/**
 * Members of organisations, over both of GitHub's APIs. Every method throws GitHubFailure, NOT_FOUND for a login that is
 * no organisation's.
 */
export function createMembers(api: GitHubApi) {
  const whatOf = (organization: string): string => `organisation ${organization}`;
  return {
    /**
     * Asks whether anything changed since an ETag; costs nothing when nothing did. The ETag of the answer is to be sent
     * the next time; it is null where one page does not hold all members, and so says nothing of the rest.
     */
    async check(organization: string, etag: string | null) {
      const { data, quota, ...found } = await api.rest(
        'GET /orgs/{org}/members',
        { org: organization, per_page: MEMBERS_PER_PAGE },
        whatOf(organization),
        etag,
      );
      return {
        answer: { isUnchanged: data === null, etag: found.hasNextPage ? null : found.etag },
        quota,
      };
    },

    async fetchPage(organization: string, after: string | null): Promise<Answered<MemberPage>> {
      const what = whatOf(organization);
      const raw = await api.graphql(
        MEMBERS_QUERY,
        { login: organization, first: MEMBERS_PER_PAGE, after: toGitHubCursor(after) },
        what,
      );
      const found = raw.organization;
      if (!found) {
        throw notFound(what);
      }
      return readAnswer(what, () => {
        const cleaner = new TextCleaner();
        const { nodes } = found.membersWithRole;
        const members = nodesOf(found.membersWithRole).flatMap(readableMember);
        return {
          answer: {
            organization: cleaner.cleanKey(found.login, 'login of an organisation'),
            members,
            unread: (nodes?.length ?? 0) - members.length,
            nextCursor: nextCursorOf(found.membersWithRole, after),
          },
          quota: mapQuota(raw.rateLimit),
        };
      });
    },
  };
}
