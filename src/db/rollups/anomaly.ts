/**
 * Whether a span of pull request `p` is negative, as an SQL expression: see `anomalyOf` (src/domain/pulls). The index
 * pull_request_anomaly_idx has the same.
 */
export const IS_ANOMALY = 'least(p.first_review_at, p.merged_at, p.closed_at) < p.created_at';

/** SQL: the opposite, also where there is no time to compare. */
export const NO_ANOMALY = `(${IS_ANOMALY}) IS NOT TRUE`;
