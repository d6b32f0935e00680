/** A calendar month in UTC, or the part of it that is looked at: from `from` on and before `to`, whole seconds. */
export interface MonthRange {
  /** First day of the month, `YYYY-MM-DD`. */
  readonly month: string;
  readonly from: Date;
  readonly to: Date;
}

const SECOND_MS = 1_000;

/**
 * The months from one instant up to and with another, oldest first, the first and the last limited to them, in
 * whole seconds; none where one of the instants is not known or the range is empty.
 */
export function monthsBetween(from: Date | null, upTo: Date | null): MonthRange[] {
  if (from === null || upTo === null) {
    return [];
  }
  const end = new Date((Math.floor(upTo.getTime() / SECOND_MS) + 1) * SECOND_MS);
  const months: MonthRange[] = [];
  let start = new Date(Math.ceil(from.getTime() / SECOND_MS) * SECOND_MS);
  while (start < end) {
    const next = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 1));
    const to = next < end ? next : end;
    months.push({ month: `${start.toISOString().slice(0, 7)}-01`, from: start, to });
    start = next;
  }
  return months;
}
