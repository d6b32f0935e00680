import type { RedeliverResult, WebhookActivities } from '../contracts/webhooks.ts';
import { readEtag, saveEtag } from '../db/github-etags.ts';
import { readCredential } from '../db/github-connections.ts';
import { withTeam } from '../db/team-transaction.ts';
import { findKnownDeliveries, type WebhookConnectionKey } from '../db/webhook-deliveries.ts';
import { listWebhookPlaces } from '../db/webhook-places.ts';
import type { RepositoryName } from '../domain/repository-name.ts';
import { GitHubFailure } from '../github/failures.ts';
import type { HookDelivery, HookPlace } from '../github/hooks.ts';
import type { Ask, Turn } from './ask-in-turn.ts';
import type { StageContext } from './sync-stage.ts';

/** GitHub sends no delivery again that is older. */
const REDELIVERABLE_MS = 3 * 24 * 60 * 60 * 1000;

/** Pages of attempts of one hook that are looked at: 10,000 attempts, newest first. */
const MAX_PAGES = 100;

/** Each is at least a request, and an activity has ten minutes. */
const REPOSITORIES_PER_CALL = 200;

/** A token that may not see the webhooks of so many repositories is not asked for those of the others. */
const MAX_REFUSALS = 3;

/** What cannot be asked for with this credential is told, and no failure: the walks bring the same facts. */
const REFUSED = new Set(['FORBIDDEN', 'NOT_FOUND', 'MISSING_SCOPE']);

/**
 * Asks GitHub to send again what it could not deliver to a connection in the last three days. Each delivery is sent
 * again once at the most: GitHub's own list tells what was, so a second call goes on where the first one ended. A
 * token's webhooks are those of its repositories, some repositories a call.
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

  /** The webhooks of a repository that send to this connection; of some, nothing may have arrived yet. */
  async function findHooks(
    key: WebhookConnectionKey,
    repository: RepositoryName,
  ): Promise<Turn<readonly bigint[]>> {
    const url = `/repos/${repository.owner}/${repository.name}/hooks`.toLowerCase();
    const known = await withTeam(db, key.teamId, (tx) => readEtag(tx, { ...key, url }));
    const turn = await ask(key, ({ hooks }) => hooks.list(repository, known));
    if (!turn.ready) {
      return turn;
    }
    if (turn.answer === null) {
      return { ready: true, answer: [] };
    }
    const { hooks, etag } = turn.answer;
    const own = hooks.filter((hook) => hook.url.endsWith(`/webhooks/github/${key.connectionId}`));
    if (own.length === 0 && etag !== null) {
      // Kept only where there is none: a list that has not changed then says that there is still none.
      await withTeam(db, key.teamId, (tx) => saveEtag(tx, { ...key, url }, etag, now()));
    }
    return { ready: true, answer: own.map(({ hookId }) => hookId) };
  }

  return async (input) => {
    const key = { teamId: BigInt(input.teamId), connectionId: BigInt(input.connectionId) };
    const credential = await withTeam(db, key.teamId, (tx) => readCredential(tx, key));
    const skipped: string[] = [];
    let redelivered = 0;

    async function redeliver(place: HookPlace, installationId: bigint | null) {
      const turn = await redeliverHook(key, place, installationId);
      redelivered += turn.ready ? turn.answer : 0;
      return turn;
    }

    /** Null when GitHub refuses it; the sentence is kept. */
    async function unlessRefused<T>(
      asked: Promise<Turn<T>>,
      sentence: string,
    ): Promise<Turn<T> | null> {
      try {
        return await asked;
      } catch (error) {
        if (!(error instanceof GitHubFailure) || !REFUSED.has(error.kind)) {
          throw error;
        }
        skipped.push(sentence);
        return null;
      }
    }

    const toResult = (turn: Turn<unknown> | null, next: bigint | null): RedeliverResult => ({
      redelivered,
      skipped,
      wait:
        turn === null || turn.ready
          ? null
          : { until: turn.until.toISOString(), reason: turn.reason },
      next: next === null ? null : String(next),
    });

    if (credential === null) {
      return toResult(null, null);
    }
    if (credential.installationId !== null) {
      const asked = redeliver({ kind: 'APP' }, credential.installationId);
      return toResult(await unlessRefused(asked, OF_APP), null);
    }
    let after = BigInt(input.after ?? 0);
    const places = await withTeam(db, key.teamId, (tx) =>
      listWebhookPlaces(tx, key, { after, limit: REPOSITORIES_PER_CALL }),
    );
    for (const { repositoryId, hookIds, ...repository } of places) {
      const found =
        hookIds.length === 0 && skipped.length < MAX_REFUSALS
          ? await unlessRefused(findHooks(key, repository), toSentence(repository))
          : { ready: true as const, answer: hookIds };
      if (found?.ready === false) {
        return toResult(found, after);
      }
      for (const hookId of found?.answer ?? []) {
        const place: HookPlace = { kind: 'REPOSITORY', repository, hookId };
        const turn = await unlessRefused(redeliver(place, null), toSentence(repository));
        if (turn?.ready === false) {
          return toResult(turn, after);
        }
      }
      after = repositoryId;
    }
    return toResult(null, places.length < REPOSITORIES_PER_CALL ? null : after);
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

const OF_APP =
  "GitHub does not show the App's failed webhooks: check that the App still has one; walks bring the same facts.";

function toSentence({ owner, name }: RepositoryName): string {
  return `GitHub does not show the failed webhooks of ${owner}/${name} to this token: give it the permission Webhooks (read and write); walks bring the same facts.`;
}
