import { LockBusy } from '../../db/core/advisory-lock.ts';
import {
  readConnection,
  type GithubConnectionState,
} from '../../db/connections/github-connections.ts';
import {
  blockQuota,
  resetConsecutiveLimits,
  readPause,
  readQuotaBlock,
  saveQuota,
  type QuotaBlock,
} from '../../db/connections/github-quota.ts';
import { countSpending, type Spending } from '../../db/connections/github-spend.ts';
import type { Db } from '../../db/core/client.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { DomainError } from '../../domain/core/errors.ts';
import type { GitHubResource, QuotaFact } from '../../domain/pulls/github-facts.ts';
import type { GitHub } from '../../github/client.ts';
import { GitHubFailure } from '../../github/transport/failures.ts';
import { asPassing } from '../../github/transport/unreadable-answers.ts';
import { clientFor, identityOf } from './github-credential.ts';
import type { IdentityQueue, RequestPriority } from './identity-queue.ts';
import { recordFailure, type FailureScope } from './record-failure.ts';
import { RetryAfter } from '../core/retry-after.ts';
import type { SyncActivityDependencies } from './sync-dependencies.ts';
import type { UnknownWord } from './unknown-words.ts';

/** Retry delay when the queue stayed busy for the whole wait. */
const BUSY_WAIT_MS = 5_000;

const NO_TIME =
  'GitHub asks for a pause and names no time: each further time in a row the wait is twice as long';

/** For whom and with what GitHub is asked. */
export interface RequestScope extends FailureScope {
  readonly resource: GitHubResource;
  /** Somebody waits for INTERACTIVE requests: they go before syncs and may use the reserve. */
  readonly priority: RequestPriority;
  /** GitHub does not count the request: it may be sent while a limit stands, though not in a pause. */
  readonly isUncounted?: boolean;
}

/** An answer with what it says of the limit. */
export interface WithQuota {
  readonly quota: QuotaFact | null;
}

/** Sends one request. */
export type Ask<T extends WithQuota> = (github: GitHub) => Promise<T>;

/** Asks GitHub one thing; throws RetryAfter while GitHub must not be asked. */
export type WithRequestSlot = <T extends WithQuota>(scope: RequestScope, ask: Ask<T>) => Promise<T>;

/** What activities that ask GitHub work with. */
export interface GitHubContext extends SyncActivityDependencies {
  /** Asks about a repository under the name and with the state that its row has. */
  readonly askOnce: WithRequestSlot;
  /** Asks GitHub, and finds out what became of a repository that it does not show. */
  readonly withRequestSlot: WithRequestSlot;
  /** Logs words of GitHub's that are not known, each once in the life of the worker. */
  readonly logUnknownWords: (words: readonly UnknownWord[]) => void;
}

/**
 * Asks GitHub one thing: requests of one identity go out one after another over all workers, none while a rate limit
 * stands, and what GitHub says of its limit is stored for all of them. A request slot has a time limit, which includes
 * minting a token and trying again with another one: what is under way then fails as TRANSIENT.
 * @throws RetryAfter; GitHubFailure of every kind but RATE_LIMITED, stored where an admin looks for it; DomainError
 * GITHUB_NOT_CONNECTED
 */
export function createAskOnce(
  dependencies: SyncActivityDependencies,
  identityQueue: IdentityQueue,
): WithRequestSlot {
  const { db, now, meter } = dependencies;
  /** The identity in whose queue a connection asks, as it was last; within the slot it is read again. */
  const identities = new Map<string, string>();

  async function readIdentity(scope: RequestScope, key: string): Promise<string> {
    const { teamId, connectionId } = scope;
    const known = identities.get(key);
    if (known !== undefined) {
      return known;
    }
    const connection = requireActive(await withTeam(db, teamId, (tx) => readConnection(tx, scope)));
    const identity = identityOf({ ...connection, teamId, connectionId });
    identities.set(key, identity);
    return identity;
  }

  return async (scope, ask) => {
    const key = `${scope.teamId}:${scope.connectionId}`;
    for (;;) {
      const identity = await readIdentity(scope, key);
      try {
        const answer = await identityQueue(
          identity,
          (deadline) => useSlot(dependencies, scope, identity, ask, deadline),
          scope.priority,
        );
        if (answer !== null) {
          return answer;
        }
        identities.delete(key);
      } catch (error) {
        if (!(error instanceof LockBusy)) {
          throw error;
        }
        meter?.onWait('busy');
        const until = new Date(now().getTime() + BUSY_WAIT_MS);
        throw new RetryAfter(until, 'Other requests of the same GitHub account go first');
      }
    }
  };
}

