import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WeeklySums } from '../../../src/domain/rollups/weekly-sums.ts';
import { METRICS } from '../../../src/metrics/index.ts';
import { countLeftOut, evaluateMetric, type Metric } from '../../../src/metrics/metric.ts';

const EMPTY: WeeklySums = {
  pullRequestsOpened: 0n,
  pullRequestsMerged: 0n,
  pullRequestsClosed: 0n,
  pullRequestsMergedElsewhere: 0n,
  elsewhereReviewedCount: 0n,
  elsewhereRevertCount: 0n,
  elsewhereHotfixCount: 0n,
  cycleTimeSeconds: 0n,
  codingSeconds: 0n,
  pickupSeconds: 0n,
  reviewSeconds: 0n,
  mergeWaitSeconds: 0n,
  openToMergeSeconds: 0n,
  firstReviewSeconds: 0n,
  firstReviewCount: 0n,
  sizedCount: 0n,
  anomalyCount: 0n,
  anomalyReviewedCount: 0n,
  additions: 0n,
  deletions: 0n,
  revertCount: 0n,
  hotfixCount: 0n,
  reviewsSubmitted: 0n,
  reviewedPullRequests: 0n,
  commits: 0n,
  aiSuggestionsShown: 0n,
  aiSuggestionsAccepted: 0n,
  aiActiveDays: 0n,
};

const NAMES = Object.keys(EMPTY) as (keyof WeeklySums)[];

/** Sums of a week, as the rollup writes them: counts up to thousands, seconds of either sign. */
const anyWeek: fc.Arbitrary<WeeklySums> = fc
  .array(fc.bigInt({ min: 0n, max: 5_000n }), { minLength: NAMES.length, maxLength: NAMES.length })
  .chain((values) =>
    fc.bigInt({ min: -1_000_000_000n, max: 1_000_000_000n }).map((seconds) => {
      const entries = NAMES.map((name, index) => {
        const value = values[index] ?? 0n;
        return [name, name.endsWith('Seconds') ? value + seconds : value] as const;
      });
      const week = Object.fromEntries(entries) as Record<keyof WeeklySums, bigint>;
      // They are some of the merged ones, at most all.
      return { ...week, anomalyCount: week.anomalyCount % (week.pullRequestsMerged + 1n) };
    }),
  );

function add(weeks: readonly WeeklySums[]): WeeklySums {
  const sums: Record<keyof WeeklySums, bigint> = { ...EMPTY };
  for (const name of NAMES) {
    sums[name] = weeks.reduce((sum, week) => sum + week[name], 0n);
  }
  return sums;
}

/** What a metric is by its declaration, in exact fractions: the total, or the total a piece. */
function exactly(metric: Metric, sums: WeeklySums): { over: bigint; under: bigint } {
  const { total, per, except } = metric;
  const left = except === undefined ? 0n : sums[except];
  return { over: sums[total], under: per === undefined ? 1n : sums[per] - left };
}

const COUNTS = METRICS.filter(({ unit }) => unit !== 'SECONDS' && unit !== 'LINES');

describe('the list of metrics', () => {
  it('has keys that are unique and in camelCase, and titles that are unique', () => {
    const keys = METRICS.map(({ key }) => key);
    expect(new Set(keys).size).toBe(METRICS.length);
    expect(new Set(METRICS.map(({ title }) => title)).size).toBe(METRICS.length);
    for (const key of keys) {
      expect(key).toMatch(/^[a-z][a-z]*([A-Z][a-z]*)*$/);
    }
  });

  it('holds what the design names beside the phases', () => {
    const keys = METRICS.map(({ key }) => key);
    expect(keys).toEqual(
      expect.arrayContaining(
        'cycleTime codingTime pickupTime reviewTime mergeWait openToMerge timeToFirstReview'.split(
          ' ',
        ),
      ),
    );
  });

  it.each(METRICS)('$key says in one sentence what it is', ({ description, title }) => {
    expect(description).toMatch(/^[A-Z][^\n]{20,240}\.$/);
    expect(title).toMatch(/^[A-Z][A-Za-z ]{3,40}$/);
  });

  it.each(METRICS)('$key is made of sums that are stored', ({ total, per, unit }) => {
    expect(NAMES).toContain(total);
    expect(total.endsWith('Seconds')).toBe(unit === 'SECONDS');
    expect(per === undefined).toBe(unit !== 'SECONDS');
    expect([...NAMES, undefined]).toContain(per);
  });
});

