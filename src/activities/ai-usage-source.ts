import type { AiUsageStop, AiUsageWait } from '../contracts/ai-usage.ts';
import {
  markAiUsageSource,
  readAiUsageSource,
  type AiSourceStatus,
  type AiUsageSourceKey,
  type AiUsageSourceRow,
} from '../db/ai-usage-sources.ts';
import { blockQuota } from '../db/github-connections.ts';
import { withTeam } from '../db/team-transaction.ts';
import { DomainError } from '../domain/errors.ts';
import type { GitHub } from '../github/client.ts';
import { GitHubFailure, type GitHubFailureKind } from '../github/failures.ts';
import { connectGitHub, identityOf } from './github-credential.ts';
import { recordFailure } from './record-failure.ts';
import type { SyncActivityContext } from './sync-dependencies.ts';

/** GitHub for a source. */
export interface ConnectedSource {
  readonly github: GitHub;
  /** Runs one request to GitHub's API: requests of one identity go out one after another. */
  readonly inTurn: <T>(request: () => Promise<T>) => Promise<T>;
}

/** What came of asking a source: an answer, or what a workflow does instead. */
export type SourceAnswer<T> =
  | { readonly next: 'DONE'; readonly value: T }
  | { readonly next: 'WAIT'; readonly wait: AiUsageWait; readonly stop: null }
  | { readonly next: 'STOP'; readonly wait: null; readonly stop: AiUsageStop };

export type AskSource = <T>(
  key: AiUsageSourceKey,
  work: (source: ConnectedSource) => Promise<T>,
) => Promise<SourceAnswer<T>>;

/** How a source stands after a failure that trying again at once does not mend. */
const STATUSES: Readonly<Record<Exclude<GitHubFailureKind, 'RATE_LIMITED'>, AiSourceStatus>> = {
  UNAUTHORIZED: 'NEEDS_REAUTH',
  FORBIDDEN: 'MISSING_SCOPE',
  MISSING_SCOPE: 'MISSING_SCOPE',
  POLICY_DISABLED: 'POLICY_DISABLED',
  NOT_FOUND: 'NOT_FOUND',
  UNEXPECTED: 'UNAVAILABLE',
  TRANSIENT: 'UNAVAILABLE',
};

/**
 * Runs work with the credential of a source and keeps what a failure tells where an admin looks for it.
 * @throws GitHubFailure TRANSIENT, which Temporal tries again; DomainError NOT_FOUND without such a source
 */
export async function askSource<T>(
  context: SyncActivityContext,
  key: AiUsageSourceKey,
  work: (source: ConnectedSource) => Promise<T>,
): Promise<SourceAnswer<T>> {
  const { db } = context;
  const source = await readSource(context, key);
  const credential = { ...source, teamId: key.teamId };
  const identity = identityOf(credential);

  async function stop(status: AiSourceStatus, reason: string): Promise<SourceAnswer<T>> {
    await withTeam(db, key.teamId, (tx) => markAiUsageSource(tx, key, status, reason));
    return { next: 'STOP', wait: null, stop: { status, reason } };
  }

  if (source.connectionStatus !== 'ACTIVE') {
    return stop(
      'NEEDS_REAUTH',
      'GitHub has refused the token of this team: give it a new one, then start again.',
    );
  }
  try {
    const github = await connectGitHub(context, credential);
    const value = await work({
      github,
      inTurn: (request) =>
        context.lane(identity, async () => {
          // Read in turn: while this request waited, another may have met the limit.
          const { blockedUntil, blockedReason } = await readSource(context, key);
          if (blockedUntil !== null) {
            throw new GitHubFailure('RATE_LIMITED', blockedReason ?? "GitHub's rate limit", {
              until: blockedUntil,
            });
          }
          return request();
        }),
    });
    return { next: 'DONE', value };
  } catch (error) {
    if (!(error instanceof GitHubFailure)) {
      throw error;
    }
    const { until, message: reason } = error;
    if (error.kind === 'RATE_LIMITED') {
      const block = { until: until ?? context.now(), reason };
      await withTeam(db, key.teamId, (tx) => blockQuota(tx, identity, block));
      return { next: 'WAIT', wait: { until: block.until.toISOString(), reason }, stop: null };
    }
    await recordFailure(
      db,
      { teamId: key.teamId, connectionId: source.connectionId, repositoryId: null },
      error,
    );
    const stopped = await stop(STATUSES[error.kind], reason);
    if (error.kind === 'TRANSIENT') {
      throw error;
    }
    return stopped;
  }
}

async function readSource(
  { db }: SyncActivityContext,
  key: AiUsageSourceKey,
): Promise<AiUsageSourceRow> {
  const source = await withTeam(db, key.teamId, (tx) => readAiUsageSource(tx, key));
  if (source === null) {
    throw new DomainError(
      'NOT_FOUND',
      `The team is not connected to Copilot of ${key.organization}: connect it first.`,
    );
  }
  return source;
}
