import type { ConnectionInput, TeamInput } from './keys.ts';
import type { WorkflowStart } from './launcher.ts';
import type { WaitStep } from './wait.ts';
import { syncMembersWorkflowId } from './workflow-ids.ts';

/** Contracts of the sync of organisations' members. Ids are decimal strings. */

export type SyncMembersInput = TeamInput;

/** An owner of repositories of the team, and the connection that can read them. */
export interface OrganizationInput extends ConnectionInput {
  /** Login of the owner. */
  readonly organization: string;
  /** Where the call before this one had to wait; absent in the first call. */
  readonly cursor?: MembersCursor;
}

/** How far a call came before it had to wait. What it read is stored; who left is only known at the end. */
export interface MembersCursor {
  /** Behind the last page. */
  readonly after: string;
  /** GitHub's ids of all members up to that page: at most a megabyte, for the largest organisation that is read. */
  readonly seen: readonly string[];
  readonly written: number;
  /** Entries that could not be read; absent where all could. */
  readonly unread?: number;
  /** Logins of those that show no id, at most 100; absent where there is none. */
  readonly unreadLogins?: readonly string[];
  /** How many of those show nothing of whose they are; all, where it is absent beside `unread`. */
  readonly unnamed?: number;
}

export interface PlanMemberSyncResult {
  readonly organizations: readonly OrganizationInput[];
}

export type SyncOrganizationResult =
  /** The next call has the cursor, which is absent before the first page. */
  | (WaitStep & { readonly cursor?: MembersCursor })
  | ({ readonly next: 'DONE' } & SyncedOrganization);

export interface SyncedOrganization {
  readonly outcome: OrganizationOutcome;
  /** Absent where no list of collaborators failed. */
  readonly collaborators?: CollaboratorFailures;
}

/** Lists of a repository's collaborators that GitHub could not answer; the others were asked for all the same. */
export interface CollaboratorFailures {
  readonly failed: number;
  /** As sentences, with what GitHub said of the first. */
  readonly reason: string;
}

export type OrganizationOutcome =
  | {
      readonly state: 'STORED';
      /** Members that the organisation has, members that were written, and members that have left. */
      readonly members: number;
      readonly written: number;
      readonly left: number;
      /** Entries of GitHub's list that are empty or cannot be read; absent where there is none. The next sync reads all again. */
      readonly unread?: number;
      /**
       * Why nobody is taken to have left, as a sentence: somebody may be there of whom GitHub does not show who it is. Absent
       * where that is known of everybody.
       */
      readonly held?: string;
    }
  | { readonly state: 'UNCHANGED' }
  /** A person's account has no members. */
  | { readonly state: 'NOT_AN_ORGANIZATION' }
  /** GitHub does not show the members to this credential; the reason says what to do. */
  | { readonly state: 'REFUSED'; readonly reason: string };

export interface SyncMembersResult {
  readonly organizations: readonly (SyncedOrganization & { readonly organization: string })[];
}

/** Activities of the queue `sync` that read members. Each may run twice: the second time changes nothing. */
export interface MemberActivities {
  /** Lists the owners of the repositories that the team syncs. */
  planMemberSync(input: SyncMembersInput): Promise<PlanMemberSyncResult>;
  /**
   * Reads and stores all members of one organisation, or those after a cursor, unless nothing has changed; then the
   * collaborators of the owner's repositories, as far as GitHub shows them.
   */
  syncOrganizationMembers(input: OrganizationInput): Promise<SyncOrganizationResult>;
}

/** Workflow types, as they are registered and started. */
export const MEMBER_WORKFLOWS = { syncMembers: 'syncMembers' } as const;

/** The start of the sync of a team's members, by a person or a schedule; a second start joins the first. */
export function toMembersStart(teamId: string): WorkflowStart {
  const input: SyncMembersInput = { teamId };
  return {
    workflowType: MEMBER_WORKFLOWS.syncMembers,
    workflowId: syncMembersWorkflowId(teamId),
    taskQueue: 'sync',
    input,
    summary: "Members of the team's organisations",
    teamId,
  };
}
