import type { ResultOf } from 'gql.tada';
import { GHOST, type ActorFact } from '../../domain/members/actor.ts';
import { nodesOf, readAnswer, type NodeOf } from '../transport/answers.ts';
import { nextCursorOf, toGitHubCursor } from '../transport/page-walk.ts';
import { formatRepositoryName, type RepositoryName } from '../../domain/sync/repository-name.ts';
import { parametersOf, type Answered, type GitHubApi, type RestData } from '../transport/api.ts';
import { notFound } from '../transport/failures.ts';
import { mapQuota } from '../pulls/map-facts.ts';
import { toActor } from '../pulls/map-account.ts';
import { toRestActor } from '../pulls/review-comments.ts';
import { RATE_LIMIT_FIELDS } from '../pulls/pull-request-query.ts';
import { gql } from '../transport/graphql.ts';
import { TextCleaner, toId, UnreadableError } from '../transport/wire-values.ts';

/** What an entry that cannot be read shows all the same of whose it is; nothing where both are null. */
export interface UnreadMember {
  /** GitHub's id: it is the member's for good. */
  readonly githubId: bigint | null;
  readonly login: string | null;
}

/** A page of an organisation's members, in GitHub's order. */
export interface MemberPage {
  /** The organisation's login in the case that GitHub has it in. */
  readonly organization: string;
  readonly members: readonly ActorFact[];
  /** Entries that are empty or cannot be read. */
  readonly unread: readonly UnreadMember[];
  /** Null at the end. */
  readonly nextCursor: string | null;
}

/** The most that GitHub gives at once, and what the query below asks for. */
const MEMBERS_PER_PAGE = 100;

/** Path of the list below the REST root, under which its ETag is stored. */
export function collaboratorsUrl(repository: RepositoryName): string {
  return `/repos/${formatRepositoryName(repository).toLowerCase()}/collaborators?per_page=${MEMBERS_PER_PAGE}`;
}

/** The same of an organisation's members. */
export function membersUrl(organization: string): string {
  return `/orgs/${organization.toLowerCase()}/members?per_page=${MEMBERS_PER_PAGE}`;
}

type RawCollaborator = RestData<'GET /repos/{owner}/{repo}/collaborators'>[number];

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

/** More than GitHub's logins have. */
const MAX_LOGIN_BYTES = 100;

/** What `read` makes of an entry; null where it cannot be read. */
function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnreadableError) {
      return null;
    }
    throw error;
  }
}

function toUnread(raw: MemberNode | null): UnreadMember {
  const cleaner = new TextCleaner();
  const login = orNull(() => cleaner.cleanKey(raw?.login ?? '', 'login', MAX_LOGIN_BYTES));
  return {
    githubId: orNull(() => toId(raw?.databaseId, 'id of an account')),
    login: login === '' || cleaner.replaced ? null : login,
  };
}

/** Null where an entry cannot be read, or shows no id: known by its login alone it would be another one than who is stored. */
function toStoredAccount(read: () => ActorFact): ActorFact | null {
  const account = orNull(read);
  return account === null || account.githubId < 0n || account.githubId === GHOST.githubId
    ? null
    : account;
}

/** The entries of a page that can be read, and what the others show. */
function sortEntries(page: {
  readonly nodes: readonly (MemberNode | null)[] | null;
}): Pick<MemberPage, 'members' | 'unread'> {
  const present = nodesOf(page);
  const entries = present.map((raw) => ({
    raw,
    member: toStoredAccount(() => toActor(raw, new TextCleaner())),
  }));
  const holes = (page.nodes?.length ?? 0) - present.length;
  return {
    members: entries.flatMap(({ member }) => member ?? []),
    unread: [
      ...entries.flatMap(({ raw, member }) => (member === null ? [toUnread(raw)] : [])),
      ...Array.from({ length: holes }, () => toUnread(null)),
    ],
  };
}

/**
 * Members of organisations, over both of GitHub's APIs, and collaborators of repositories. Every method throws
 * GitHubFailure, NOT_FOUND for a login that is no organisation's.
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

    /**
     * A page of the accounts that may read a repository because they belong to it or to its organisation, from 1; whose
     * membership is private is among them. GitHub shows them to whoever may push. Null when nothing changed since the
     * ETag, which costs nothing; the answer's is null where one page does not hold all.
     */
    async fetchCollaborators(repository: RepositoryName, page: number, known: string | null) {
      const what = `collaborators of ${formatRepositoryName(repository)}`;
      const { data, quota, etag, hasNextPage } = await api.rest(
        'GET /repos/{owner}/{repo}/collaborators',
        { ...parametersOf(repository), per_page: MEMBERS_PER_PAGE, page },
        what,
        known,
      );
      return readAnswer(what, () => {
        if (data !== null && !Array.isArray(data)) {
          throw new UnreadableError('it is no list');
        }
        const entries = data as (RawCollaborator | null)[] | null;
        const accounts = entries?.flatMap(
          (raw) => toStoredAccount(() => toRestActor(raw, new TextCleaner())) ?? [],
        );
        // What could not be read may be readable the next time.
        const isWhole = page === 1 && !hasNextPage && accounts?.length === entries?.length;
        return {
          answer: { accounts: accounts ?? null, hasNextPage, etag: isWhole ? etag : null },
          quota,
        };
      });
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
        return {
          answer: {
            organization: cleaner.cleanKey(found.login, 'login of an organisation'),
            ...sortEntries(found.membersWithRole),
            nextCursor: nextCursorOf(found.membersWithRole, after),
          },
          quota: mapQuota(raw.rateLimit),
        };
      });
    },
  };
}
