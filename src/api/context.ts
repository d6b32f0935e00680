import type { WorkflowLauncher } from '../contracts/launcher.ts';
import type { Identity } from '../db/reads/authentication.ts';
import type { ReadSource } from '../db/reads/read-source.ts';
import type { SyncRunChanges } from '../db/reads/sync-run-changes.ts';
import type { OpenBackfillRunInput } from '../db/sync-runs.ts';
import { unauthenticated } from './errors.ts';
import type { RequestReads } from './request-reads.ts';
import type { StreamRegistry } from './stream-registry.ts';

/** Writes the row of a started backfill, once per run of its workflow; answers its id. */
export type RecordBackfill = (input: OpenBackfillRunInput) => Promise<bigint>;

/** What resolvers work with beyond the request; the same for all requests. */
export interface ApiServices {
  readonly reads: ReadSource;
  readonly launcher: WorkflowLauncher;
  readonly recordBackfill: RecordBackfill;
  readonly syncRunChanges: SyncRunChanges;
  readonly streams: StreamRegistry;
  readonly now: () => Date;
  /** How often a stream looks for itself, in milliseconds. */
  readonly pollMs: number;
}

/** One request, or one event of a subscription. */
export interface ApiContext {
  readonly requestId: string;
  readonly signal: AbortSignal;
  /** Null when the request carries no valid token. */
  readonly viewer: Identity | null;
  /** Asks again who the token belongs to: streams outlive revocations. */
  readonly authenticateAgain: () => Promise<Identity | null>;
  readonly reads: RequestReads;
  readonly services: ApiServices;
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
