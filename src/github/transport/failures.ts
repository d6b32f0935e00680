import { readErrors, type GraphQLErrorEntry } from './graphql-errors.ts';
import { readLimit, type LimitScope } from '../limits/rate-limit.ts';

/** What went wrong between us and GitHub, as far as it decides what happens next. */
export type GitHubFailureKind =
  /** A limit stands until `until`. */
  | 'RATE_LIMITED'
  /** The credential is refused. */
  | 'UNAUTHORIZED'
  /** The installation of the GitHub App is suspended. */
  | 'SUSPENDED'
  /** The credential is good and may not see this. */
  | 'FORBIDDEN'
  /** The credential lacks a permission that the endpoint names. */
  | 'MISSING_SCOPE'
  /** An organisation's policy withholds the data, whatever the credential. */
  | 'POLICY_DISABLED'
  /** There is no such thing, or the credential may not know of it. */
  | 'NOT_FOUND'
  /** The schema of a GitHub Enterprise Server lacks what a sync needs. */
  | 'SERVER_TOO_OLD'
  /** This process may not ask the host of the connection's address; another worker may. */
  | 'HOST_NOT_ALLOWED'
  /** The answer is no answer of GitHub's API. */
  | 'UNEXPECTED'
  /** May work when tried again: timeouts, 5xx, broken connections. */
  | 'TRANSIENT';

/** A failed request. The message is one sentence for an admin and holds no secret. */
export class GitHubFailure extends Error {
  readonly kind: GitHubFailureKind;
  /** With RATE_LIMITED: when to ask again at the earliest. */
  readonly until: Date | null;
  /** With RATE_LIMITED: what the limit stands for. */
  readonly limit: LimitScope | null;
  /** With TRANSIENT: perhaps more was asked for than GitHub answers in time; less of it may be answered at once. */
  readonly isTooHeavy: boolean;
  /** With UNEXPECTED: a page for people came in place of JSON. Where JSON came before, that passes. */
  readonly isNotJson: boolean;

  constructor(
    kind: GitHubFailureKind,
    message: string,
    options?: ErrorOptions & {
      readonly until?: Date;
      readonly limit?: LimitScope;
      readonly isTooHeavy?: boolean;
      readonly isNotJson?: boolean;
    },
  ) {
    super(message, options);
    this.name = 'GitHubFailure';
    this.kind = kind;
    this.until = options?.until ?? null;
    this.limit = options?.limit ?? null;
    this.isTooHeavy = options?.isTooHeavy ?? false;
    this.isNotJson = options?.isNotJson ?? false;
  }
}

/** Whether an error is a failed request of one of these kinds. */
export function isFailure<Kind extends GitHubFailureKind>(
  error: unknown,
  ...kinds: readonly Kind[]
): error is GitHubFailure & { readonly kind: Kind } {
  return error instanceof GitHubFailure && kinds.some((kind) => kind === error.kind);
}

/** There is no such thing, as far as the credential may know. */
export function notFound(what: string, cause?: unknown): GitHubFailure {
  return new GitHubFailure(
    'NOT_FOUND',
    `GitHub shows no ${what}: the name is wrong, it was deleted, or the token may not see it.`,
    { cause },
  );
}

/** GitHub stops serving a suspended installation until an owner lifts that. */
export function suspended(cause?: unknown): GitHubFailure {
  return new GitHubFailure(
    'SUSPENDED',
    "The installation of the GitHub App is suspended: an owner of the organisation must lift that in GitHub's settings, then test the connection.",
    { cause },
  );
}

/** The answer is not of the form that GitHub's API gives. */
export function notGitHub(what: string, cause?: unknown): GitHubFailure {
  return new GitHubFailure(
    'UNEXPECTED',
    `The answer for ${what} is not what GitHub's API gives: check that GITHUB_API_URL is its REST root.`,
    { cause },
  );
}

