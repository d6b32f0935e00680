import {
  readAnswered,
  readEtag,
  saveEtag,
  type KnownAnswer,
} from '../../db/connections/github-etags.ts';
import type { StoredCredential } from '../../db/connections/github-connections.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import {
  findKnownDeliveries,
  type WebhookConnectionKey,
} from '../../db/webhooks/webhook-deliveries.ts';
import { formatRepositoryName } from '../../domain/sync/repository-name.ts';
import type { HookDelivery, HookOwner, HookScope } from '../../github/webhooks/hooks.ts';
import type { Ask, RequestSlot } from '../requests/request-slot.ts';
import type { StageContext } from '../stages/sync-stage.ts';

/** GitHub sends no delivery again that is older. */
const REDELIVERABLE_MS = 3 * 24 * 60 * 60 * 1000;

/** A look goes back so far behind the last one that was complete: GitHub lists an attempt late, and has its own clock. */
const OVERLAP_MS = 15 * 60 * 1000;

/** Pages of attempts of one hook that are looked at: 10,000 attempts, newest first. */
const MAX_PAGES = 100;

/** So long after its beginning a call pages on; what it found by then is sent again, and the look is not complete. */
const PAGING_MS = 5 * 60 * 1000;

/** So long after its beginning a call sends more than one delivery of a webhook again. */
export const CALL_MS = 2 * 60 * 1000;

/** An App's attempts are one list for all of its installations: so long it serves their connections, one by one. */
const APP_LIST_MS = 10 * 60 * 1000;

/** Asks GitHub for lost deliveries of a connection. Every method throws GitHubFailure and DomainError as `withRequestSlot`. */
export interface FailedDeliveries {
  /** The webhooks of an owner that send to the connection; of some, nothing may have arrived yet. */
  findHooks(key: WebhookConnectionKey, owner: HookOwner): Promise<RequestSlot<readonly bigint[]>>;
  /** Has sent again what failed at one webhook. */
  resend(
    key: WebhookConnectionKey,
    scope: HookScope & HookOwner,
    begunAt: Date,
  ): Promise<RequestSlot<Resent>>;
  /** The same for what an App's webhook lost of one installation. */
  resendOfApp(
    key: WebhookConnectionKey,
    credential: StoredCredential,
    begunAt: Date,
  ): Promise<RequestSlot<Resent>>;
}

/** What came of a look for lost deliveries of a webhook. */
export interface Resent {
  /** How many GitHub was asked to send again. */
  readonly redelivered: number;
  /** False when the time was over before all were. */
  readonly isDone: boolean;
}

/** A webhook's attempts, newest first. */
interface Attempts {
  readonly attempts: readonly HookDelivery[];
  /** What a look is kept as once all is sent again that it found; null where it is not complete. */
  readonly knownAnswer: KnownAnswer | null;
}

/** What an App has lost, by the id of the delivery. */
interface FailedOfApp {
  /** How far back the list goes. */
  readonly since: number;
  /** Milliseconds since 1970: it is listed anew then. */
  readonly until: number;
  readonly knownAnswer: KnownAnswer | null;
  readonly failed: Map<string, HookDelivery>;
}

