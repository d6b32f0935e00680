import type { AiSeatFact } from './ai-usage-report.ts';

/**
 * A seat for each member: of several seats of one person, such as of accounts that were merged, the one that was used last,
 * and of those that were never used the one that was assigned last.
 */
export function lastUsedSeats<Row extends AiSeatFact & { readonly memberId: bigint }>(
  rows: readonly Row[],
): Row[] {
  const byMember = new Map<bigint, Row>();
  for (const row of rows) {
    const other = byMember.get(row.memberId);
    if (other === undefined || isUsedLater(row, other)) {
      byMember.set(row.memberId, row);
    }
  }
  return [...byMember.values()];
}

function isUsedLater(seat: AiSeatFact, other: AiSeatFact): boolean {
  const time = (date: Date | null): number => date?.getTime() ?? Number.NEGATIVE_INFINITY;
  const [used, before] = [time(seat.lastActivityAt), time(other.lastActivityAt)];
  return used === before ? time(seat.assignedAt) > time(other.assignedAt) : used > before;
}
