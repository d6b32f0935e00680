/**
 * The types of the fields that our documents select something of, by `Type.field`: by these it can be told of which type
 * a field is, without GitHub's schema of six megabytes. A test holds them against it, for every document.
 */
const FIELDS_OF: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Query: {
    rateLimit: 'RateLimit',
    viewer: 'User',
    repository: 'Repository',
    organization: 'Organization',
    search: 'SearchResultItemConnection',
    node: 'Node',
  },
  Repository: {
    owner: 'RepositoryOwner',
    defaultBranchRef: 'Ref',
    pullRequests: 'PullRequestConnection',
    pullRequest: 'PullRequest',
    deployments: 'DeploymentConnection',
    releases: 'ReleaseConnection',
    object: 'GitObject',
  },
  Organization: { membersWithRole: 'OrganizationMemberConnection' },
  Ref: { target: 'GitObject' },
  PullRequest: {
    mergeCommit: 'Commit',
    author: 'Actor',
    mergedBy: 'Actor',
    labels: 'LabelConnection',
    timelineItems: 'PullRequestTimelineItemsConnection',
    commits: 'PullRequestCommitConnection',
    files: 'PullRequestChangedFileConnection',
    statusCheckRollup: 'StatusCheckRollup',
  },
  PullRequestReview: { author: 'Actor' },
  IssueComment: { author: 'Actor' },
  ReadyForReviewEvent: { actor: 'Actor' },
  ConvertToDraftEvent: { actor: 'Actor' },
  ReviewRequestedEvent: { actor: 'Actor', requestedReviewer: 'RequestedReviewer' },
  ReviewRequestRemovedEvent: { actor: 'Actor', requestedReviewer: 'RequestedReviewer' },
  HeadRefForcePushedEvent: { actor: 'Actor', beforeCommit: 'Commit', afterCommit: 'Commit' },
  BaseRefChangedEvent: { actor: 'Actor' },
  ClosedEvent: { actor: 'Actor' },
  ReopenedEvent: { actor: 'Actor' },
  PullRequestCommit: { commit: 'Commit' },
  Commit: {
    author: 'GitActor',
    committer: 'GitActor',
    statusCheckRollup: 'StatusCheckRollup',
    history: 'CommitHistoryConnection',
    parents: 'CommitConnection',
  },
  GitActor: { user: 'User' },
  StatusCheckRollup: { contexts: 'StatusCheckRollupContextConnection' },
  CheckRun: { checkSuite: 'CheckSuite' },
  CheckSuite: { app: 'App' },
  Deployment: { ref: 'Ref', creator: 'Actor', statuses: 'DeploymentStatusConnection' },
  Release: { tagCommit: 'Commit', author: 'User' },
};

/** Connections whose nodes are not what they are called after. */
const NODES_OF: Readonly<Record<string, string>> = {
  OrganizationMemberConnection: 'User',
  CommitHistoryConnection: 'Commit',
};

const CONNECTION = /^(\w+)Connection$/;

/** The type of what a field of a type leads to; null for one that our documents do not select anything of. */
export function typeOfField(parent: string, field: string): string | null {
  const [, entry] = CONNECTION.exec(parent) ?? [];
  if (entry !== undefined && field === 'nodes') {
    return NODES_OF[parent] ?? entry;
  }
  return entry !== undefined && field === 'pageInfo'
    ? 'PageInfo'
    : (FIELDS_OF[parent]?.[field] ?? null);
}
