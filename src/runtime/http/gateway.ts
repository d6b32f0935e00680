import type { ReadDatabaseReport } from '../../api/core/context.ts';
import { createApiHandler } from '../../api/handler.ts';
import type { Logger } from '../../api/core/logger.ts';
import type { WorkflowLauncher } from '../../contracts/launcher.ts';
import { recordAudit } from '../../db/core/admin-audit.ts';
import { importAiUsage } from '../../db/usage/ai-usage-import.ts';
import { connectAiUsageSource } from '../../db/usage/ai-usage-sources.ts';
import type { Db } from '../../db/core/client.ts';
import { findIdentity, isDatabaseReady } from '../../db/reads/authentication.ts';
import { createReadSource } from '../../db/reads/read-source.ts';
import { createReplica, type ReplicaOptions } from '../../db/reads/replica.ts';
import type { SyncRunChanges } from '../../db/reads/sync-run-changes.ts';
import { setMemberKind } from '../../db/members/member-kind.ts';
import { mergeMembers } from '../../db/members/member-merge.ts';
import { openRebuild } from '../../db/rollups/rollup-rebuild.ts';
import { recordSyncControl } from '../../db/sync/sync-control.ts';
import { openBackfillRun } from '../../db/sync/sync-runs.ts';
import { createIncidentSource } from '../../db/delivery/incident-sources.ts';
import type { SecretBox } from '../../db/core/secret-box.ts';
import { reportIncident, resolveIncident } from '../../db/delivery/incidents.ts';
import { changeRetentionSettings } from '../../db/teams/team-settings.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import type { AllowedHosts } from '../../domain/connections/github-host.ts';
import { createConnectionServices, requireSecrets } from '../connections/connections.ts';
import { createWebhookServices } from '../webhooks/webhooks.ts';

/** A request waits this long for a rollup of the team; the workflow, which writes the same row, waits longer. */
const REBUILD_WAIT_MS = 2_000;

export interface GatewayOptions {
  /** As the application role. The caller made it and ends it, after `dispose`. */
  readonly db: Db;
  /** Answers reads where it is not too far behind; the caller ends its client too. */
  readonly replica?: Pick<ReplicaOptions, 'replica' | 'maxLagSeconds' | 'onChange'>;
  readonly launcher: WorkflowLauncher;
  /** Seals and opens the secrets of connections and webhooks; without it no webhook is taken. */
  readonly secrets?: SecretBox;
  /** Which hosts an admin may connect a team to; public ones over https unless given. */
  readonly allowedHosts?: AllowedHosts;
  /** Share of GitHub's limits, 0 to 1, that syncs leave to interactive use, as the workers have it. */
  readonly githubReserve: number;
  /** Root under which GitHub reaches the gateway. */
  readonly publicUrl?: string | undefined;
  /** What wakes subscriptions: `createSyncRunNotifications` where a connection can listen. The caller ends it. */
  readonly syncRunChanges: SyncRunChanges;
  /** For operators; absent where nothing connects as the owner of the tables. */
  readonly readDatabaseReport?: ReadDatabaseReport;
  readonly graphiql: boolean;
  readonly logger: Logger;
  readonly now?: () => Date;
  /** How often a subscription looks for changes by itself. Default 2 s. */
  readonly pollMs?: number;
  /** Subscriptions at a time. Default 1,000. */
  readonly maxStreams?: number;
}

/** The API over a database, for any host. */
export interface Gateway {
  fetch(request: Request): Promise<Response>;
  /** Subscriptions that are open. */
  readonly activeStreams: () => number;
  /** Ends all subscriptions and takes no more: the first step of a drain. */
  endStreams(): void;
  dispose(): Promise<void>;
}

/** Composes the API with a database. Knows no host: it takes what differs between them. */
export function createGateway(options: GatewayOptions): Gateway {
  const { db, secrets, launcher, logger } = options;
  const now = options.now ?? (() => new Date());
  const replica =
    options.replica &&
    createReplica({ ...options.replica, primary: db, now: () => performance.now() });
  return createApiHandler({
    reads: createReadSource(db, undefined, replica),
    authenticate: (tokenHash) => findIdentity(db, tokenHash),
    launcher: options.launcher,
    recordBackfill: (input) => withTeam(db, input.teamId, (tx) => openBackfillRun(tx, input)),
    recordSyncControl: (input) => withTeam(db, input.teamId, (tx) => recordSyncControl(tx, input)),
    recordScheduleControl: (entry) => withTeam(db, entry.teamId, (tx) => recordAudit(tx, entry)),
    recordRebuild: (input) => openRebuild(db, input, REBUILD_WAIT_MS),
    changeRetentionSettings: (input) => changeRetentionSettings(db, input),
    importAiUsage: (input) => importAiUsage(db, input),
    connectAiUsageSource: (key) => withTeam(db, key.teamId, (tx) => connectAiUsageSource(tx, key)),
    connections: createConnectionServices(options),
    githubReserve: options.githubReserve,
    memberAdmin: {
      merge: (input) => mergeMembers(db, input),
      setKind: (input) => setMemberKind(db, input),
    },
    incidentLog: {
      report: (input) => reportIncident(db, input),
      resolve: (input) => resolveIncident(db, input),
      createSource: async (input) => {
        const box = requireSecrets(secrets);
        return withTeam(db, input.teamId, (tx) => createIncidentSource(tx, box, input));
      },
    },
    syncRunChanges: options.syncRunChanges,
    isReady: () => isDatabaseReady(db),
    now,
    logger: options.logger,
    graphiql: options.graphiql,
    ...(secrets !== undefined && {
      webhooks: createWebhookServices({ db, secrets, launcher, logger, now }),
    }),
    ...(options.readDatabaseReport !== undefined && {
      readDatabaseReport: options.readDatabaseReport,
    }),
    ...(options.pollMs !== undefined && { pollMs: options.pollMs }),
    ...(options.maxStreams !== undefined && { maxStreams: options.maxStreams }),
  });
}