/** Sends a request within its slot. Null when the connection got another identity meanwhile: its queue is another one. */
async function useSlot<T extends WithQuota>(
  context: SyncActivityDependencies,
  scope: RequestScope,
  identity: string,
  ask: Ask<T>,
  deadline: AbortSignal,
): Promise<T | null> {
  const { db, meter } = context;
  const { teamId, connectionId, repositoryId, resource, priority } = scope;
  const isBackground = priority === 'BACKGROUND';
  const spending = { identity, resource, holder: `${teamId}:${repositoryId ?? '-'}` };
  // Read within the slot: while this request waited, another may have met the limit, or a refusal.
  const { connection, block } = await withTeam(db, teamId, async (tx) => ({
    connection: requireActive(await readConnection(tx, scope)),
    block:
      scope.isUncounted === true
        ? await readPause(tx, identity)
        : await readQuotaBlock(tx, {
            ...spending,
            reserve: isBackground ? context.reserve : 0,
            isShared: isBackground,
          }),
  }));
  if (identityOf({ ...connection, teamId, connectionId }) !== identity) {
    return null;
  }
  if (block !== null) {
    meter?.onWait('limit');
    throw new RetryAfter(block.until, block.reason);
  }
  const github = await clientFor(context, { teamId, connectionId }, connection, deadline);
  try {
    const answer = await ask(github);
    meter?.onRequest({ resource, result: 'answered', points: answer.quota?.cost ?? 0 });
    await recordSpending(db, scope, { ...spending, quota: answer.quota }, true);
    return answer;
  } catch (thrown) {
    if (!(thrown instanceof GitHubFailure)) {
      throw thrown;
    }
    meter?.onRequest({ resource, result: 'failed', points: 0 });
    // Whose the credential is, GitHub has said in JSON.
    const error = connection.identity === null ? thrown : asPassing(thrown);
    await recordSpending(db, scope, { ...spending, quota: null }, false);
    if (error.kind === 'RATE_LIMITED') {
      const { until, reason } = await recordLimit(db, scope, identity, error);
      meter?.onWait('limit');
      throw new RetryAfter(until, reason);
    }
    await recordFailure(db, scope, error, connection.secret);
    throw error;
  }
}

/** In a transaction of its own: the rows are shared by all syncs of the identity and must not wait for a page. */
async function recordSpending(
  db: Db,
  scope: RequestScope,
  spending: Spending,
  isAnswer: boolean,
): Promise<void> {
  const { identity, resource, quota } = spending;
  await withTeam(db, scope.teamId, async (tx) => {
    if (quota !== null) {
      await saveQuota(tx, identity, quota);
    }
    await countSpending(tx, spending);
    // An answer that costs nothing says nothing of the pace that GitHub takes.
    if (isAnswer && scope.isUncounted !== true) {
      await resetConsecutiveLimits(tx, identity, resource);
    }
  });
}

/** Stores until when nothing may be asked, for all requests of the identity. */
async function recordLimit(
  db: Db,
  { teamId, resource }: RequestScope,
  identity: string,
  { until, limit, message }: GitHubFailure,
): Promise<QuotaBlock> {
  const isNamed = until !== null && limit?.namesTime !== false;
  const reason = isNamed ? message : NO_TIME;
  return withTeam(db, teamId, (tx) =>
    blockQuota(
      tx,
      identity,
      { until: isNamed ? until : null, reason },
      limit?.isSecondary === false ? resource : null,
    ),
  );
}

/** @throws DomainError GITHUB_NOT_CONNECTED */
function requireActive(connection: GithubConnectionState | null): GithubConnectionState {
  if (connection === null || connection.status !== 'ACTIVE') {
    throw new DomainError(
      'GITHUB_NOT_CONNECTED',
      connection?.statusReason ??
        'GitHub has refused the token of this team: give it a new one, then start again.',
    );
  }
  return connection;
}
