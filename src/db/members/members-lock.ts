import type { DbTransaction } from '../core/client.ts';

/** How long members are waited for: pages that are being written must end first. */
export const MEMBERS_LOCK_WAIT_MS = 30_000;

/** Name of the lock under which members are merged: whoever writes facts holds it together with other such writers. */
export function membersLock(teamId: bigint): string {
  return `members:${teamId}`;
}

/** Holds the lock to the end of the transaction together with other writers of facts: no merge comes between. */
export async function shareMembers(tx: DbTransaction, teamId: bigint): Promise<void> {
  await tx.$queryRaw`SELECT pg_advisory_xact_lock_shared(
    hashtextextended('throughline:' || ${membersLock(teamId)}, 0))::text`;
}

/** Holds the lock to the end of the transaction alone, once the pages that are being written have ended. */
export async function holdMembers(tx: DbTransaction, teamId: bigint): Promise<void> {
  const [before] = await tx.$queryRaw<{ timeout: string }[]>`
    SELECT current_setting('lock_timeout') AS timeout`;
  await tx.$queryRaw`SELECT set_config('lock_timeout', ${`${MEMBERS_LOCK_WAIT_MS}ms`}, true),
    pg_advisory_xact_lock(hashtextextended('throughline:' || ${membersLock(teamId)}, 0))::text`;
  await tx.$queryRaw`SELECT set_config('lock_timeout', ${before?.timeout ?? '0'}, true)`;
}