interface HttpFailure {
  readonly status?: number;
  readonly message?: string;
  readonly response?: { readonly headers?: Readonly<Record<string, string | number | undefined>> };
  readonly headers?: Readonly<Record<string, string | number | undefined>>;
  readonly errors?: unknown;
  readonly data?: unknown;
}

function asHttpFailure(error: unknown): HttpFailure {
  return typeof error === 'object' && error !== null ? error : {};
}

/** The HTTP status that an error of Octokit's stands for, if any. */
export function statusOf(error: unknown): number | undefined {
  return asHttpFailure(error).status;
}

/** The headers of the answer that an error of Octokit's stands for; none without an answer. */
export function headersOf(error: unknown): Readonly<Record<string, string | number | undefined>> {
  const failure = asHttpFailure(error);
  return failure.response?.headers ?? failure.headers ?? {};
}

/** What an error of Octokit's says of an answer of GraphQL: its errors, and what came beside them. */
export function errorsOf(error: unknown): {
  readonly errors: readonly GraphQLErrorEntry[];
  readonly data: unknown;
} {
  const { errors, data = null } = asHttpFailure(error);
  return { errors: readErrors(errors), data };
}

/**
 * Reads a thrown error of Octokit by status, headers and GraphQL error types: GitHub answers an exhausted GraphQL
 * limit with 200 and an error, so statuses alone do not show it.
 * @param what what was asked for, for the message: `repository owner/name`
 */
export function toGitHubFailure(error: unknown, what: string, now: Date): GitHubFailure {
  if (error instanceof GitHubFailure) {
    return error;
  }
  // What the transport throws comes within an error of Octokit's.
  if (error instanceof Error && error.cause instanceof GitHubFailure) {
    return error.cause;
  }
  const failure = asHttpFailure(error);
  const headers = headersOf(error);
  const { errors } = errorsOf(error);
  const texts = [failure.message ?? '', ...errors.map((e) => e.message ?? '')];
  const types = new Set(errors.map((e) => e.type));
  const limit = readLimit({ status: failure.status, headers, texts, types }, now);
  if (limit !== null) {
    return rateLimited(limit, error);
  }
  if (failure.status === 401) {
    return new GitHubFailure(
      'UNAUTHORIZED',
      'GitHub refuses the token (401): it was revoked, has expired or is mistyped. Give a new one.',
      { cause: error },
    );
  }
  // Something that is missing deeper in an answer does not make the whole of it missing.
  const isMissing = errors.some((e) => e.type === 'NOT_FOUND' && (e.path ?? []).length <= 1);
  if (failure.status === 404 || isMissing) {
    return notFound(what, error);
  }
  if (failure.status === 403 && texts.some((text) => SUSPENDED_TEXT.test(text))) {
    return suspended(error);
  }
  const isForbidden = types.has('FORBIDDEN') || types.has('INSUFFICIENT_SCOPES');
  if (failure.status === 403 || failure.status === 451 || isForbidden) {
    return new GitHubFailure(
      'FORBIDDEN',
      `GitHub does not let this token read ${what}: give it read access to ${needsOf(errors, headers)}, or authorise it for the organisation.`,
      { cause: error },
    );
  }
  return errors.length > 0
    ? toErrorsFailure(errors, texts, what, error)
    : toStatusFailure(failure, what, error);
}

function rateLimited(
  { until, scope }: NonNullable<ReturnType<typeof readLimit>>,
  cause: unknown,
): GitHubFailure {
  const halt = scope.isSecondary ? 'GitHub asks for a pause' : "GitHub's rate limit is used up";
  return new GitHubFailure('RATE_LIMITED', `${halt}; the sync goes on at ${until.toISOString()}.`, {
    cause,
    until,
    limit: scope,
  });
}

