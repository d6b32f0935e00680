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
import type { GitHubContext } from '../requests/request-slot.ts';
import { askForHooks, attemptsSince, findFailed, listAttempts } from './delivery-attempts.ts';

/** How long a call goes on sending deliveries of a webhook again; one is always sent. */
export const CALL_MS = 2 * 60 * 1000;

/** How long an App's list of attempts, which covers all installations, serves their connections one by one. */
const APP_LIST_MS = 10 * 60 * 1000;

/** The result of a look for lost deliveries of a webhook. */
export interface Resent {
  /** How many GitHub was asked to send again. */
  readonly redelivered: number;
  /** False when the time was over before all were. */
  readonly isDone: boolean;
}

/** What an App has lost, by the id of the delivery. */
interface FailedOfApp {
  /** How far back the list goes. */
  readonly since: number;
  /** Milliseconds since 1970: from then on it is listed anew. */
  readonly until: number;
  readonly knownAnswer: KnownAnswer | null;
  readonly failed: Map<string, HookDelivery>;
}

/** How lost deliveries of connections are asked for. */
export type FailedDeliveries = ReturnType<typeof createFailedDeliveries>;

/**
 * Asks GitHub for lost deliveries; the list of what an App has lost is used for ten minutes. Every method throws what
 * `withRequestSlot` throws.
 */
export function createFailedDeliveries(context: GitHubContext) {
  const { db, now } = context;
  const failedByApp = new Map<string, FailedOfApp>();

  const readKnownAnswer = (key: WebhookConnectionKey, url: string) =>
    withTeam(db, key.teamId, (tx) => readAnswered(tx, { ...key, url }));

  /** What an App has lost that was not sent again; it is listed anew where the list is too short or too old. */
  async function listOfApp(
    key: WebhookConnectionKey,
    app: string,
    { since, begunAt }: { since: number; begunAt: Date },
  ): Promise<FailedOfApp> {
    const known = failedByApp.get(app);
    if (known !== undefined && now().getTime() < known.until && known.since <= since) {
      return known;
    }
    const until = now().getTime() + APP_LIST_MS;
    const range = { since, etag: null, begunAt };
    const { attempts, knownAnswer } = await listAttempts(context, key, { kind: 'APP' }, range);
    const failed = new Map(findFailed(attempts).map((attempt) => [attempt.guid, attempt]));
    const listed = { since, until, knownAnswer, failed };
    failedByApp.set(app, listed);
    return listed;
  }

  return {
    /** The webhooks of an owner that send to the connection; of some, nothing may have arrived yet. */
    findHooks: (key: WebhookConnectionKey, owner: HookOwner) => findHooks(context, key, owner),

    /** Asks GitHub to send again what failed at one webhook. */
    async resend(
      key: WebhookConnectionKey,
      scope: HookScope & HookOwner,
      begunAt: Date,
    ): Promise<Resent> {
      const url = `${urlOfHooks(scope)}/${scope.hookId}/deliveries`;
      const last = await readKnownAnswer(key, url);
      const etag = last === null || last.etag === '' ? null : last.etag;
      const range = { since: attemptsSince(last, now()), etag, begunAt };
      const { attempts, knownAnswer } = await listAttempts(context, key, scope, range);
      const found = { failed: findFailed(attempts), knownAnswer, url, begunAt };
      return sendAgain(context, key, scope, found);
    },

    /** Does the same for what an App's webhook lost of one installation. */
    async resendOfApp(
      key: WebhookConnectionKey,
      { apiUrl, appId, installationId }: StoredCredential,
      begunAt: Date,
    ): Promise<Resent> {
      // A connection can get another installation: what that one lost was never looked for.
      const url = `/app/hook/deliveries?app=${appId}&installation=${installationId}`;
      const since = attemptsSince(await readKnownAnswer(key, url), now());
      const listed = await listOfApp(key, `${apiUrl} ${appId}`, { since, begunAt });
      const { failed, knownAnswer } = listed;
      const own = [...failed.values()].filter((one) => one.installationId === installationId);
      const found = { failed: own, knownAnswer, url, begunAt };
      return sendAgain(context, key, { kind: 'APP' }, found, ({ guid }) => failed.delete(guid));
    },
  };
}

/** What a look found. */
interface FailedOfHook {
  readonly failed: readonly HookDelivery[];
  readonly knownAnswer: KnownAnswer | null;
  /** The key under which the look is stored. */
  readonly url: string;
  readonly begunAt: Date;
}

/** Asks for the lost deliveries. The look is stored once none is left: until then the next one goes back as far. */
async function sendAgain(
  context: GitHubContext,
  key: WebhookConnectionKey,
  scope: HookScope,
  { failed, knownAnswer, url, begunAt }: FailedOfHook,
  onSent: (delivery: HookDelivery) => void = () => undefined,
): Promise<Resent> {
  const { db, now } = context;
  const guids = failed.map(({ guid }) => guid);
  const known = await withTeam(db, key.teamId, (tx) => findKnownDeliveries(tx, key, guids));
  let redelivered = 0;
  for (const delivery of failed.filter(({ guid }) => !known.has(guid))) {
    // At least one is sent, so that repeated calls come to an end.
    if (redelivered > 0 && now().getTime() - begunAt.getTime() >= CALL_MS) {
      return { redelivered, isDone: false };
    }
    await askForHooks(context, key, ({ hooks }) => hooks.redeliver(scope, delivery.id));
    onSent(delivery);
    redelivered += 1;
  }
  if (knownAnswer !== null) {
    await withTeam(db, key.teamId, (tx) =>
      saveEtag(tx, { ...key, url }, knownAnswer.etag, knownAnswer.fetchedAt),
    );
  }
  return { redelivered, isDone: true };
}

/** The webhooks of an owner that send to the connection. */
async function findHooks(
  context: GitHubContext,
  key: WebhookConnectionKey,
  owner: HookOwner,
): Promise<readonly bigint[]> {
  const { db, now } = context;
  const url = urlOfHooks(owner);
  const known = await withTeam(db, key.teamId, (tx) => readEtag(tx, { ...key, url }));
  const { answer } = await askForHooks(context, key, ({ hooks }) => hooks.list(owner, known));
  if (answer === null) {
    return [];
  }
  const { hooks, etag } = answer;
  const own = hooks.filter((hook) => hook.url.endsWith(`/webhooks/github/${key.connectionId}`));
  if (own.length === 0 && etag !== null) {
    // The ETag is stored only where there is none: an unchanged list then says that there is still none.
    await withTeam(db, key.teamId, (tx) => saveEtag(tx, { ...key, url }, etag, now()));
  }
  return own.map(({ hookId }) => hookId);
}

function urlOfHooks(owner: HookOwner): string {
  const of =
    owner.kind === 'REPOSITORY'
      ? `/repos/${formatRepositoryName(owner.repository)}`
      : `/orgs/${owner.organization}`;
  return `${of}/hooks`.toLowerCase();
}
