import type { ReadDatabaseReport } from '../../api/core/context.ts';
import { createApiHandler, type ApiHandler } from '../../api/handler.ts';
import type { Logger } from '../../api/core/logger.ts';
import type { OnOperation } from '../../api/core/observation.ts';
import { createQueryBudgets } from '../../api/core/query-budgets.ts';
import { createStreamRegistry } from '../../api/core/stream-registry.ts';
import { createSyncRunWatch } from '../../api/core/sync-run-watch.ts';
import { createTokenLookup } from '../../api/http/authentication.ts';
import { createByteBudget } from '../../api/webhooks/byte-budget.ts';
import { MAX_WEBHOOK_BYTES } from '../../api/webhooks/github-webhook.ts';
import type { CreateHmac } from '../../api/webhooks/signature.ts';
import { describeMissingWorkers } from '../../contracts/queue-service.ts';
import type { WorkflowLauncher } from '../../contracts/launcher.ts';
import type { Db } from '../../db/core/client.ts';
import type { SecretBox } from '../../db/core/secret-box.ts';
import { createWriteSource, type WriteSource } from '../../db/core/write-source.ts';
import { findIdentities, isDatabaseReady } from '../../db/reads/authentication.ts';
import { createTokenUseNotes } from '../../db/reads/token-uses.ts';
import { createReadSource } from '../../db/reads/read-source.ts';
import { createReplica, type ReplicaOptions } from '../../db/reads/replica.ts';
import type { SyncRunChanges } from '../../db/reads/sync-run-changes.ts';
import { DEADLINES, type Deadlines } from '../../domain/core/deadlines.ts';
import { QUERY_LIMITS, type QueryLimits } from '../../domain/core/query-limits.ts';
import type { AllowedHosts } from '../../domain/connections/github-host.ts';
import { createWebhookServices } from '../webhooks/webhooks.ts';

export interface GatewayOptions {
  /** As the application role. The caller made it and ends it, after `dispose`. */
  readonly db: Db;
  /** Answers reads where it is not too far behind; the caller ends its client too. */
  readonly replica?: Pick<ReplicaOptions, 'replica' | 'maxLagSeconds' | 'onChange'>;
  /** Takes what requests write; over `db` unless given. */
  readonly writes?: WriteSource;
  readonly launcher: WorkflowLauncher;
  /** Whether Temporal answers; never rejects. True unless given. */
  readonly isTemporalThere?: () => Promise<boolean>;
  /** Seals and opens the secrets of connections and webhooks; without it no webhook is taken. */
  readonly secrets?: SecretBox;
  /** Verifies the signatures of webhooks; the host's own. */
  readonly createHmac: CreateHmac;
  /**
   * Bytes of bodies that are held at the same time, those of webhooks and those of GraphQL each; more is answered 503.
   * Default 100 MB.
   */
  readonly maxHeldBytes?: number;
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
  /** Origins of other sites whose pages may ask; none unless given. */
  readonly allowedOrigins?: ReadonlySet<string>;
  /** Hears of each request to /graphql that is answered. */
  readonly onOperation?: OnOperation | undefined;
  readonly logger: Logger;
  readonly now?: () => Date;
  /** How long requests wait for what they need. The product's deadlines by default. */
  readonly deadlines?: Deadlines;
  /** How often a run that is followed is looked at although no change was told. Default 2 s. */
  readonly pollMs?: number;
  /** Looks at one run begin at least so far apart. Default 100 ms. */
  readonly lookGapMs?: number;
  /** Subscriptions at a time. Default 1,000. */
  readonly maxStreams?: number;
  /** Reads of one user that hold a connection at a time. All of them unless given. */
  readonly readsPerUser?: number;
  /** What queries may cost; the product's limits by default. Null lets every query run, for measuring. */
  readonly queryLimits?: QueryLimits | null;
}

/** The API over a database, for any host. */
export type Gateway = ApiHandler;

/** Composes the API with a database. Knows no host: it takes what differs between them. */
export function createGateway(options: GatewayOptions): Gateway {
  const { db, secrets = null, launcher, logger, queryLimits = QUERY_LIMITS } = options;
  const { isTemporalThere = async () => true } = options;
  const now = options.now ?? (() => new Date());
  const { reads, requests } = options.deadlines ?? DEADLINES;
  const replica =
    options.replica &&
    createReplica({
      ...options.replica,
      primary: db,
      now: () => performance.now(),
      lookMs: reads.replicaMs,
    });
  const readSource = createReadSource(db, reads, replica, options.readsPerUser);
  // One each: whoever fills one of them with bodies that nobody has signed yet is not in the way of the other.
  const createHeldBudget = () => createByteBudget(options.maxHeldBytes ?? 4 * MAX_WEBHOOK_BYTES);
  const noteTokenUse = createTokenUseNotes(db, () => performance.now());
  return createApiHandler({
    heldBytes: createHeldBudget(),
    services: {
      reads: readSource,
      writes: options.writes ?? createWriteSource(db, { timeoutMs: requests.operationMs }),
      launcher,
      secrets,
      allowedHosts: options.allowedHosts ?? { names: new Set(), ranges: [] },
      publicUrl: options.publicUrl ?? null,
      githubReserve: options.githubReserve,
      syncRunWatch: createSyncRunWatch({
        reads: readSource,
        changes: options.syncRunChanges,
        pollMs: options.pollMs ?? 2_000,
        lookGapMs: options.lookGapMs ?? 100,
        clock: () => performance.now(),
        readOuterWait: async () => describeMissingWorkers(await launcher.readQueues()),
      }),
      readDatabaseReport: options.readDatabaseReport ?? null,
      streams: createStreamRegistry(options.maxStreams ?? 1_000),
      budgets: createQueryBudgets({
        pointsPerMinute: (queryLimits ?? QUERY_LIMITS).pointsPerMinute,
        clock: () => performance.now(),
      }),
      now,
      deadlines: requests,
      pollMs: options.pollMs ?? 2_000,
    },
    authenticate: createTokenLookup((tokenHashes) =>
      findIdentities(db, tokenHashes, { maxWaitMs: reads.identityMs, onUseDue: noteTokenUse }),
    ),
    webhooks:
      secrets === null
        ? null
        : createWebhookServices({
            db,
            secrets,
            launcher,
            logger,
            now,
            announcingMs: requests.announcingMs,
            createHmac: options.createHmac,
            heldBytes: createHeldBudget(),
          }),
    lookAtParts: async () => {
      const [database, temporal] = await Promise.all([isDatabaseReady(db), isTemporalThere()]);
      return { database, temporal };
    },
    logger,
    // What the budget of a minute does not hold could never run.
    costLimits: queryLimits && {
      pointsPerQuery: Math.min(queryLimits.pointsPerQuery, queryLimits.pointsPerMinute),
    },
    graphiql: options.graphiql,
    allowedOrigins: options.allowedOrigins ?? new Set(),
    onOperation: options.onOperation,
  });
}
