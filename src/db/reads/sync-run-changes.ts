/** Notifies followers of a sync run that it may have changed. They have to read the row again. */
export interface SyncRunChanges {
  /**
   * Yields after changes of the run. Several changes may yield once, and it may yield without a change. Changes while
   * nobody listens are lost, so followers have to poll too. Ends when the signal aborts.
   * @param runId id of the job, or of a repository sync without a job
   */
  subscribe(teamId: bigint, runId: bigint, signal: AbortSignal): AsyncIterable<void>;
}
