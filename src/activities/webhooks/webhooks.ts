import type { ListConnectionsResult, WebhookActivities } from '../../contracts/webhooks.ts';
import type { DbTransaction } from '../../db/core/client.ts';
import { listTeams } from '../../db/core/teams.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { listStalledWebhooks } from '../../db/webhooks/webhook-deliveries.ts';
import { listWebhookConnections } from '../../db/webhooks/webhook-receivers.ts';
import { openWebhookSync, readRepositoryName } from '../../db/webhooks/webhook-targets.ts';
import { createFailedDeliveries } from './failed-deliveries.ts';
import { processDeliveries } from './process-webhooks.ts';
import { redeliverDeliveries } from './redeliver-webhooks.ts';
import type { GitHubContext } from '../requests/request-slot.ts';

/** Teams that one activity handles. */
const TEAMS_PER_LIST = 50;

/** How long the signal of a delivery may take. */
const SIGNAL_GRACE_MS = 60_000;

/** Activities of the queue `sync` for webhooks. */
export function createWebhookActivities(context: GitHubContext): WebhookActivities {
  const { db, now } = context;
  const failedDeliveries = createFailedDeliveries(context);

  /** Handles the next teams. */
  async function listOfTeams(
    after: string,
    list: (tx: DbTransaction, teamId: bigint) => Promise<bigint[]>,
  ): Promise<ListConnectionsResult> {
    const teamIds = await listTeams(db, BigInt(after), TEAMS_PER_LIST);
    const connections: { teamId: string; connectionId: string }[] = [];
    for (const teamId of teamIds) {
      const ids = await withTeam(db, teamId, (tx) => list(tx, teamId));
      connections.push(...ids.map((id) => ({ teamId: String(teamId), connectionId: String(id) })));
    }
    return {
      connections,
      next: teamIds.length < TEAMS_PER_LIST ? null : String(teamIds.at(-1)),
    };
  }

  return {
    processDeliveries: (input) => processDeliveries(context, input),
    redeliverDeliveries: (input) => redeliverDeliveries(context, failedDeliveries, input),

    async openWebhookSync(input) {
      const teamId = BigInt(input.teamId);
      const repositoryId = BigInt(input.repositoryId);
      return withTeam(db, teamId, async (tx) => {
        const syncRunId = await openWebhookSync(tx, {
          ...input,
          teamId,
          repositoryId,
          workflowRunId: `${input.workflowRunId}#${input.attempt}`,
        });
        const name = await readRepositoryName(tx, { teamId, repositoryId });
        return {
          syncRunId: syncRunId === null ? null : String(syncRunId),
          repositoryName: name ?? '',
        };
      });
    },

    async listStalledWebhooks({ after }) {
      const before = new Date(now().getTime() - SIGNAL_GRACE_MS);
      return listOfTeams(after, (tx, teamId) => listStalledWebhooks(tx, teamId, before));
    },

    async listWebhookConnections({ after }) {
      return listOfTeams(after, listWebhookConnections);
    },
  };
}
