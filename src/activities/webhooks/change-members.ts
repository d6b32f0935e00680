import type { DbTransaction } from '../../db/core/client.ts';
import {
  addInsideMember,
  ownsRepositories,
  releaseMember,
} from '../../db/members/organization-members.ts';
import {
  closeDeliveries,
  type DeliveryEnd,
  type WaitingDelivery,
  type WebhookConnectionKey,
} from '../../db/webhooks/webhook-deliveries.ts';
import { findRepositoriesByGithubId } from '../../db/webhooks/webhook-targets.ts';
import { classifyActor, type ActorFact } from '../../domain/members/actor.ts';
import type { WebhookAccount } from '../../domain/webhooks/webhook-delivery.ts';

const DONE: DeliveryEnd = { state: 'PROCESSED', reason: null };

const ignored = (reason: string): DeliveryEnd => ({ state: 'IGNORED', reason });

/** Actions by which somebody belongs from now on. Who leaves a team of an organisation need not leave that. */
const COMES: ReadonlySet<string> = new Set([
  'member added',
  'member edited',
  'membership added',
  'organization member_added',
]);

/** Applies who came and who left, in the order in which it was said; the daily sync of members brings the same. */
export async function changeMembers(
  tx: DbTransaction,
  key: WebhookConnectionKey,
  deliveries: readonly WaitingDelivery[],
): Promise<void> {
  for (const delivery of deliveries) {
    await closeDeliveries(tx, key, [delivery], await apply(tx, key, delivery));
  }
}

async function apply(
  tx: DbTransaction,
  { teamId }: WebhookConnectionKey,
  { event, action, subject: { account, repository } }: WaitingDelivery,
): Promise<DeliveryEnd> {
  const what = `${event} ${action ?? ''}`;
  const leaves = what === 'organization member_removed';
  if (account === undefined || (!leaves && !COMES.has(what))) {
    return ignored('Nothing here changes with this action.');
  }
  const { organization } = account;
  if (organization === null) {
    const targets =
      repository === null ? [] : await findRepositoriesByGithubId(tx, teamId, [repository]);
    if (targets.length === 0) {
      return ignored('The repository is not synced: start a backfill of it.');
    }
  } else if (!(await ownsRepositories(tx, teamId, organization))) {
    return ignored("None of the organisation's repositories is synced: start a backfill of one.");
  }
  const actor = toActor(account);
  if (leaves && organization !== null) {
    await releaseMember(tx, teamId, { githubId: actor.githubId, organization });
  } else {
    await addInsideMember(tx, teamId, { actor, organization });
  }
  return DONE;
}

/** Bots have a suffix here that GraphQL, which brings all other accounts, leaves off. */
function toActor({ id, login, type }: WebhookAccount): ActorFact {
  const bare = type === 'Bot' ? login.replace(/\[bot\]$/i, '') : login;
  return { githubId: BigInt(id), login: bare, name: null, ...classifyActor(bare, type) };
}
