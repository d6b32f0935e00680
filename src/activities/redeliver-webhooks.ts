import type { RedeliverResult, WebhookActivities } from '../contracts/webhooks.ts';
import { readCredential } from '../db/github-connections.ts';
import { withTeam } from '../db/team-transaction.ts';
import {
  findKnownDeliveries,
  listRepositoryHooks,
  type WebhookConnectionKey,
} from '../db/webhook-deliveries.ts';
import { GitHubFailure } from '../github/failures.ts';
import type { HookDelivery, HookPlace } from '../github/hooks.ts';
import type { Ask, Turn } from './ask-in-turn.ts';
import type { StageContext } from './sync-stage.ts';

/** GitHub sends no delivery again that is older. */
const REDELIVERABLE_MS = 3 * 24 * 60 * 60 * 1000;

/** Pages of attempts of one hook that are looked at: 10,000 attempts, newest first. */
const MAX_PAGES = 100;

/** What cannot be asked for with this credential is told, and no failure: the walks bring the same facts. */
const REFUSED = new Set(['FORBIDDEN', 'NOT_FOUND', 'MISSING_SCOPE']);

/**
 * Asks GitHub to send again what it could not deliver to a connection in the last three days. Each delivery is sent
 * again once at the most: GitHub's own list tells what was, so a second call goes on where the first one ended.
 */
export function createRedeliverDeliveries(
  context: StageContext,
): WebhookActivities['redeliverDeliveries'] {
  const { db, now } = context;

  const ask = <T>(key: WebhookConnectionKey, question: Ask<T>): Promise<Turn<T>> =>
    // No repository: a hook that the token may not see says nothing of the repository.
    context.askInTurn({ ...key, repositoryId: null, resource: 'core', priority: 'WALK' }, question);

  /** Attempts of the last three days, newest first. */
  async function listAttempts(
    key: WebhookConnectionKey,
    place: HookPlace,
  ): Promise<Turn<HookDelivery[]>> {
    const since = now().getTime() - REDELIVERABLE_MS;
    const attempts: HookDelivery[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const from: string | null = cursor;
      const turn = await ask(key, async ({ hooks }) => {
        const answer = await hooks.listDeliveries(place, from);
        return { answer, quota: answer.quota };
      });
      if (!turn.ready) {
        return turn;
      }
      const { deliveries, nextCursor } = turn.answer;
      attempts.push(...deliveries.filter(({ deliveredAt }) => deliveredAt.getTime() >= since));
      const isOver = deliveries.some(({ deliveredAt }) => deliveredAt.getTime() < since);
      if (isOver || nextCursor === null) {
        break;
      }
      cursor = nextCursor;
    }
    return { ready: true, answer: attempts };
  }

  /** Sends again what failed at one hook; answers how many that were. */
  async function redeliverHook(
    key: WebhookConnectionKey,
    place: HookPlace,
    installationId: bigint | null,
  ): Promise<Turn<number>> {
    const listed = await listAttempts(key, place);
    if (!listed.ready) {
      return listed;
    }
    // An App's hook serves all of its installations.
    const own = listed.answer.filter(
      (attempt) => place.kind === 'REPOSITORY' || attempt.installationId === installationId,
    );
    const lost = findLost(own);
    const known = await withTeam(db, key.teamId, (tx) =>
      findKnownDeliveries(
        tx,
        key,
        lost.map(({ guid }) => guid),
      ),
    );
    let redelivered = 0;
    for (const { id } of lost.filter(({ guid }) => !known.has(guid))) {
      const turn = await ask(key, async ({ hooks }) => ({
        answer: null,
        ...(await hooks.redeliver(place, id)),
      }));
      if (!turn.ready) {
        return turn;
      }
      redelivered += 1;
    }
    return { ready: true, answer: redelivered };
  }

  return async (input) => {
    const key = { teamId: BigInt(input.teamId), connectionId: BigInt(input.connectionId) };
    const { places, installationId } = await withTeam(db, key.teamId, async (tx) => {
      const credential = await readCredential(tx, key);
      const hooks =
        credential === null || credential.installationId !== null
          ? []
          : await listRepositoryHooks(tx, key);
      const ofRepositories = hooks.map(({ hookId, ...repository }): HookPlace => ({
        kind: 'REPOSITORY',
        repository,
        hookId,
      }));
      const isApp = credential !== null && credential.installationId !== null;
      return {
        places: isApp ? [{ kind: 'APP' } satisfies HookPlace] : ofRepositories,
        installationId: credential?.installationId ?? null,
      };
    });
    let redelivered = 0;
    const skipped: string[] = [];
    const answer = (wait: RedeliverResult['wait']): RedeliverResult => ({
      redelivered,
      wait,
      skipped,
    });
    for (const place of places) {
      try {
        const turn = await redeliverHook(key, place, installationId);
        if (!turn.ready) {
          return answer({ until: turn.until.toISOString(), reason: turn.reason });
        }
        redelivered += turn.answer;
      } catch (error) {
        if (!(error instanceof GitHubFailure) || !REFUSED.has(error.kind)) {
          throw error;
        }
        skipped.push(toSentence(place));
      }
    }
    return answer(null);
  };
}

/** The newest attempt of each delivery that never arrived and was not sent again yet. */
function findLost(attempts: readonly HookDelivery[]): HookDelivery[] {
  const newest = new Map<string, HookDelivery>();
  const settled = new Set<string>();
  for (const attempt of attempts) {
    if (attempt.arrived || attempt.isRedelivery) {
      settled.add(attempt.guid);
    }
    if (!newest.has(attempt.guid)) {
      newest.set(attempt.guid, attempt);
    }
  }
  return [...newest.values()].filter(({ guid }) => !settled.has(guid));
}

function toSentence(place: HookPlace): string {
  return place.kind === 'APP'
    ? "GitHub does not show the App's failed webhooks: check that the App still has one; walks bring the same facts."
    : `GitHub does not show the failed webhooks of ${place.repository.owner}/${place.repository.name} to this token: give it the permission Webhooks (read and write); walks bring the same facts.`;
}
