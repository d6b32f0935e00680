import type { KnownAnswer } from '../../db/connections/github-etags.ts';
import type { WebhookConnectionKey } from '../../db/webhooks/webhook-deliveries.ts';
import type { GitHub } from '../../github/client.ts';
import type { HookDelivery, HookScope } from '../../github/webhooks/hooks.ts';
import type { Ask, GitHubContext, WithQuota } from '../requests/request-slot.ts';

type DeliveryPage = Awaited<ReturnType<GitHub['hooks']['listDeliveries']>>;

/** GitHub does not redeliver what is older. */
const REDELIVERABLE_MS = 3 * 24 * 60 * 60 * 1000;

/** How far a look reaches back before the last complete one: GitHub lists an attempt late, and has its own clock. */
const OVERLAP_MS = 15 * 60 * 1000;

/** Pages of attempts of one hook that are looked at: 10,000 attempts, newest first. */
const MAX_PAGES = 100;

/** How long a call pages on; what it found by then is sent again, and the look counts as incomplete. */
const PAGING_MS = 5 * 60 * 1000;

/** A webhook's attempts, newest first. */
export interface Attempts {
  readonly attempts: readonly HookDelivery[];
  /** Stored once everything that the look found was sent again; null where the look is not complete. */
  readonly knownAnswer: KnownAnswer | null;
}

/** Asks one thing about webhooks. It names no repository: a hook that the token may not see says nothing of one. */
export function askForHooks<T extends WithQuota>(
  context: GitHubContext,
  key: WebhookConnectionKey,
  question: Ask<T>,
): Promise<T> {
  return context.withRequestSlot(
    { ...key, repositoryId: null, resource: 'core', priority: 'BACKGROUND' },
    question,
  );
}

/**
 * From when on attempts are listed: the last three days, or since shortly before the last complete look.
 * @returns milliseconds since 1970
 */
export function attemptsSince(last: KnownAnswer | null, now: Date): number {
  return Math.max(
    now.getTime() - REDELIVERABLE_MS,
    (last?.fetchedAt.getTime() ?? -Infinity) - OVERLAP_MS,
  );
}

/**
 * Lists the attempts of a webhook since a moment, page by page.
 * @param range.since milliseconds since 1970
 * @param range.etag null also for an App, whose own token is a new one each time: an ETag is good for one token only
 * @param range.begunAt when the call began; paging ends five minutes later
 */
export async function listAttempts(
  context: GitHubContext,
  key: WebhookConnectionKey,
  scope: HookScope,
  range: { readonly since: number; readonly etag: string | null; readonly begunAt: Date },
): Promise<Attempts> {
  const { now } = context;
  const { since, etag, begunAt } = range;
  const fetchedAt = now();
  const attempts: HookDelivery[] = [];
  const asked = new Set<string>();
  let first = '';
  let cursor: string | null = null;
  let isComplete = true;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const from: string | null = cursor;
    const answer: DeliveryPage = await askForHooks(context, key, ({ hooks }) =>
      hooks.listDeliveries(scope, from, from === null ? etag : null),
    );
    const { deliveries, nextCursor } = answer;
    if (deliveries === null) {
      return { attempts, knownAnswer: null };
    }
    first = from === null ? (answer.etag ?? '') : first;
    attempts.push(...deliveries.filter(({ deliveredAt }) => deliveredAt.getTime() >= since));
    const isOver = deliveries.some(({ deliveredAt }) => deliveredAt.getTime() < since);
    if (isOver || nextCursor === null) {
      break;
    }
    // Pages that come round again hide what lies behind them.
    if (asked.has(nextCursor) || now().getTime() - begunAt.getTime() >= PAGING_MS) {
      isComplete = false;
      break;
    }
    asked.add(nextCursor);
    cursor = nextCursor;
  }
  return { attempts, knownAnswer: isComplete ? { etag: first, fetchedAt } : null };
}

/** The newest attempt of each delivery that never arrived and was not sent again yet. */
export function findFailed(attempts: readonly HookDelivery[]): HookDelivery[] {
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
