import { defineSection, fine, look, type Finding } from './section.ts';

export interface UsageMonth {
  /** YYYY-MM. */
  readonly month: string;
  readonly isThere: boolean;
  readonly state: string;
}

/** This month and the three that housekeeping makes ahead. */
const MONTHS = `
SELECT to_char(month, 'YYYY-MM') AS month, there AS "isThere", CASE WHEN there THEN 'there' ELSE 'missing' END AS state
FROM (
  SELECT month, to_regclass(format('partitions.%I', to_char(month, '"ai_usage_daily_"YYYY_MM'))) IS NOT NULL AS there
  FROM generate_series(date_trunc('month', $1::timestamptz AT TIME ZONE 'UTC'),
    date_trunc('month', $1::timestamptz AT TIME ZONE 'UTC') + interval '3 months', interval '1 month') AS month
) AS months ORDER BY month`;

/** Says which partitions of ai_usage_daily are not there ahead of time. */
export function evaluatePartitions(rows: readonly UsageMonth[]): readonly Finding[] {
  const missing = rows.filter((row) => !row.isThere).map((row) => row.month);
  return missing.length === 0
    ? [fine('The partitions of AI usage are there for this month and the next three.')]
    : [
        look(
          `Partitions of AI usage are missing for ${missing.join(', ')}; each is made when its first row is written.`,
          'Run `throughline retention`, and see that its schedule runs: it makes them ahead of time.',
        ),
      ];
}

/** Partitions of ai_usage_daily ahead of time. */
export const readPartitions = defineSection<UsageMonth>({
  key: 'partitions',
  title: 'Partitions ahead',
  columns: { month: ['month', 'text'], state: ['partition', 'text'] },
  read: async (connection, { now }) => (await connection.query<UsageMonth>(MONTHS, [now])).rows,
  evaluate: evaluatePartitions,
});
