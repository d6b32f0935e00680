import type {
  CommentAuthorAssociation,
  PatchStatus,
  PullRequestReviewState,
} from '@octokit/graphql-schema';

/** An instant as GitHub writes it, in UTC and whole seconds: `2026-03-05T09:12:33Z`. Texts of this form sort by time. */
export type Instant = string;

/** Everything that a fake GitHub serves: plain data, which may hold a future that is hidden until its moment comes. */
export interface GitHubData {
  /** Login of the account that owns the token. */
  readonly viewer: string;
  readonly accounts: readonly AccountData[];
  readonly organizations: readonly OrganizationData[];
  readonly repositories: readonly RepositoryData[];
}

export type AccountKind = 'User' | 'Bot' | 'Mannequin' | 'Organization';

/** An account. Logins of bots end in `[bot]` as in the REST API; GraphQL answers them without that suffix. */
export interface AccountData {
  readonly kind: AccountKind;
  /** Fits GraphQL's 32-bit integers. */
  readonly databaseId: number;
  readonly login: string;
  readonly name: string | null;
  readonly url: string;
  readonly createdAt: Instant;
}

/** Members of an organisation; its own account is among the accounts. */
export interface OrganizationData {
  readonly login: string;
  readonly members: readonly string[];
}

export interface RepositoryData {
  readonly databaseId: number;
  /** Login of the owning account. */
  readonly owner: string;
  readonly name: string;
  readonly url: string;
  readonly description: string | null;
  readonly isPrivate: boolean;
  readonly isArchived: boolean;
  readonly isFork: boolean;
  /** Null for an empty repository. */
  readonly defaultBranch: string | null;
  readonly primaryLanguage: string | null;
  readonly createdAt: Instant;
  /** As the source says; null = follow the pull requests. */
  readonly updatedAt: Instant | null;
  readonly pushedAt: Instant | null;
  readonly pullRequests: readonly PullRequestData[];
}

/** The whole life of a pull request. What lies after the served moment is not shown yet. */
export interface PullRequestData {
  /** May pass 2^31: GraphQL's `databaseId` is null then, as clients must read `fullDatabaseId`. */
  readonly databaseId: number;
  readonly number: number;
  readonly title: string;
  readonly body: string;
  /** Login, or null for a deleted account. */
  readonly author: string | null;
  readonly authorAssociation: CommentAuthorAssociation;
  readonly baseRefName: string;
  readonly headRefName: string;
  /** Owner of the fork that the branch lies in; null = the repository itself. */
  readonly headOwner: string | null;
  /** Null = the last commit's. */
  readonly headOid: string | null;
  readonly createdAt: Instant;
  /** As the source says; null = the latest thing that happened. */
  readonly updatedAt: Instant | null;
  readonly openedAsDraft: boolean;
  readonly mergedAt: Instant | null;
  readonly mergedBy: string | null;
  readonly mergeCommitOid: string | null;
  /** Of a merged one too. */
  readonly closedAt: Instant | null;
  readonly labels: readonly LabelData[];
  readonly commits: readonly CommitData[];
  readonly reviews: readonly ReviewData[];
  readonly reviewComments: readonly ReviewCommentData[];
  readonly comments: readonly CommentData[];
  readonly events: readonly EventData[];
  /** Asked for a review and not known since when. */
  readonly requestedReviewers: readonly string[];
  /** Null when the source does not know what was changed, nor how much. */
  readonly files: readonly FileData[] | null;
}

export interface LabelData {
  readonly name: string;
  readonly color: string;
  readonly addedAt: Instant;
}

export interface CommitData {
  readonly oid: string;
  readonly message: string;
  readonly author: GitSignatureData;
  readonly committer: GitSignatureData;
  /** When it appeared on the branch. */
  readonly pushedAt: Instant;
  /** 0 when unknown. */
  readonly additions: number;
  readonly deletions: number;
}

export interface GitSignatureData {
  readonly name: string;
  readonly email: string;
  readonly date: Instant;
  /** Null when no account owns the address. */
  readonly login: string | null;
}

export interface ReviewData {
  readonly databaseId: number;
  readonly author: string | null;
  readonly authorAssociation: CommentAuthorAssociation;
  readonly state: PullRequestReviewState;
  readonly submittedAt: Instant;
  readonly body: string;
  readonly commitOid: string | null;
}

export interface ReviewCommentData {
  readonly databaseId: number;
  readonly reviewId: number | null;
  readonly author: string | null;
  readonly authorAssociation: CommentAuthorAssociation;
  readonly createdAt: Instant;
  readonly body: string;
  readonly path: string;
}

export interface CommentData {
  readonly databaseId: number;
  readonly author: string | null;
  readonly authorAssociation: CommentAuthorAssociation;
  readonly createdAt: Instant;
  readonly body: string;
}

export type EventData =
  | {
      readonly kind: 'READY_FOR_REVIEW' | 'CONVERT_TO_DRAFT';
      readonly at: Instant;
      readonly actor: string | null;
    }
  | {
      readonly kind: 'REVIEW_REQUESTED';
      readonly at: Instant;
      readonly actor: string | null;
      readonly reviewer: string;
    };

export interface FileData {
  readonly path: string;
  readonly additions: number;
  readonly deletions: number;
  readonly changeType: PatchStatus;
  /** Since when the pull request touches it. */
  readonly since: Instant;
}

/** An instant in GitHub's form. Fractions of a second are dropped. */
export function toInstant(date: Date): Instant {
  return `${date.toISOString().slice(0, 19)}Z`;
}

type RequiredPullRequestParts = 'databaseId' | 'number' | 'title' | 'author' | 'createdAt';

/** An open pull request with nothing in it but what is given. Its files are known: there are none. */
export function newPullRequest(
  parts: Pick<PullRequestData, RequiredPullRequestParts> & Partial<PullRequestData>,
): PullRequestData {
  return {
    body: '',
    authorAssociation: 'NONE',
    baseRefName: 'main',
    headRefName: `change-${parts.number}`,
    headOwner: null,
    headOid: null,
    updatedAt: null,
    openedAsDraft: false,
    mergedAt: null,
    mergedBy: null,
    mergeCommitOid: null,
    closedAt: parts.mergedAt ?? null,
    labels: [],
    commits: [],
    reviews: [],
    reviewComments: [],
    comments: [],
    events: [],
    requestedReviewers: [],
    files: [],
    ...parts,
  };
}
