import type { Logger } from '../../api/core/logger.ts';
import type { ByteBudget } from '../../api/webhooks/byte-budget.ts';
import type { WebhookServices } from '../../api/webhooks/endpoint.ts';
import type { CreateHmac } from '../../api/webhooks/signature.ts';
import type { WorkflowLauncher } from '../../contracts/launcher.ts';
import type { Db } from '../../db/core/client.ts';
import { asRead, asWrite } from '../../db/core/database-errors.ts';
import { saveReportedIncident } from '../../db/delivery/incident-sources.ts';
import type { SecretBox } from '../../db/core/secret-box.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { recordSignal, storeDelivery } from '../../db/webhooks/webhook-deliveries.ts';
import {
  findAppReceivers,
  findIncidentReceiver,
  findWebhookReceiver,
} from '../../db/webhooks/webhook-receivers.ts';

export interface WebhookOptions {
  /** As the application role. */
  readonly db: Db;
  /** Opens the secrets of webhooks. */
  readonly secrets: SecretBox;
  readonly launcher: WorkflowLauncher;
  readonly logger: Logger;
  readonly now: () => Date;
  /** How long announcements of one webhook may take. */
  readonly announcingMs: number;
  readonly createHmac: CreateHmac;
  /** Bounds what is held of bodies at the same time. */
  readonly heldBytes: ByteBudget;
}

/** What the webhooks of the API work with. */
export function createWebhookServices(options: WebhookOptions): WebhookServices {
  const { db, secrets, launcher, logger, now, announcingMs, createHmac, heldBytes } = options;
  return {
    findWebhookReceiver: (connectionId) => asRead(findWebhookReceiver(db, secrets, connectionId)),
    findAppReceivers: (appId, namedInstallationId) =>
      asRead(findAppReceivers(db, secrets, appId, namedInstallationId)),
    findIncidentReceiver: (sourceId) => asRead(findIncidentReceiver(db, secrets, sourceId)),
    storeDelivery: (delivery) =>
      asWrite(withTeam(db, delivery.teamId, (tx) => storeDelivery(tx, delivery))),
    async signalDelivery(delivery) {
      const { teamId, connectionId } = delivery;
      try {
        const connection = { teamId: String(teamId), connectionId: String(connectionId) };
        await launcher.signalWebhooks(connection);
        await withTeam(db, teamId, (tx) => recordSignal(tx, delivery));
      } catch (error) {
        // It is stored: the sweep starts what nobody was told of.
        logger.warn({ err: error }, 'a webhook was stored, and waits for the sweep');
      }
    },
    saveReportedIncident: (incident) =>
      asWrite(withTeam(db, incident.teamId, (tx) => saveReportedIncident(tx, incident))),
    now,
    announcingMs,
    createHmac,
    heldBytes,
  };
}
