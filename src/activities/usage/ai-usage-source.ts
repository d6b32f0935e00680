import type { AiUsageStop } from '../../contracts/ai-usage.ts';
import type { Wait } from '../../contracts/wait.ts';
import {
  setAiUsageSourceStatus,
  readAiUsageSource,
  type AiSourceStatus,
  type AiUsageSourceKey,
  type AiUsageSourceRow,
} from '../../db/usage/ai-usage-sources.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { DomainError, isDomainError } from '../../domain/core/errors.ts';
import type { GitHub } from '../../github/client.ts';
import { GitHubFailure, type GitHubFailureKind } from '../../github/transport/failures.ts';
import { connectGitHub } from '../requests/github-credential.ts';
import type { GitHubContext } from '../requests/request-slot.ts';
import { isRetryable } from '../core/known-failures.ts';
import { RetryAfter } from '../core/retry-after.ts';

/** GitHub for a source. */
export interface ConnectedSource {
  readonly github: GitHub;
  /** Runs one request to GitHub's API: requests of one identity go out one after another. */
  readonly inSlot: <T>(request: (github: GitHub) => Promise<T>) => Promise<T>;
}

/** The outcome of asking a source: an answer, or what the workflow does instead. */
export type SourceAnswer<T> =
  | { readonly next: 'DONE'; readonly value: T }
  | { readonly next: 'WAIT'; readonly wait: Wait; readonly stop: null }
  | { readonly next: 'STOP'; readonly wait: null; readonly stop: AiUsageStop };

/** The state of a source after a failure that trying again at once does not mend. */
const STATUSES: Readonly<Record<GitHubFailureKind, AiSourceStatus>> = {
  UNAUTHORIZED: 'NEEDS_REAUTH',
  SUSPENDED: 'NEEDS_REAUTH',
  FORBIDDEN: 'MISSING_SCOPE',
  MISSING_SCOPE: 'MISSING_SCOPE',
  POLICY_DISABLED: 'POLICY_DISABLED',
  NOT_FOUND: 'NOT_FOUND',
  SERVER_TOO_OLD: 'UNAVAILABLE',
  HOST_NOT_ALLOWED: 'UNAVAILABLE',
  UNEXPECTED: 'UNAVAILABLE',
  TRANSIENT: 'UNAVAILABLE',
  // A limit is a wait of the slot that the request is made in, and comes here only from outside of one.
  RATE_LIMITED: 'UNAVAILABLE',
};

/**
 * Runs work with the credential of a source, and stores what a failure says where an admin looks for it.
 * @throws GitHubFailure TRANSIENT and HOST_NOT_ALLOWED, which Temporal tries again; DomainError NOT_FOUND without such a source
 */
export async function askSource<T>(
  context: GitHubContext,
  key: AiUsageSourceKey,
  work: (source: ConnectedSource) => Promise<T>,
): Promise<SourceAnswer<T>> {
  const { db } = context;
  const source = await readSource(context, key);
  const { teamId } = key;
  const scope = {
    teamId,
    connectionId: source.connectionId,
    repositoryId: null,
    resource: 'core',
    priority: 'BACKGROUND',
  } as const;

  async function stop(status: AiSourceStatus, reason: string): Promise<SourceAnswer<T>> {
    await withTeam(db, teamId, (tx) => setAiUsageSourceStatus(tx, key, status, reason));
    return { next: 'STOP', wait: null, stop: { status, reason } };
  }

  async function inSlot<Answer>(request: (github: GitHub) => Promise<Answer>): Promise<Answer> {
    const { answer } = await context.withRequestSlot(scope, async (github) => ({
      answer: await request(github),
      quota: null,
    }));
    return answer;
  }

  try {
    const github = await connectGitHub(context, { ...source, teamId });
    return { next: 'DONE', value: await work({ github, inSlot }) };
  } catch (error) {
    if (error instanceof RetryAfter) {
      return { next: 'WAIT', wait: error.toWait(), stop: null };
    }
    if (isDomainError(error) && error.code === 'GITHUB_NOT_CONNECTED') {
      return stop('NEEDS_REAUTH', error.message);
    }
    if (!(error instanceof GitHubFailure)) {
      throw error;
    }
    const stopped = await stop(STATUSES[error.kind], error.message);
    if (isRetryable(error)) {
      throw error;
    }
    return stopped;
  }
}

async function readSource({ db }: GitHubContext, key: AiUsageSourceKey): Promise<AiUsageSourceRow> {
  const source = await withTeam(db, key.teamId, (tx) => readAiUsageSource(tx, key));
  if (source === null) {
    throw new DomainError(
      'NOT_FOUND',
      `The team is not connected to Copilot of ${key.organization}: connect it first.`,
    );
  }
  return source;
}