describe('what a metric leaves out', () => {
  const week = {
    ...EMPTY,
    pullRequestsMergedElsewhere: 8n,
    elsewhereReviewedCount: 4n,
    elsewhereRevertCount: 2n,
    elsewhereHotfixCount: 1n,
    pullRequestsMerged: 9n,
    anomalyCount: 7n,
    anomalyReviewedCount: 5n,
  };

  it('is said by each mean, each by its own count', () => {
    for (const metric of METRICS.filter(({ unit }) => unit === 'SECONDS')) {
      const isReviewed = metric.key === 'timeToFirstReview';
      expect({ key: metric.key, ...countLeftOut(metric, week) }).toEqual({
        key: metric.key,
        ANOMALY: isReviewed ? 5n : 7n,
        OTHER_BRANCH: isReviewed ? 4n : 8n,
      });
    }
  });

  it('is said by each count of merged ones, and anomalies count there', () => {
    const counts = COUNTS.map((metric) => [metric.key, countLeftOut(metric, week)] as const);
    const said = counts.filter(([, { OTHER_BRANCH }]) => OTHER_BRANCH > 0n);
    expect(said).toEqual([
      ['pullRequestsMerged', { ANOMALY: 0n, OTHER_BRANCH: 8n }],
      ['reverts', { ANOMALY: 0n, OTHER_BRANCH: 2n }],
      ['hotfixes', { ANOMALY: 0n, OTHER_BRANCH: 1n }],
    ]);
    expect(counts.every(([, { ANOMALY }]) => ANOMALY === 0n)).toBe(true);
  });
});

describe('a metric over nothing', () => {
  it('is zero when it counts', () => {
    expect(COUNTS.length).toBeGreaterThan(5);
    for (const metric of COUNTS) {
      expect(evaluateMetric(metric, EMPTY)).toEqual({ value: 0, n: 0, reason: null });
    }
  });

  it('is unknown, with the reason, when it measures', () => {
    const measures = METRICS.filter((metric) => !COUNTS.includes(metric));
    expect(measures.length).toBeGreaterThan(5);
    for (const metric of measures) {
      expect({ key: metric.key, ...evaluateMetric(metric, EMPTY) }).toEqual({
        key: metric.key,
        value: null,
        n: 0,
        reason: 'NOTHING_TO_MEASURE',
      });
    }
  });

  it('is unknown, not zero, for lines of pull requests whose sizes the source did not say', () => {
    const unsized = { ...EMPTY, pullRequestsMerged: 26n };
    const empty = { ...EMPTY, pullRequestsMerged: 26n, sizedCount: 26n };
    for (const metric of METRICS.filter(({ unit }) => unit === 'LINES')) {
      expect(evaluateMetric(metric, unsized).value).toBeNull();
      expect(evaluateMetric(metric, empty)).toEqual({ value: 0, n: 26, reason: null });
    }
  });
});

describe('the value of a metric', () => {
  it.each([
    [0n, 4n, 0],
    [1n, 2n, 1],
    [-1n, 2n, -1],
    [3n, 2n, 2],
    [-3n, 2n, -2],
    [5n, 2n, 3],
    [1n, 3n, 0],
    [2n, 3n, 1],
    [-2n, 3n, -1],
    [49n, 100n, 0],
    [50n, 100n, 1],
    [-50n, 100n, -1],
    // 17.92 hours and 2.75 hours of the worked example.
    [193_500n, 3n, 64_500],
    [19_800n, 2n, 9_900],
  ])('of %d seconds over %d is %d: half away from zero', (total, n, expected) => {
    for (const metric of METRICS.filter(({ unit }) => unit === 'SECONDS')) {
      const sums = { ...EMPTY, [metric.total]: total, [metric.per ?? 'commits']: n };
      const value = { value: expected, n: Number(n), reason: null };
      expect(evaluateMetric(metric, sums)).toEqual(value);
    }
  });

  it('is the nearest whole number to the exact one, for any sums', () => {
    fc.assert(
      fc.property(anyWeek, fc.constantFrom<Metric>(...METRICS), (sums, metric) => {
        const { over, under } = exactly(metric, sums);
        const { value, n } = evaluateMetric(metric, sums);
        fc.pre(value !== null);
        const off = BigInt(value) * under - over;
        const distance = 2n * (off < 0n ? -off : off);
        expect(distance <= under).toBe(true);
        // At exactly a half the value lies farther from zero than the fraction does.
        expect(distance < under || off < 0n === over < 0n).toBe(true);
        expect(n).toBeGreaterThan(-1);
      }),
      { numRuns: 500 },
    );
  });

  it('over several weeks is that of the added sums, however they are grouped', () => {
    fc.assert(
      fc.property(fc.array(anyWeek, { minLength: 1, maxLength: 6 }), fc.nat(6), (weeks, cut) => {
        const all = add(weeks);
        const parts = add([add(weeks.slice(0, cut)), add(weeks.slice(cut))]);
        for (const metric of METRICS) {
          const value = evaluateMetric(metric, all);
          expect(evaluateMetric(metric, parts)).toEqual(value);
          const measured = weeks.reduce((sum, week) => sum + evaluateMetric(metric, week).n, 0);
          expect(value.n).toBe(measured);
        }
      }),
      { numRuns: 100 },
    );
  });
});
