import type { WorkflowLauncher } from '../../contracts/launcher.ts';
import type { SecretBox } from '../../db/core/secret-box.ts';
import type { WriteSource } from '../../db/core/write-source.ts';
import type { Identity } from '../../db/reads/authentication.ts';
import type { ReadSource } from '../../db/reads/read-source.ts';
import type { ReadScope } from '../../db/reads/read-transaction.ts';
import type { DatabaseReport } from '../../db/report/database-report.ts';
import type { RequestDeadlines } from '../../domain/core/deadlines.ts';
import type { AllowedHosts } from '../../domain/connections/github-host.ts';
import { unauthenticated } from './errors.ts';
import type { ObservedOperation } from './observation.ts';
import type { QueryBudgets } from './query-budgets.ts';
import type { RequestReads } from './request-reads.ts';
import type { StreamRegistry } from './stream-registry.ts';
import type { SyncRunWatch } from './sync-run-watch.ts';

/** Measures the database; `top` is how many rows each table shows. */
export type ReadDatabaseReport = (top: number) => Promise<DatabaseReport>;

/** What resolvers work with beyond the request; the same for all requests. */
export interface ApiServices {
  readonly reads: ReadSource;
  readonly writes: WriteSource;
  readonly launcher: WorkflowLauncher;
  /** Seals the secrets of connections and webhooks; null where the gateway was started without a key. */
  readonly secrets: SecretBox | null;
  /** Hosts to which an admin may connect a team. */
  readonly allowedHosts: AllowedHosts;
  /** Root under which GitHub reaches the gateway, without a slash at its end; null when it is not known. */
  readonly publicUrl: string | null;
  /** Share of GitHub's limits, 0 to 1, that syncs leave to interactive use. */
  readonly githubReserve: number;
  readonly syncRunWatch: SyncRunWatch;
  /** Null where nothing connects as the owner of the tables. */
  readonly readDatabaseReport: ReadDatabaseReport | null;
  readonly streams: StreamRegistry;
  readonly budgets: QueryBudgets;
  readonly now: () => Date;
  /** How long an operation may take, and how long a mutation waits for a rollup and for the test of a connection. */
  readonly deadlines: Pick<RequestDeadlines, 'operationMs' | 'rebuildMs' | 'connectionTestMs'>;
  /** How often a stream looks for changes by itself, in milliseconds. */
  readonly pollMs: number;
}

/** One request, or one event of a subscription. */
export interface ApiContext {
  readonly requestId: string;
  /** What is told of the request where it is logged and counted. */
  readonly observed: ObservedOperation;
  /** Aborts when the client has gone; in a query or mutation also when its time is up. */
  readonly signal: AbortSignal;
  /** Null when the request carries no valid token. */
  readonly viewer: Identity | null;
  /** Whose budget the request spends: a valid token has one of its own, requests without one share one. */
  readonly account: string;
  /** Asks again who the token belongs to: streams outlive revocations. */
  readonly authenticateAgain: () => Promise<Identity | null>;
  readonly reads: RequestReads;
  readonly services: ApiServices;
}

/** What a viewer may read; without one, nothing. */
export function readScopeOf(viewer: Identity | null): ReadScope {
  return viewer ?? { userId: 0n, teamIds: [] };
}

/** @throws DomainError UNAUTHENTICATED */
export function requireViewer(context: ApiContext): Identity {
  if (context.viewer === null) {
    throw unauthenticated();
  }
  return context.viewer;
}

/** Matches no row: what is not the viewer's is asked for under this id. */
const NOBODY = -1n;

/** The team's id if the viewer belongs to it, else one that no row has. */
export function visibleTeamId(context: ApiContext, teamId: bigint): bigint {
  return context.viewer?.teamIds.includes(teamId) === true ? teamId : NOBODY;
}
