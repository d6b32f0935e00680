import type { RedeliverResult, WebhookActivities } from '../../contracts/webhooks.ts';
import { readCredential } from '../../db/connections/github-connections.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { listWebhookPlaces } from '../../db/webhooks/webhook-places.ts';
import { formatRepositoryName } from '../../domain/sync/repository-name.ts';
import { GitHubFailure } from '../../github/transport/failures.ts';
import type { HookOwner } from '../../github/webhooks/hooks.ts';
import type { Turn } from '../requests/ask-in-turn.ts';
import { CALL_MS, createLostDeliveries } from './lost-deliveries.ts';
import type { StageContext } from '../stages/sync-stage.ts';

/** Each is at least a request, so that a call ends well within its ten minutes also where GitHub is slow. */
const REPOSITORIES_PER_CALL = 10;

/** A token that may not see the webhooks of so many repositories is not asked for those of the others. */
const MAX_REFUSALS = 3;

/** What cannot be asked for with this credential is told, and no failure: the walks bring the same facts. */
const REFUSED = new Set(['FORBIDDEN', 'NOT_FOUND', 'MISSING_SCOPE']);

/**
 * Asks GitHub to send again what it could not deliver to a connection since the last look at a webhook that was
 * complete, or in the last three days. Each delivery is sent again once at the most: GitHub's own list tells what was,
 * so a second call goes on where the first one ended. A token's webhooks are those of its repositories and of the
 * organisations that own them: ten repositories a call, and none is begun after two minutes. An App's attempts are
 * listed once for all of its connections that a process asks for within ten minutes.
 */
export function createRedeliverDeliveries(
  context: StageContext,
): WebhookActivities['redeliverDeliveries'] {
  const { db, now } = context;
  const { findHooks, resend, resendOfApp } = createLostDeliveries(context);

  return async (input) => {
    const key = { teamId: BigInt(input.teamId), connectionId: BigInt(input.connectionId) };
    const credential = await withTeam(db, key.teamId, (tx) => readCredential(tx, key));
    const begunAt = now();
    const skipped: string[] = [];
    let redelivered = 0;

    /** Null when GitHub refuses it; the sentence is kept, where there is one. */
    async function unlessRefused<T>(
      asked: Promise<Turn<T>>,
      toSentence: (failure: GitHubFailure) => string | null,
    ): Promise<Turn<T> | null> {
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

    const refusals = { REPOSITORY: 0, ORGANIZATION: 0, ...input.refused };

    async function hooksOf(owner: HookOwner): Promise<Turn<readonly bigint[]>> {
      const none = { ready: true, answer: [] } as const;
      if (refusals[owner.kind] === MAX_REFUSALS) {
        return none;
      }
      const told = skipped.length;
      const turn = await unlessRefused(findHooks(key, owner), (failure) =>
        sentenceOf(owner, failure),
      );
      refusals[owner.kind] += skipped.length - told;
      return turn ?? none;
    }

    /** The turn that was not to be had or did not come to its end; null when all of these webhooks are done with. */
    async function resendAll(
      owner: HookOwner,
      hookIds: readonly bigint[],
    ): Promise<Turn<unknown> | null> {
      for (const hookId of hookIds) {
        const turn = await unlessRefused(resend(key, { ...owner, hookId }, begunAt), (failure) =>
          sentenceOf(owner, failure),
        );
        redelivered += turn?.ready === true ? turn.answer.redelivered : 0;
        if (turn !== null && !(turn.ready && turn.answer.isDone)) {
          return turn;
        }
      }
      return null;
    }

    const toResult = (turn: Turn<unknown> | null, next: bigint | null): RedeliverResult => ({
      redelivered,
      skipped,
      wait:
        turn === null || turn.ready
          ? null
          : { until: turn.until.toISOString(), reason: turn.reason },
      next: next === null ? null : String(next),
      ...(next !== null && { refused: refusals }),
    });

    if (credential === null) {
      return toResult(null, null);
    }
    if (credential.installationId !== null) {
      const turn = await unlessRefused(resendOfApp(key, credential, begunAt), () => OF_APP);
      redelivered += turn?.ready === true ? turn.answer.redelivered : 0;
      return toResult(turn, turn?.ready === true && !turn.answer.isDone ? 0n : null);
    }
    let after = BigInt(input.after ?? 0);
    const places = await withTeam(db, key.teamId, (tx) =>
      listWebhookPlaces(tx, key, { after, limit: REPOSITORIES_PER_CALL }),
    );
    const ofOrganizations = new Map<string, readonly bigint[]>();
    for (const [index, { repositoryId, hookIds: known, ...repository }] of places.entries()) {
      if (index > 0 && now().getTime() - begunAt.getTime() >= CALL_MS) {
        return toResult(null, after);
      }
      const owner: HookOwner = { kind: 'ORGANIZATION', organization: repository.owner };
      if (!ofOrganizations.has(repository.owner)) {
        const found = await hooksOf(owner);
        const waiting = found.ready ? await resendAll(owner, found.answer) : found;
        if (!found.ready || waiting !== null) {
          return toResult(waiting, after);
        }
        ofOrganizations.set(repository.owner, found.answer);
      }
      // A webhook of the organisation that has told of one repository alone looks like that one's.
      const own = known.filter(
        (id) => ofOrganizations.get(repository.owner)?.includes(id) !== true,
      );
      const place: HookOwner = { kind: 'REPOSITORY', repository };
      const found: Turn<readonly bigint[]> =
        own.length === 0 ? await hooksOf(place) : { ready: true, answer: own };
      const waiting = found.ready ? await resendAll(place, found.answer) : found;
      if (waiting !== null) {
        return toResult(waiting, after);
      }
      after = repositoryId;
    }
    return toResult(null, places.length < REPOSITORIES_PER_CALL ? null : after);
  };
}

const OF_APP =
  "GitHub does not show the App's failed webhooks: check that the App still has one; walks bring the same facts.";

/** Null for an owner that GitHub does not find: it says so of users, too, which have no such webhooks. */
function sentenceOf(owner: HookOwner, { kind }: GitHubFailure): string | null {
  if (owner.kind === 'REPOSITORY') {
    return `GitHub does not show the failed webhooks of ${formatRepositoryName(owner.repository)} to this token: give it the permission Webhooks (read and write); walks bring the same facts.`;
  }
  return kind === 'NOT_FOUND'
    ? null
    : `GitHub does not show the failed webhooks of the organisation ${owner.organization} to this token: if it has one for Throughline, give the token the organisation's permission Webhooks (read and write); walks bring the same facts.`;
}
