/** What queries may cost, in points: about one for an object that is answered. */
export interface QueryLimits {
  /** One query, at the most. */
  readonly pointsPerQuery: number;
  /** All queries of one access token in a minute. */
  readonly pointsPerMinute: number;
}

/** The product's limits where no others are set. */
export const QUERY_LIMITS: QueryLimits = { pointsPerQuery: 20_000, pointsPerMinute: 400_000 };
