import type { HookRefusals, RedeliverResult, WebhookActivities } from '../../contracts/webhooks.ts';
import { readCredential, type StoredCredential } from '../../db/connections/github-connections.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import type { WebhookConnectionKey } from '../../db/webhooks/webhook-deliveries.ts';
import { listRepositoryWebhooks } from '../../db/webhooks/repository-webhooks.ts';
import { formatRepositoryName } from '../../domain/sync/repository-name.ts';
import { GitHubFailure } from '../../github/transport/failures.ts';
import type { HookOwner } from '../../github/webhooks/hooks.ts';
import type { RequestSlot } from '../requests/request-slot.ts';
import {
  CALL_MS,
  createFailedDeliveries,
  type FailedDeliveries,
  type Resent,
} from './failed-deliveries.ts';
import type { StageContext } from '../stages/sync-stage.ts';

/** Each takes at least a request: a call ends well within its ten minutes even where GitHub is slow. */
const REPOSITORIES_PER_CALL = 10;

/** After so many repositories whose webhooks the token may not see, the others are not asked for. */
const MAX_REFUSALS = 3;

/** What cannot be asked for with this credential is reported, and no failure: the syncs bring the same facts. */
const REFUSED = new Set(['FORBIDDEN', 'NOT_FOUND', 'MISSING_SCOPE']);

/**
 * Asks GitHub to send again what it could not deliver to a connection since the last look at a webhook that was
 * complete, or in the last three days. Each delivery is sent again once at the most: GitHub's own list tells which ones
 * were, so a second call goes on where the first one ended. A token's webhooks are those of its repositories and of the
 * organisations that own them: ten repositories a call, and none is begun after two minutes. An App's attempts are
 * listed once for all of its connections that a process asks for within ten minutes.
 */
export function createRedeliverDeliveries(
  context: StageContext,
): WebhookActivities['redeliverDeliveries'] {
  const { db, now } = context;
  const failedDeliveries = createFailedDeliveries(context);

  return async (input) => {
    const key = { teamId: BigInt(input.teamId), connectionId: BigInt(input.connectionId) };
    const credential = await withTeam(db, key.teamId, (tx) => readCredential(tx, key));
    const begunAt = now();
    const call = beginCall(failedDeliveries, key, begunAt, input.refused);
    if (credential === null) {
      return call.result(null, null);
    }
    if (credential.installationId !== null) {
      const slot = await call.resendOfApp(credential);
      return call.result(slot, slot?.ready === true && !slot.answer.isDone ? 0n : null);
    }
    let after = BigInt(input.after ?? 0);
    const repositories = await withTeam(db, key.teamId, (tx) =>
      listRepositoryWebhooks(tx, key, { after, limit: REPOSITORIES_PER_CALL }),
    );
    const ofOrganizations = new Map<string, readonly bigint[]>();
    for (const [index, { repositoryId, hookIds: known, ...repository }] of repositories.entries()) {
      if (index > 0 && now().getTime() - begunAt.getTime() >= CALL_MS) {
        return call.result(null, after);
      }
      const owner: HookOwner = { kind: 'ORGANIZATION', organization: repository.owner };
      if (!ofOrganizations.has(repository.owner)) {
        const found = await call.hooksOf(owner);
        const waiting = found.ready ? await call.resendAll(owner, found.answer) : found;
        if (!found.ready || waiting !== null) {
          return call.result(waiting, after);
        }
        ofOrganizations.set(repository.owner, found.answer);
      }
      // A webhook of the organisation that has reported one repository alone looks like that one's.
      const own = known.filter(
        (id) => ofOrganizations.get(repository.owner)?.includes(id) !== true,
      );
      const hookOwner: HookOwner = { kind: 'REPOSITORY', repository };
      const found: RequestSlot<readonly bigint[]> =
        own.length === 0 ? await call.hooksOf(hookOwner) : { ready: true, answer: own };
      const waiting = found.ready ? await call.resendAll(hookOwner, found.answer) : found;
      if (waiting !== null) {
        return call.result(waiting, after);
      }
      after = repositoryId;
    }
    return call.result(null, repositories.length < REPOSITORIES_PER_CALL ? null : after);
  };
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

  /** Null when GitHub refuses it; the sentence is kept, where there is one. */
  async function unlessRefused<T>(
    asked: Promise<RequestSlot<T>>,
    toSentence: (failure: GitHubFailure) => string | null,
  ): Promise<RequestSlot<T> | null> {
    try {
      return await asked;
    } catch (error) {
      if (!(error instanceof GitHubFailure) || !REFUSED.has(error.kind)) {
        throw error;
      }
      const sentence = toSentence(error);
      if (sentence !== null) {
        skipped.push(sentence);
      }
      return null;
    }
  }

  return {
    async hooksOf(owner: HookOwner): Promise<RequestSlot<readonly bigint[]>> {
      const none = { ready: true, answer: [] } as const;
      if (refusals[owner.kind] === MAX_REFUSALS) {
        return none;
      }
      const skippedBefore = skipped.length;
      const slot = await unlessRefused(findHooks(key, owner), (failure) =>
        sentenceOf(owner, failure),
      );
      refusals[owner.kind] += skipped.length - skippedBefore;
      return slot ?? none;
    },

    /** The request slot that was refused, or the look that did not end; null when all of these webhooks are done. */
    async resendAll(
      owner: HookOwner,
      hookIds: readonly bigint[],
    ): Promise<RequestSlot<unknown> | null> {
      for (const hookId of hookIds) {
        const slot = await unlessRefused(resend(key, { ...owner, hookId }, begunAt), (failure) =>
          sentenceOf(owner, failure),
        );
        redelivered += slot?.ready === true ? slot.answer.redelivered : 0;
        if (slot !== null && !(slot.ready && slot.answer.isDone)) {
          return slot;
        }
      }
      return null;
    },

    /** Null when GitHub refuses it. */
    async resendOfApp(credential: StoredCredential): Promise<RequestSlot<Resent> | null> {
      const slot = await unlessRefused(resendOfApp(key, credential, begunAt), () => OF_APP);
      redelivered += slot?.ready === true ? slot.answer.redelivered : 0;
      return slot;
    },

    result: (slot: RequestSlot<unknown> | null, next: bigint | null): RedeliverResult => ({
      redelivered,
      skipped,
      wait:
        slot === null || slot.ready
          ? null
          : { until: slot.until.toISOString(), reason: slot.reason },
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
