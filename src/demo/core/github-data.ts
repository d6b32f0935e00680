import type {
  CommentAuthorAssociation,
  PatchStatus,
  PullRequestReviewState,
} from '@octokit/graphql-schema';
import type { Sized } from './pull-request-size.ts';

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
  /** Beside `pullRequests`, with numbers of their own. */
  readonly madeOnDemand?: PullRequestsOnDemand;
  /** Who belongs to it; null where the credential may not push, and the members of its organisation when absent. */
  readonly collaborators?: readonly string[] | null;
  /** A takedown: whoever asks gets 451. */
  readonly isBlocked?: boolean;
  readonly deployments?: readonly DeploymentData[];
  readonly releases?: readonly ReleaseData[];
  /** Commits of the default branch and of others, for comparisons; those of pull requests need not be repeated. */
  readonly history?: readonly HistoryCommitData[];
}

/**
 * Pull requests 1 to `count` that are made when they are asked for, so that a hundred thousand of them need little
 * memory. All of their life is past, and all have comments on code or none has.
 */
export interface PullRequestsOnDemand {
  readonly count: number;
  readonly summary: (number: number) => PullRequestSummary;
  /** The same for the same number, each time. */
  readonly make: (number: number) => PullRequestData;
}

export interface PullRequestSummary {
  readonly databaseId: number;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly state: 'OPEN' | 'CLOSED' | 'MERGED';
}

/** A commit with its parents, so that two can be compared. */
export interface HistoryCommitData {
  readonly oid: string;
  readonly parents: readonly string[];
  readonly at: Instant;
}

/** A deployment with all of its statuses; those that lie in the future are not shown yet. */
export interface DeploymentData {
  readonly databaseId: number;
  readonly environment: string;
  readonly ref: string | null;
  readonly oid: string;
  readonly creator: string | null;
  readonly description: string | null;
  readonly createdAt: Instant;
  /** States as GitHub's GraphQL names them, in their order. */
  readonly statuses: readonly { readonly state: string; readonly at: Instant }[];
}

export interface ReleaseData {
  readonly databaseId: number;
  readonly tag: string;
  readonly name: string | null;
  readonly oid: string | null;
  readonly isDraft: boolean;
  readonly isPrerelease: boolean;
  readonly author: string | null;
  readonly createdAt: Instant;
  readonly publishedAt: Instant | null;
}

/** A check of a pull request's head commit, by GitHub Actions or another App; or a commit status (app null). */
export interface CheckData {
  readonly databaseId: number;
  readonly headOid: string;
  readonly name: string;
  readonly app: string | null;
  readonly startedAt: Instant;
  readonly completedAt: Instant | null;
  /** Once it is completed; of a commit status SUCCESS, FAILURE or ERROR. */
  readonly conclusion: string | null;
}

/** The whole life of a pull request. What lies after the served moment is not shown yet. */
export interface PullRequestData extends Sized {
  /** May pass 2^31: GraphQL's `databaseId` is null then, as clients must read `fullDatabaseId`. */
  readonly databaseId: number;
  readonly number: number;
  readonly title: string;
  readonly body: string;
  /** Login, or null for a deleted account. */
  readonly author: string | null;
  readonly authorAssociation: CommentAuthorAssociation;
  /** The last one: the events BASE_REF_CHANGED name those before it. */
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
  readonly checks?: readonly CheckData[];
  /** Asked for a review and not known since when. */
  readonly requestedReviewers: readonly string[];
  /** Null when the source does not know what was changed. */
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
  /** When a force push took it off the branch again. */
  readonly goneAt?: Instant;
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

export interface CommentData {
  readonly databaseId: number;
  readonly author: string | null;
  readonly authorAssociation: CommentAuthorAssociation;
  readonly createdAt: Instant;
  /** Of an edited one. */
  readonly editedAt?: Instant;
  readonly body: string;
}

export interface ReviewCommentData extends CommentData {
  readonly reviewId: number | null;
  readonly path: string;
  /** Id of the comment that this one answers. */
  readonly replyTo?: number | null;
}

export type EventData =
  | {
      readonly kind: 'READY_FOR_REVIEW' | 'CONVERT_TO_DRAFT';
      readonly at: Instant;
      readonly actor: string | null;
    }
  | {
      readonly kind: 'HEAD_REF_FORCE_PUSHED' | 'BASE_REF_CHANGED';
      readonly at: Instant;
      readonly actor: string | null;
      /** Of a force push the commits, of a new base the branches. */
      readonly before: string;
      readonly after: string;
    }
  | {
      /** The closing that stands is `closedAt`; this is one that was followed by a reopening. */
      readonly kind: 'CLOSED' | 'REOPENED';
      readonly at: Instant;
      readonly actor: string | null;
    }
  | {
      readonly kind: 'REVIEW_REQUESTED' | 'REVIEW_REQUEST_REMOVED';
      readonly at: Instant;
      readonly actor: string | null;
      /** A login, or `organisation/slug` of a team. */
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
