import { createApiHandler } from '../api/handler.ts';
import type { Logger } from '../api/logger.ts';
import type { WorkflowLauncher } from '../contracts/launcher.ts';
import type { Db } from '../db/client.ts';
import { findIdentity, isDatabaseReady } from '../db/reads/authentication.ts';
import { createReadSource } from '../db/reads/read-source.ts';
import type { SyncRunChanges } from '../db/reads/sync-run-changes.ts';
import { openBackfillRun } from '../db/sync-runs.ts';
import { withTeam } from '../db/team-transaction.ts';

export interface GatewayOptions {
  /** As the application role. The caller made it and ends it, after `dispose`. */
  readonly db: Db;
  readonly launcher: WorkflowLauncher;
  /** What wakes subscriptions: `createSyncRunNotifications` where a connection can listen. The caller ends it. */
  readonly syncRunChanges: SyncRunChanges;
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
  return createApiHandler({
    reads: createReadSource(db),
    authenticate: (tokenHash) => findIdentity(db, tokenHash),
    launcher: options.launcher,
    recordBackfill: (input) => withTeam(db, input.teamId, (tx) => openBackfillRun(tx, input)),
    syncRunChanges: options.syncRunChanges,
    isReady: () => isDatabaseReady(db),
    now: options.now ?? (() => new Date()),
    logger: options.logger,
    graphiql: options.graphiql,
    ...(options.pollMs !== undefined && { pollMs: options.pollMs }),
    ...(options.maxStreams !== undefined && { maxStreams: options.maxStreams }),
  });
}
