import type { WeeklySums } from '../domain/rollups/weekly-sums.ts';

export type MetricUnit = 'SECONDS' | 'LINES' | 'PULL_REQUESTS' | 'REVIEWS' | 'COMMITS';

/** Which way is better; NEITHER where more is no merit. */
export type MetricDirection = 'LOWER' | 'HIGHER' | 'NEITHER';

/** One weekly metric: what it means and how it comes out of a week's sums. */
export interface Metric {
  /** Name in the API, camelCase. */
  readonly key: string;
  readonly title: string;
  /** One sentence with its exact bounds; printed in the documentation and in the schema. */
  readonly description: string;
  readonly unit: MetricUnit;
  readonly better: MetricDirection;
  /** The sum, or the count itself. */
  readonly total: keyof WeeklySums;
  /** What the sum is divided by. A metric without it is a plain count, zero and not unknown on an empty week. */
  readonly per?: keyof WeeklySums;
  /** With a mean: those of the divided count that are not in the sum. */
  readonly except?: keyof WeeklySums;
  /** With a mean: merged ones that it leaves out because their times contradict each other; `except` where that is absent. */
  readonly anomalies?: keyof WeeklySums;
  /** Of merged ones: those that it leaves out because of the branch that they went into. */
  readonly elsewhere?: keyof WeeklySums;
  /** With a plain sum: how many it was taken of. Where that is none, the sum is unknown and not zero. */
  readonly of?: keyof WeeklySums;
  /** True for a count of things that several members may share: those of members do not add up to that of a team. */
  readonly isDistinct?: true;
}

/** A metric's value: null with a reason where nothing was there to measure, never zero for that. */
export interface MetricValue {
  readonly value: number | null;
  readonly n: number;
  readonly reason: 'NOTHING_TO_MEASURE' | null;
}

/** Checks a definition where it is written. */
export function defineMetric(metric: Metric): Metric {
  return metric;
}

/**
 * The value of a metric over summed weeks. Sums of weeks add, so a quarter is computed from its weeks as well as a
 * week; a mean is rounded half away from zero, once, here.
 */
export function evaluateMetric(metric: Metric, sums: WeeklySums): MetricValue {
  const total = sums[metric.total];
  const n = countMeasured(metric, sums);
  if (n === null) {
    return { value: Number(total), n: Number(total), reason: null };
  }
  if (n === 0n) {
    return { value: null, n: 0, reason: 'NOTHING_TO_MEASURE' };
  }
  const value = metric.per === undefined ? total : divideHalfAwayFromZero(total, n);
  return { value: Number(value), n: Number(n), reason: null };
}

/** How many the value of a metric is taken of; null for a plain count. */
export function countMeasured(
  { per, of, except }: Pick<Metric, 'per' | 'of' | 'except'>,
  sums: WeeklySums,
): bigint | null {
  const measured = per ?? of;
  return measured === undefined
    ? null
    : sums[measured] - (except === undefined ? 0n : sums[except]);
}

/** How many a metric leaves out because of what they are, whoever counts; 0 where it leaves none out for the reason. */
export function countLeftOut(
  { except, anomalies = except, elsewhere }: Pick<Metric, 'except' | 'anomalies' | 'elsewhere'>,
  sums: WeeklySums,
): Readonly<Record<'ANOMALY' | 'OTHER_BRANCH', bigint>> {
  return {
    ANOMALY: anomalies === undefined ? 0n : sums[anomalies],
    OTHER_BRANCH: elsewhere === undefined ? 0n : sums[elsewhere],
  };
}

function divideHalfAwayFromZero(total: bigint, n: bigint): bigint {
  const magnitude = total < 0n ? -total : total;
  const rounded = (2n * magnitude + n) / (2n * n);
  return total < 0n ? -rounded : rounded;
}
