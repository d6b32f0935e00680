import type { DbTransaction } from './client.ts';

/** What JSON holds; ids are decimal strings. */
export type AuditValue = string | number | boolean | null | readonly AuditValue[] | AuditDetails;

/** What was done, for a person to read: names and numbers, never secrets. */
export interface AuditDetails {
  readonly [key: string]: AuditValue;
}

export interface AuditEntry {
  readonly teamId: bigint;
  /** The user who did it; null when the system did. */
  readonly actorId: bigint | null;
  /** Upper case with underscores, such as RETENTION. */
  readonly action: string;
  readonly details: AuditDetails;
}

/** Appends one line to the team's audit, in the transaction that makes the change. */
export async function recordAudit(tx: DbTransaction, entry: AuditEntry): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO admin_audit (team_id, actor_id, action, details)
    VALUES (${entry.teamId}, ${entry.actorId}, ${entry.action}, ${JSON.stringify(entry.details)}::text::jsonb)`;
}