/** What errors of GraphQL mean that are neither a limit nor a refusal. */
function toErrorsFailure(
  errors: readonly GraphQLErrorEntry[],
  texts: readonly string[],
  what: string,
  cause: unknown,
): GitHubFailure {
  const types = new Set(errors.map((e) => e.type));
  if (types.has('INVALID_CURSOR_ARGUMENTS')) {
    return new GitHubFailure(
      'UNEXPECTED',
      `GitHub no longer knows the cursor from which to continue ${what}: the next sync begins anew.`,
      { cause },
    );
  }
  if (errors.some((entry) => entry.extensions?.code !== undefined)) {
    return new GitHubFailure(
      'UNEXPECTED',
      `The server at GITHUB_API_URL refuses the query for ${what}: it may be too old, or not GitHub.`,
      { cause },
    );
  }
  const first = excerpt(errors[0]?.message ?? '') || 'no reason given';
  const isTooHeavy =
    texts.some((text) => TOO_HEAVY_TEXT.test(text)) ||
    TOO_HEAVY_TYPES.some((type) => types.has(type)) ||
    // Only parts of it fail: without them the rest is answered.
    errors.every(({ path = [] }) => path.length > 2);
  return new GitHubFailure('TRANSIENT', `GitHub could not answer for ${what}: ${first}`, {
    cause,
    isTooHeavy,
  });
}

/** What an answer without errors of GraphQL means, or no answer at all. */
function toStatusFailure(
  failure: ReturnType<typeof asHttpFailure>,
  what: string,
  cause: unknown,
): GitHubFailure {
  // 408 is a timeout on the way.
  const isRefused = failure.status !== undefined && failure.status >= 400 && failure.status < 500;
  if (isRefused && failure.status !== 408) {
    return new GitHubFailure(
      'UNEXPECTED',
      `The server at GITHUB_API_URL answers ${failure.status} for ${what}: check that it is GitHub's API root.`,
      { cause },
    );
  }
  // Without a response the status is Octokit's own invention.
  const status = failure.response === undefined ? '' : ` (${failure.status})`;
  const isTooHeavy =
    [408, 502, 504].includes(failure.status ?? 0) || TIMEOUT_TEXT.test(failure.message ?? '');
  return new GitHubFailure('TRANSIENT', `GitHub did not answer for ${what}${status}.`, {
    cause,
    isTooHeavy,
  });
}

/** Which permission a field of the query needs, where it is another one than for pull requests. */
const NEEDS: Readonly<Record<string, string>> = {
  statusCheckRollup: 'checks and commit statuses',
  deployments: 'deployments',
  releases: 'contents',
  files: 'contents',
};

/** What a refused credential lacks, as its settings call it. */
function needsOf(
  errors: readonly GraphQLErrorEntry[],
  headers: Readonly<Record<string, string | number | undefined>>,
): string {
  const accepted = String(headers['x-accepted-github-permissions'] ?? '');
  const named = /^[a-z_]+(?==)/.exec(accepted)?.[0].replaceAll('_', ' ');
  const fields = errors.flatMap(({ path = [] }) => path).map((key) => NEEDS[key]);
  return named ?? fields.find((need) => need !== undefined) ?? 'pull requests';
}

const SUSPENDED_TEXT = /installation has been suspended/i;

/** How GitHub says within an answer that a query was too much for it. */
const TOO_HEAVY_TYPES = ['MAX_NODE_LIMIT_EXCEEDED', 'RESOURCE_LIMITS_EXCEEDED'];
const TOO_HEAVY_TEXT =
  /something went wrong while executing your query|timed? ?-?out|took too long|resource limits/i;

/** How our own timeout, or that of something on the way, reads. */
const TIMEOUT_TEXT = /aborted|timed? ?-?out/i;

/** What may be a credential: a server may repeat what it was sent. */
const CREDENTIAL = /\b(?:gh[a-z]_|github_pat_|eyJ)[\w.-]+|\bbearer\s+\S+/gi;

const MAX_EXCERPT_CHARACTERS = 300;

/** A part of a text from outside that can be shown and stored: without credentials, on one line, of bounded length. */
export function excerpt(text: unknown): string {
  return String(text)
    .replaceAll(CREDENTIAL, '<token>')
    .slice(0, MAX_EXCERPT_CHARACTERS)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]+/gu, ' ')
    .trim();
}
