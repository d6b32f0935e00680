/** Shapes of GitHub's answers, as its schema promises them; what arrives is read value by value (wire-values.ts). */

export interface RawPageInfo {
  readonly hasNextPage: boolean;
  readonly endCursor?: string | null;
}

export interface RawList<Node> {
  readonly pageInfo: RawPageInfo;
  readonly nodes: readonly (Node | null)[] | null;
}

export interface RawActor {
  readonly __typename: string;
  readonly login: string;
  readonly databaseId?: number | null;
  readonly name?: string | null;
}

export interface RawReview {
  readonly fullDatabaseId?: string | number | null;
  readonly databaseId?: number | null;
  readonly state: string;
  readonly submittedAt: string | null;
  readonly body?: string | null;
  readonly author: RawActor | null;
}

export interface RawIssueComment {
  readonly fullDatabaseId?: string | number | null;
  readonly databaseId?: number | null;
  readonly body: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly author: RawActor | null;
}

/** Whoever was asked for a review: an account, or a team, which has a slug only. */
export interface RawRequestedReviewer {
  readonly __typename: string;
  readonly databaseId?: number | null;
  readonly login?: string;
  readonly name?: string | null;
  readonly slug?: string;
}

export interface RawEvent {
  readonly id: string;
  readonly createdAt: string;
  readonly actor: RawActor | null;
  readonly requestedReviewer?: RawRequestedReviewer | null;
  readonly beforeCommit?: { readonly oid: string } | null;
  readonly afterCommit?: { readonly oid: string } | null;
  readonly previousRefName?: string;
  readonly currentRefName?: string;
}

export type RawTimelineItem = { readonly __typename: string } & (
  Partial<RawReview> | Partial<RawIssueComment> | Partial<RawEvent>
);

export interface RawCheck {
  readonly __typename: string;
  readonly id?: string;
  readonly name?: string;
  readonly status?: string;
  readonly conclusion?: string | null;
  readonly startedAt?: string | null;
  readonly completedAt?: string | null;
  readonly checkSuite?: { readonly app: { readonly slug: string } | null } | null;
  readonly context?: string;
  readonly state?: string;
  readonly createdAt?: string;
}

export interface RawCommit {
  readonly oid: string;
  readonly messageHeadline: string;
  readonly message: string;
  readonly authoredDate: string;
  readonly committedDate: string;
  readonly author: {
    readonly name: string | null;
    readonly user: {
      readonly databaseId?: number | null;
      readonly login: string;
      readonly name?: string | null;
    } | null;
  } | null;
}

export interface RawFile {
  readonly path: string;
  readonly changeType: string;
  readonly additions: number;
  readonly deletions: number;
}

export interface RawPullRequest {
  readonly fullDatabaseId?: string | number | null;
  readonly databaseId?: number | null;
  readonly number: number;
  readonly title: string;
  readonly body?: string | null;
  readonly url: string;
  readonly state: string;
  readonly isDraft: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly mergedAt: string | null;
  readonly closedAt: string | null;
  readonly additions: number | null;
  readonly deletions: number | null;
  readonly changedFiles: number | null;
  readonly totalCommentsCount?: number | null;
  readonly baseRefName: string;
  readonly headRefName: string;
  readonly headRefOid: string;
  readonly authorAssociation: string;
  readonly mergeCommit: { readonly oid: string } | null;
  readonly author: RawActor | null;
  readonly mergedBy: RawActor | null;
  readonly labels: RawList<{ readonly name: string }> | null;
  readonly timelineItems: RawList<RawTimelineItem> | null;
  readonly commits: RawList<{ readonly commit: RawCommit }>;
  readonly files: RawList<RawFile> | null;
  readonly statusCheckRollup?: {
    readonly state: string;
    readonly contexts: RawList<RawCheck>;
  } | null;
}

export interface RawRepository {
  readonly databaseId: number | null;
  readonly name: string;
  readonly owner: { readonly login: string };
  readonly isPrivate: boolean;
  readonly isArchived: boolean;
  readonly isEmpty: boolean;
  readonly defaultBranchRef: { readonly name: string } | null;
}

/** The newest of a list that has a stage of its own. */
export interface RawHead {
  readonly nodes: readonly ({ readonly databaseId: number | null } | null)[] | null;
}

export interface RawRateLimit {
  readonly cost: number;
  readonly limit: number;
  readonly remaining: number;
  readonly used: number;
  readonly resetAt: string;
}

export interface RawPage {
  readonly rateLimit: RawRateLimit | null;
  /** Null where the credential may not see them. */
  readonly deploymentHead?: { readonly deployments: RawHead } | null;
  readonly releaseHead?: { readonly releases: RawHead } | null;
  readonly repository:
    | (RawRepository & {
        readonly pullRequests: RawList<RawPullRequest> & { readonly totalCount: number };
      })
    | null;
}

/** A pull request of which one list is read on. */
export type RawNestedLists = Pick<RawPullRequest, 'fullDatabaseId' | 'databaseId' | 'headRefOid'> &
  Partial<
    Pick<RawPullRequest, 'labels' | 'timelineItems' | 'commits' | 'files' | 'statusCheckRollup'>
  >;

export interface RawNestedAnswer {
  readonly rateLimit: RawRateLimit | null;
  readonly repository: Readonly<Record<string, RawNestedLists | null>> | null;
}

export interface RawRepositoryAnswer {
  readonly rateLimit: RawRateLimit | null;
  readonly viewer: { readonly databaseId: number | null; readonly login: string };
  readonly repository: RawRepository | null;
}