/** Asks for lost deliveries; what Apps have lost is kept for ten minutes. */
export function createFailedDeliveries(context: StageContext): FailedDeliveries {
  const { db, now } = context;
  const failedByApp = new Map<string, FailedOfApp>();

  const ask = <T>(key: WebhookConnectionKey, question: Ask<T>): Promise<RequestSlot<T>> =>
    // No repository: a hook that the token may not see says nothing of the repository.
    context.withRequestSlot(
      { ...key, repositoryId: null, resource: 'core', priority: 'BACKGROUND' },
      question,
    );

  const readKnownAnswer = (key: WebhookConnectionKey, url: string) =>
    withTeam(db, key.teamId, (tx) => readAnswered(tx, { ...key, url }));

  /** The last three days, or what came since the last look that was complete. */
  const sinceOf = (last: KnownAnswer | null): number =>
    Math.max(
      now().getTime() - REDELIVERABLE_MS,
      (last?.fetchedAt.getTime() ?? -Infinity) - OVERLAP_MS,
    );

  /** @param etag null also for an App, whose own token is a new one each time: an ETag is good for one token */
  async function listAttempts(
    key: WebhookConnectionKey,
    scope: HookScope,
    { since, etag, begunAt }: { since: number; etag: string | null; begunAt: Date },
  ): Promise<RequestSlot<Attempts>> {
    const fetchedAt = now();
    const attempts: HookDelivery[] = [];
    let first = '';
    let cursor: string | null = null;
    let isComplete = true;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const from: string | null = cursor;
      const slot = await ask(key, async ({ hooks }) => {
        const answer = await hooks.listDeliveries(scope, from, from === null ? etag : null);
        return { answer, quota: answer.quota };
      });
      if (!slot.ready) {
        return slot;
      }
      const { deliveries, nextCursor } = slot.answer;
      if (deliveries === null) {
        return { ready: true, answer: { attempts, knownAnswer: null } };
      }
      first = from === null ? (slot.answer.etag ?? '') : first;
      attempts.push(...deliveries.filter(({ deliveredAt }) => deliveredAt.getTime() >= since));
      const isOver = deliveries.some(({ deliveredAt }) => deliveredAt.getTime() < since);
      if (isOver || nextCursor === null) {
        break;
      }
      if (now().getTime() - begunAt.getTime() >= PAGING_MS) {
        isComplete = false;
        break;
      }
      cursor = nextCursor;
    }
    const knownAnswer = isComplete ? { etag: first, fetchedAt } : null;
    return { ready: true, answer: { attempts, knownAnswer } };
  }

  /** What an App has lost that was not sent again; listed anew where that is not known so far back, or too long ago. */
  async function listOfApp(
    key: WebhookConnectionKey,
    app: string,
    { since, begunAt }: { since: number; begunAt: Date },
  ): Promise<RequestSlot<FailedOfApp>> {
    const listed = failedByApp.get(app);
    if (listed !== undefined && now().getTime() < listed.until && listed.since <= since) {
      return { ready: true, answer: listed };
    }
    const until = now().getTime() + APP_LIST_MS;
    const slot = await listAttempts(key, { kind: 'APP' }, { since, etag: null, begunAt });
    if (!slot.ready) {
      return slot;
    }
    const failed = new Map(
      findFailed(slot.answer.attempts).map((attempt) => [attempt.guid, attempt]),
    );
    const answer = { since, until, knownAnswer: slot.answer.knownAnswer, failed };
    failedByApp.set(app, answer);
    return { ready: true, answer };
  }

  /** Keeps the look once nothing of what it found is left: until then the next one goes back as far. */
  async function sendAgain(
    key: WebhookConnectionKey,
    scope: HookScope,
    { failed, knownAnswer, url, begunAt }: FailedOfHook,
    onSent: (delivery: HookDelivery) => void = () => undefined,
  ): Promise<RequestSlot<Resent>> {
    const known = await withTeam(db, key.teamId, (tx) =>
      findKnownDeliveries(
        tx,
        key,
        failed.map(({ guid }) => guid),
      ),
    );
    let redelivered = 0;
    for (const delivery of failed.filter(({ guid }) => !known.has(guid))) {
      // One at the least, so that whoever asks again comes to an end.
      if (redelivered > 0 && now().getTime() - begunAt.getTime() >= CALL_MS) {
        return { ready: true, answer: { redelivered, isDone: false } };
      }
      const slot = await ask(key, async ({ hooks }) => ({
        answer: null,
        ...(await hooks.redeliver(scope, delivery.id)),
      }));
      if (!slot.ready) {
        return slot;
      }
      onSent(delivery);
      redelivered += 1;
    }
    if (knownAnswer !== null) {
      await withTeam(db, key.teamId, (tx) =>
        saveEtag(tx, { ...key, url }, knownAnswer.etag, knownAnswer.fetchedAt),
      );
    }
    return { ready: true, answer: { redelivered, isDone: true } };
  }

  return {
    async findHooks(key, owner) {
      const url = urlOfHooks(owner);
      const known = await withTeam(db, key.teamId, (tx) => readEtag(tx, { ...key, url }));
      const slot = await ask(key, ({ hooks }) => hooks.list(owner, known));
      if (!slot.ready) {
        return slot;
      }
      if (slot.answer === null) {
        return { ready: true, answer: [] };
      }
      const { hooks, etag } = slot.answer;
      const own = hooks.filter((hook) => hook.url.endsWith(`/webhooks/github/${key.connectionId}`));
      if (own.length === 0 && etag !== null) {
        // Kept only where there is none: a list that has not changed then says that there is still none.
        await withTeam(db, key.teamId, (tx) => saveEtag(tx, { ...key, url }, etag, now()));
      }
      return { ready: true, answer: own.map(({ hookId }) => hookId) };
    },

    async resend(key, scope, begunAt) {
      const url = `${urlOfHooks(scope)}/${scope.hookId}/deliveries`;
      const last = await readKnownAnswer(key, url);
      const etag = last === null || last.etag === '' ? null : last.etag;
      const range = { since: sinceOf(last), etag, begunAt };
      const listed = await listAttempts(key, scope, range);
      if (!listed.ready) {
        return listed;
      }
      const { attempts, knownAnswer } = listed.answer;
      return sendAgain(key, scope, { failed: findFailed(attempts), knownAnswer, url, begunAt });
    },

    async resendOfApp(key, { apiUrl, appId, installationId }, begunAt) {
      // A connection can get another installation: what that one lost was never looked for.
      const url = `/app/hook/deliveries?app=${appId}&installation=${installationId}`;
      const since = sinceOf(await readKnownAnswer(key, url));
      const listed = await listOfApp(key, `${apiUrl} ${appId}`, { since, begunAt });
      if (!listed.ready) {
        return listed;
      }
      const { failed, knownAnswer } = listed.answer;
      const own = [...failed.values()].filter((one) => one.installationId === installationId);
      return sendAgain(
        key,
        { kind: 'APP' },
        { failed: own, knownAnswer, url, begunAt },
        ({ guid }) => failed.delete(guid),
      );
    },
  };
}

/** What a look found. */
interface FailedOfHook {
  readonly failed: readonly HookDelivery[];
  readonly knownAnswer: KnownAnswer | null;
  /** What the look is kept as. */
  readonly url: string;
  readonly begunAt: Date;
}

function urlOfHooks(owner: HookOwner): string {
  const of =
    owner.kind === 'REPOSITORY'
      ? `/repos/${formatRepositoryName(owner.repository)}`
      : `/orgs/${owner.organization}`;
  return `${of}/hooks`.toLowerCase();
}

/** The newest attempt of each delivery that never arrived and was not sent again yet. */
function findFailed(attempts: readonly HookDelivery[]): HookDelivery[] {
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
