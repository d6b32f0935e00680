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

/** What a write reports to the audit; the team and the actor are those of the transaction. */
export type AuditRecord = Pick<AuditEntry, 'action' | 'details'>;

/**
 * What a write returns to the code that opened its transaction, which records the audit. No write can leave it out: it
 * reports that nothing was changed, or what was.
 */
export interface Written<Result> {
  readonly result: Result;
  readonly audit: AuditRecord | 'UNCHANGED';
}

/** Records in the audit what a write has reported, in its transaction. @returns the result of the write */
export async function recordWritten<Result>(
  tx: DbTransaction,
  by: Pick<AuditEntry, 'teamId' | 'actorId'>,
  { result, audit }: Written<Result>,
): Promise<Result> {
  if (audit !== 'UNCHANGED') {
    await recordAudit(tx, { ...by, ...audit });
  }
  return result;
}

/** Appends one line to the team's audit, in the transaction that makes the change. */
export async function recordAudit(tx: DbTransaction, entry: AuditEntry): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO admin_audit (team_id, actor_id, action, details)
    VALUES (${entry.teamId}, ${entry.actorId}, ${entry.action}, ${JSON.stringify(entry.details)}::text::jsonb)`;
}

/** Appends one line to the audit of the installation, in the transaction that makes the change. */
export async function recordInstanceAudit(
  tx: DbTransaction,
  entry: Omit<AuditEntry, 'teamId'>,
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO instance_audit (actor_id, action, details)
    VALUES (${entry.actorId}, ${entry.action}, ${JSON.stringify(entry.details)}::text::jsonb)`;
}
