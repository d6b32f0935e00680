/** What crosses the Temporal border for rollups. */

export interface RollUpDirtyWeeksInput {
  readonly teamId: string;
  /** At most this many weeks in one statement and transaction. */
  readonly maxWeeks: number;
}

export interface RollUpDirtyWeeksResult {
  readonly weeks: number;
  readonly rowsWritten: number;
  readonly rowsRemoved: number;
  readonly marksConsumed: number;
  /** True when marks of other weeks are left for another call. */
  readonly more: boolean;
}

/** Activities of the queue `compute`. Every one may run twice: the second time changes nothing. */
export interface ComputeActivities {
  rollUpDirtyWeeks(input: RollUpDirtyWeeksInput): Promise<RollUpDirtyWeeksResult>;
}
