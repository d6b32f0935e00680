import type { Wait } from '../../contracts/wait.ts';
import type {
  HookRefusals,
  RedeliverDeliveriesInput,
  RedeliverResult,
} from '../../contracts/webhooks.ts';
import { readCredential, type StoredCredential } from '../../db/connections/github-connections.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import type { WebhookConnectionKey } from '../../db/webhooks/webhook-deliveries.ts';
import { listRepositoryWebhooks } from '../../db/webhooks/repository-webhooks.ts';
import { formatRepositoryName } from '../../domain/sync/repository-name.ts';
import { isFailure, type GitHubFailure } from '../../github/transport/failures.ts';
import type { HookOwner } from '../../github/webhooks/hooks.ts';
import type { GitHubContext } from '../requests/request-slot.ts';
import { RetryAfter } from '../requests/retry-after.ts';
import { CALL_MS, type FailedDeliveries, type Resent } from './failed-deliveries.ts';

/** Each takes at least a request: a call ends well within its ten minutes even where GitHub is slow. */
const REPOSITORIES_PER_CALL = 10;

/** After so many repositories whose webhooks the token may not see, the others are not asked for. */
const MAX_REFUSALS = 3;

/**
 * Asks GitHub to send again what it could not deliver to a connection since the last look at a webhook that was
 * complete, or in the last three days. Each delivery is sent again once at the most: GitHub's own list tells which ones
 * were, so a second call goes on where the first one ended. A token's webhooks are those of its repositories and of the
 * organisations that own them: ten repositories a call, and none is begun after two minutes. An App's attempts are
 * listed once for all of its connections that a process asks for within ten minutes.
 */
export async function redeliverDeliveries(
  { db, now }: GitHubContext,
  failedDeliveries: FailedDeliveries,
  input: RedeliverDeliveriesInput,
): Promise<RedeliverResult> {
  const key = { teamId: BigInt(input.teamId), connectionId: BigInt(input.connectionId) };
  const credential = await withTeam(db, key.teamId, (tx) => readCredential(tx, key));
  const begunAt = now();
  const call = beginCall(failedDeliveries, key, begunAt, input.refused);
  if (credential === null) {
    return call.result(null);
  }
  let after = BigInt(input.after ?? 0);
  try {
    if (credential.installationId !== null) {
      return call.result((await call.resendOfApp(credential)) ? null : 0n);
    }
    const range = { after, limit: REPOSITORIES_PER_CALL };
    const repositories = await withTeam(db, key.teamId, (tx) =>
      listRepositoryWebhooks(tx, key, range),
    );
    const ofOrganizations = new Map<string, readonly bigint[]>();
    for (const [index, { repositoryId, hookIds: known, ...repository }] of repositories.entries()) {
      if (index > 0 && now().getTime() - begunAt.getTime() >= CALL_MS) {
        return call.result(after);
      }
      if (!ofOrganizations.has(repository.owner)) {
        const owner: HookOwner = { kind: 'ORGANIZATION', organization: repository.owner };
        const hookIds = await call.hooksOf(owner);
        if (!(await call.resendAll(owner, hookIds))) {
          return call.result(after);
        }
        ofOrganizations.set(repository.owner, hookIds);
      }
      // A webhook of the organisation that has reported one repository alone looks like that one's.
      const own = known.filter(
        (id) => ofOrganizations.get(repository.owner)?.includes(id) !== true,
      );
      const owner: HookOwner = { kind: 'REPOSITORY', repository };
      if (!(await call.resendAll(owner, own.length === 0 ? await call.hooksOf(owner) : own))) {
        return call.result(after);
      }
      after = repositoryId;
    }
    return call.result(repositories.length < REPOSITORIES_PER_CALL ? null : after);
  } catch (error) {
    if (error instanceof RetryAfter) {
      return call.result(credential.installationId === null ? after : null, error.toWait());
    }
    throw error;
  }
}

/** One call: it counts what was sent again, and keeps what GitHub refused. */
function beginCall(
  { findHooks, resend, resendOfApp }: FailedDeliveries,
  key: WebhookConnectionKey,
  begunAt: Date,
  refusedBefore: HookRefusals | undefined,
) {
  const refusals = { REPOSITORY: 0, ORGANIZATION: 0, ...refusedBefore };
  const skipped: string[] = [];
  let redelivered = 0;

  /**
   * Null when GitHub refuses it; the sentence is kept, where there is one. What cannot be asked for with this credential
   * is no failure: the syncs bring the same facts.
   */
  async function unlessRefused<T>(
    asked: Promise<T>,
    toSentence: (failure: GitHubFailure) => string | null,
  ): Promise<T | null> {
    try {
      return await asked;
    } catch (error) {
      if (!isFailure(error, 'FORBIDDEN', 'NOT_FOUND', 'MISSING_SCOPE')) {
        throw error;
      }
      const sentence = toSentence(error);
      if (sentence !== null) {
        skipped.push(sentence);
      }
      return null;
    }
  }

  /** Counts what was sent again; false when the time was over before all was. */
  function count(resent: Resent | null): boolean {
    redelivered += resent?.redelivered ?? 0;
    return resent?.isDone ?? true;
  }

  return {
    async hooksOf(owner: HookOwner): Promise<readonly bigint[]> {
      if (refusals[owner.kind] === MAX_REFUSALS) {
        return [];
      }
      const skippedBefore = skipped.length;
      const hookIds = await unlessRefused(findHooks(key, owner), (failure) =>
        sentenceOf(owner, failure),
      );
      refusals[owner.kind] += skipped.length - skippedBefore;
      return hookIds ?? [];
    },

    /** Answers whether all of these webhooks are done. */
    async resendAll(owner: HookOwner, hookIds: readonly bigint[]): Promise<boolean> {
      for (const hookId of hookIds) {
        const resent = resend(key, { ...owner, hookId }, begunAt);
        if (!count(await unlessRefused(resent, (failure) => sentenceOf(owner, failure)))) {
          return false;
        }
      }
      return true;
    },

    /** Answers whether all that the App lost is done. */
    async resendOfApp(credential: StoredCredential): Promise<boolean> {
      return count(await unlessRefused(resendOfApp(key, credential, begunAt), () => OF_APP));
    },

    result: (next: bigint | null, wait: Wait | null = null): RedeliverResult => ({
      redelivered,
      skipped,
      wait,
      next: next === null ? null : String(next),
      ...(next !== null && { refused: refusals }),
    }),
  };
}

const OF_APP =
  "GitHub does not show the App's failed webhooks: check that the App still has one; syncs bring the same facts.";

/** Null for an owner that GitHub does not find: it says so of users, too, which have no such webhooks. */
function sentenceOf(owner: HookOwner, { kind }: GitHubFailure): string | null {
  if (owner.kind === 'REPOSITORY') {
    return `GitHub does not show the failed webhooks of ${formatRepositoryName(owner.repository)} to this token: give it the permission Webhooks (read and write); syncs bring the same facts.`;
  }
  return kind === 'NOT_FOUND'
    ? null
    : `GitHub does not show the failed webhooks of the organisation ${owner.organization} to this token: if it has one for Throughline, give the token the organisation's permission Webhooks (read and write); syncs bring the same facts.`;
}
