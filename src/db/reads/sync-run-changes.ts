/** Tells who follows a run that it may have changed. A nudge, not the truth: the row is read again. */
export interface SyncRunChanges {
  /**
   * Yields after changes of the run; several at once may come as one, and one may come without a change. Changes
   * while nobody listens are lost, so the reader polls too. Ends when the signal aborts.
   * @param runId id of the job, or of a walk that belongs to none
   */
  subscribe(teamId: bigint, runId: bigint, signal: AbortSignal): AsyncIterable<void>;
}
