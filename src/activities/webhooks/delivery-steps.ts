import type { Db } from '../../db/core/client.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import {
  readWaitingDeliveries,
  type WaitingDelivery,
  type WebhookConnectionKey,
} from '../../db/webhooks/webhook-deliveries.ts';
import {
  findOpenHeads,
  findRepositoriesByGithubId,
  type OpenHead,
} from '../../db/webhooks/webhook-targets.ts';
import { topicOf, type WebhookTopic } from '../../domain/webhooks/webhook-delivery.ts';
import { NUMBERS_PER_REQUEST } from '../pulls/store-by-number.ts';

/** Deliveries that are looked at together: those of one repository become one request. */
const DELIVERIES_PER_READ = 100;

/** Deliveries that are processed together: of one topic, and of one repository where they concern one. */
export interface DeliveryStep {
  readonly topic: WebhookTopic;
  readonly deliveries: readonly WaitingDelivery[];
  /** Of the pull requests that they are about. */
  readonly numbers: readonly number[];
}

/**
 * The next step of a connection: the oldest delivery with all others that ask for the same. A step about pull requests
 * holds as many as one request answers, so that a rate limit met later leaves it complete. Null when nothing waits.
 */
export async function readNextStep(
  db: Db,
  key: WebhookConnectionKey,
): Promise<DeliveryStep | null> {
  const { teamId } = key;
  return withTeam(db, teamId, async (tx) => {
    const step = gather(await readWaitingDeliveries(tx, key, DELIVERIES_PER_READ));
    if (step?.topic !== 'PULL_REQUESTS') {
      return step;
    }
    const subjects = step.deliveries.map(({ subject }) => subject);
    const named = subjects.flatMap(({ repository }) => repository ?? []);
    const [target] = await findRepositoriesByGithubId(tx, teamId, named.slice(0, 1));
    if (target === undefined) {
      return step;
    }
    const heads = {
      branches: subjects.flatMap(({ branches }) => branches),
      commits: subjects.flatMap(({ commits }) => commits),
    };
    const open = await findOpenHeads(tx, { teamId, repositoryId: target.id }, heads);
    return narrow(step, open);
  });
}

/** The oldest delivery with all others that ask for the same. */
function gather(waiting: readonly WaitingDelivery[]): DeliveryStep | null {
  const [oldest] = waiting;
  if (oldest === undefined) {
    return null;
  }
  const topic = topicOf(oldest.event) ?? 'REPOSITORY';
  const deliveries = waiting.filter(
    ({ event, subject }) =>
      topicOf(event) === topicOf(oldest.event) && subject.repository === oldest.subject.repository,
  );
  return { topic, deliveries, numbers: [] };
}

/**
 * Keeps the deliveries whose pull requests fit into one request: always the oldest one, and every other one as long as
 * the limit of a request is not exceeded.
 */
function narrow(step: DeliveryStep, open: readonly OpenHead[]): DeliveryStep {
  let numbers: ReadonlySet<number> = new Set();
  const deliveries = step.deliveries.filter(({ subject }) => {
    const heads = open.filter(
      ({ branch, sha }) =>
        subject.commits.includes(sha) || (branch !== null && subject.branches.includes(branch)),
    );
    const wanted = new Set([
      ...numbers,
      ...subject.pullRequests,
      ...heads.map(({ number }) => number),
    ]);
    const isTaken =
      numbers.size === 0 || wanted.size <= Math.max(numbers.size, NUMBERS_PER_REQUEST);
    if (isTaken) {
      numbers = wanted;
    }
    return isTaken;
  });
  return { topic: step.topic, deliveries, numbers: [...numbers] };
}
