/** Kinds of things that have a global id, with the prefix that GitHub gives them. */
const PREFIXES = {
  Account: 'U',
  Repository: 'R',
  PullRequest: 'PR',
  PullRequestReview: 'PRR',
  PullRequestReviewComment: 'PRRC',
  PullRequestReviewThread: 'PRRT',
  PullRequestCommit: 'PURC',
  Commit: 'C',
  IssueComment: 'IC',
  Label: 'LA',
  Language: 'LN',
  Ref: 'REF',
  ReviewRequest: 'RR',
  TimelineEvent: 'TE',
  Team: 'T',
  CheckRun: 'CR',
  CheckSuite: 'CS',
  StatusContext: 'SC',
  StatusCheckRollup: 'SCR',
  App: 'A',
  Deployment: 'DE',
  DeploymentStatus: 'DES',
  Release: 'RE',
} as const;

export type NodeKind = keyof typeof PREFIXES;

/** What finds the thing again: numbers and names, from the outside in. */
export type NodePath = readonly (string | number)[];

/** An opaque global id, such as `PR_WyJQdWxs…`. */
export function toNodeId(kind: NodeKind, ...path: NodePath): string {
  const text = JSON.stringify([kind, ...path]);
  return `${PREFIXES[kind]}_${Buffer.from(text).toString('base64url')}`;
}

/** Reads an id that `toNodeId` made; null for any other text. */
export function parseNodeId(id: string): { kind: NodeKind; path: NodePath } | null {
  const text = Buffer.from(id.slice(id.indexOf('_') + 1), 'base64url').toString('utf8');
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value) && isNodeKind(value[0]) && value.every(isPathPart)) {
      return { kind: value[0], path: value.slice(1) };
    }
  } catch {
    // Not one of ours.
  }
  return null;
}

function isNodeKind(value: unknown): value is NodeKind {
  return typeof value === 'string' && Object.hasOwn(PREFIXES, value);
}

function isPathPart(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}
