/** One member's or one group's week as it is stored: sums in whole seconds or lines, and counts. Never means. */
export interface WeeklySums {
  readonly pullRequestsOpened: bigint;
  readonly pullRequestsMerged: bigint;
  readonly pullRequestsClosed: bigint;
  /** Merged into branches that do not count. */
  readonly pullRequestsMergedElsewhere: bigint;
  /** Of those merged elsewhere: with a first review, reverts and hotfixes. */
  readonly elsewhereReviewedCount: bigint;
  readonly elsewhereRevertCount: bigint;
  readonly elsewhereHotfixCount: bigint;
  readonly cycleTimeSeconds: bigint;
  readonly codingSeconds: bigint;
  readonly pickupSeconds: bigint;
  readonly reviewSeconds: bigint;
  readonly mergeWaitSeconds: bigint;
  readonly openToMergeSeconds: bigint;
  readonly firstReviewSeconds: bigint;
  readonly firstReviewCount: bigint;
  readonly sizedCount: bigint;
  /** Merged pull requests with a negative span: they count as merged, and are in no sum of seconds. */
  readonly anomalyCount: bigint;
  /** Of those: with a first review. */
  readonly anomalyReviewedCount: bigint;
  readonly additions: bigint;
  readonly deletions: bigint;
  readonly revertCount: bigint;
  readonly hotfixCount: bigint;
  readonly reviewsSubmitted: bigint;
  /** Distinct: of a group it is not the sum of its members'. */
  readonly reviewedPullRequests: bigint;
  readonly commits: bigint;
  readonly aiSuggestionsShown: bigint;
  readonly aiSuggestionsAccepted: bigint;
  readonly aiActiveDays: bigint;
}
