import type { ReadDatabaseReport } from '../api/context.ts';
import { createApiHandler } from '../api/handler.ts';
import type { Logger } from '../api/logger.ts';
import type { WorkflowLauncher } from '../contracts/launcher.ts';
import { importAiUsage } from '../db/ai-usage-import.ts';
import { connectAiUsageSource } from '../db/ai-usage-sources.ts';
import type { Db } from '../db/client.ts';
import { findIdentity, isDatabaseReady } from '../db/reads/authentication.ts';
import { createReadSource } from '../db/reads/read-source.ts';
import { createReplica, type ReplicaOptions } from '../db/reads/replica.ts';
import type { SyncRunChanges } from '../db/reads/sync-run-changes.ts';
import { openRebuild } from '../db/rollup-rebuild.ts';
import { openBackfillRun } from '../db/sync-runs.ts';
import { changeRetentionSettings } from '../db/team-settings.ts';
import { withTeam } from '../db/team-transaction.ts';

/** A request waits this long for a rollup of the team; the workflow, which writes the same row, waits longer. */
const REBUILD_WAIT_MS = 2_000;

export interface GatewayOptions {
  /** As the application role. The caller made it and ends it, after `dispose`. */
  readonly db: Db;
  /** Answers reads where it is not too far behind; the caller ends its client too. */
  readonly replica?: Pick<ReplicaOptions, 'replica' | 'maxLagSeconds' | 'onChange'>;
  readonly launcher: WorkflowLauncher;
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
  const { db } = options;
  const replica =
    options.replica &&
    createReplica({ ...options.replica, primary: db, now: () => performance.now() });
  return createApiHandler({
    reads: createReadSource(db, undefined, replica),
    authenticate: (tokenHash) => findIdentity(db, tokenHash),
    launcher: options.launcher,
    recordBackfill: (input) => withTeam(db, input.teamId, (tx) => openBackfillRun(tx, input)),
    recordRebuild: (input) => openRebuild(db, input, REBUILD_WAIT_MS),
    changeRetentionSettings: (input) => changeRetentionSettings(db, input),
    importAiUsage: (input) => importAiUsage(db, input),
    connectAiUsageSource: (key) => withTeam(db, key.teamId, (tx) => connectAiUsageSource(tx, key)),
    syncRunChanges: options.syncRunChanges,
    isReady: () => isDatabaseReady(db),
    now: options.now ?? (() => new Date()),
    logger: options.logger,
    graphiql: options.graphiql,
    ...(options.readDatabaseReport !== undefined && {
      readDatabaseReport: options.readDatabaseReport,
    }),
    ...(options.pollMs !== undefined && { pollMs: options.pollMs }),
    ...(options.maxStreams !== undefined && { maxStreams: options.maxStreams }),
  });
}
