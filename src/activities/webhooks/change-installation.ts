import type { DbTransaction } from '../../db/core/client.ts';
import {
  closeDeliveries,
  type DeliveryEnd,
  type WaitingDelivery,
  type WebhookConnectionKey,
} from '../../db/webhooks/webhook-deliveries.ts';
import {
  setInstallationStatus,
  type InstallationChange,
} from '../../db/webhooks/webhook-targets.ts';

const CHANGES: Readonly<Record<string, Omit<InstallationChange, 'changedAt'>>> = {
  deleted: {
    status: 'NEEDS_REAUTH',
    reason:
      'The GitHub App was uninstalled: install it again and connect with the new installation.',
  },
  suspend: {
    status: 'SUSPENDED',
    reason: "The GitHub App's installation is suspended: an owner must unsuspend it on GitHub.",
  },
  unsuspend: { status: 'ACTIVE', reason: null },
};

/** Applies to a connection what happened to its installation, in the order of GitHub's own clock. */
export async function changeInstallation(
  tx: DbTransaction,
  key: WebhookConnectionKey,
  deliveries: readonly WaitingDelivery[],
): Promise<void> {
  const inOrder = deliveries.toSorted((a, b) => timeOf(a) - timeOf(b));
  for (const delivery of inOrder) {
    await closeDeliveries(tx, key, [delivery], await apply(tx, key, delivery));
  }
}

async function apply(
  tx: DbTransaction,
  key: WebhookConnectionKey,
  { action, subject: { changedAt } }: WaitingDelivery,
): Promise<DeliveryEnd> {
  const change = action !== null && Object.hasOwn(CHANGES, action) ? CHANGES[action] : undefined;
  if (change === undefined) {
    return { state: 'IGNORED', reason: 'Nothing here changes with this action.' };
  }
  if (await setInstallationStatus(tx, key, { ...change, changedAt })) {
    return { state: 'PROCESSED', reason: null };
  }
  const reason = 'The installation has changed again since, or the connection was ended here.';
  return { state: 'IGNORED', reason };
}

function timeOf({ subject }: WaitingDelivery): number {
  return subject.changedAt === null ? 0 : Date.parse(subject.changedAt);
}
