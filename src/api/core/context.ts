import type { WorkflowLauncher } from '../../contracts/launcher.ts';
import type { AuditEntry } from '../../db/core/admin-audit.ts';
import type { ImportAiUsageInput, ImportedAiUsage } from '../../db/usage/ai-usage-import.ts';
import type { AiUsageSourceKey } from '../../db/usage/ai-usage-sources.ts';
import type { SetMemberKindInput } from '../../db/members/member-kind.ts';
import type { MergeMembersInput } from '../../db/members/member-merge.ts';
import type { CreateIncidentSourceInput } from '../../db/delivery/incident-sources.ts';
import type { ReportIncidentInput, ResolveIncidentInput } from '../../db/delivery/incidents.ts';
import type { ConnectionInput, SavedConnection } from '../../db/connections/connection-changes.ts';
import type { Identity } from '../../db/reads/authentication.ts';
import type { ReadScope, ReadSource } from '../../db/reads/read-source.ts';
import type { RowKey } from '../../db/reads/rows-by-key.ts';
import type { DatabaseReport } from '../../db/report/database-report.ts';
import type { SyncRunChanges } from '../../db/reads/sync-run-changes.ts';
import type { OpenRebuildInput } from '../../db/rollups/rollup-rebuild.ts';
import type { SyncControlRecord } from '../../db/sync/sync-control.ts';
import type { OpenBackfillRunInput } from '../../db/sync/sync-runs.ts';
import type { ChangeRetentionInput } from '../../db/teams/team-settings.ts';
import type { AllowedHosts } from '../../domain/connections/github-host.ts';
import { unauthenticated } from './errors.ts';
import type { RequestReads } from './request-reads.ts';
import type { StreamRegistry } from './stream-registry.ts';

/** Writes the row of a started backfill, once per run of its workflow; answers its id. */
export type RecordBackfill = (input: OpenBackfillRunInput) => Promise<bigint>;

/** Writes down what an admin asked of a run, and ends the rows of one whose workflow is gone. */
export type RecordSyncControl = (input: SyncControlRecord) => Promise<void>;

/** Writes down what an admin asked of a schedule. */
export type RecordScheduleControl = (entry: AuditEntry) => Promise<void>;

/** Writes the row of a started rebuild, once per run of its workflow; answers its id. */
export type RecordRebuild = (input: OpenRebuildInput) => Promise<bigint>;

/** Changes how long a team's data is kept. */
export type ChangeRetentionSettings = (input: ChangeRetentionInput) => Promise<void>;

/** Measures the database; `top` is how many rows each table shows. */
export type ReadDatabaseReport = (top: number) => Promise<DatabaseReport>;

/** Checks and writes usage that an admin hands in. */
export type ImportAiUsage = (input: ImportAiUsageInput) => Promise<ImportedAiUsage>;

/** What admins change about members. */
export interface MemberAdmin {
  readonly merge: (input: MergeMembersInput) => Promise<void>;
  readonly setKind: (input: SetMemberKindInput) => Promise<void>;
}

/** Gives a team a source of AI usage over its connection to GitHub; once, however often it is called. */
export type ConnectAiUsageSource = (key: AiUsageSourceKey) => Promise<unknown>;

/** Incidents that people report and end by hand, and the systems that tell of others. */
export interface IncidentLog {
  /** Answers the incident's id. */
  readonly report: (input: ReportIncidentInput) => Promise<bigint>;
  readonly resolve: (input: ResolveIncidentInput) => Promise<void>;
  /** Makes a source that tells of them; null when the team has one of this name. */
  readonly createSource: (input: CreateIncidentSourceInput) => Promise<bigint | null>;
}

/** What connections need of the rooms below. */
export interface ConnectionServices {
  /** Which hosts an admin may name. */
  readonly allowedHosts: AllowedHosts;
  /** Root under which GitHub reaches the gateway, without a slash at its end; null when it is not known. */
  readonly publicUrl: string | null;
  /** A mutation waits this long for a test, in milliseconds. */
  readonly testMs: number;
  /** Seals and stores; null when the team has no such connection. */
  readonly save: (input: ConnectionInput) => Promise<SavedConnection | null>;
  /** Erases the secrets; false when the team has no such connection. */
  readonly end: (key: RowKey & { readonly actorId: bigint }) => Promise<boolean>;
}

/** What resolvers work with beyond the request; the same for all requests. */
export interface ApiServices {
  readonly reads: ReadSource;
  readonly launcher: WorkflowLauncher;
  readonly recordBackfill: RecordBackfill;
  readonly recordSyncControl: RecordSyncControl;
  readonly recordScheduleControl: RecordScheduleControl;
  readonly recordRebuild: RecordRebuild;
  readonly changeRetentionSettings: ChangeRetentionSettings;
  readonly importAiUsage: ImportAiUsage;
  readonly connectAiUsageSource: ConnectAiUsageSource;
  readonly connections: ConnectionServices;
  /** Share of GitHub's limits, 0 to 1, that syncs leave to interactive use. */
  readonly githubReserve: number;
  readonly memberAdmin: MemberAdmin;
  readonly incidentLog: IncidentLog;
  readonly syncRunChanges: SyncRunChanges;
  /** Null where nothing connects as the owner of the tables. */
  readonly readDatabaseReport: ReadDatabaseReport | null;
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
