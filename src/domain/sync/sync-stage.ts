/** What is read after the pull requests, each with a watermark of its own, in this order; only what is due. */
export const SYNC_STAGES = [
  'NESTED_LISTS',
  'REVIEW_COMMENTS',
  'CHECK_RUNS',
  'DEPLOYMENTS',
  'RELEASES',
] as const;

export type SyncStage = (typeof SYNC_STAGES)[number];
