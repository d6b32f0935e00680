/** Days from a week's first day to that of the week with another week start that shares at least six days with it. */
export function weekShift(firstDay: string, otherFirstDay: string): string {
  return `CASE ${firstDay} WHEN ${otherFirstDay} THEN 0 WHEN 'SUNDAY' THEN 1 ELSE -1 END`;
}

/** First day of the week that a calendar date lies in. */
export function weekOfDate(date: string, firstDay: string): string {
  return `throughline_week_start((${date})::timestamp AT TIME ZONE 'UTC', 'UTC', ${firstDay})`;
}

/** The instants among which a span's rows lie: a day more on either side than any zone needs. */
export function spanBounds(week: string, lastWeek: string, zone: string): string {
  return `(${week} - 1)::timestamp AT TIME ZONE ${zone} AS from_at,
    (${lastWeek} + 8)::timestamp AT TIME ZONE ${zone} AS to_at`;
}

/** The same of one week by its week start, and the stored week to read usage from when its days have been removed. */
export function memberWeekBounds(week: string, target: string): string {
  const stored = `${week} + ${target}.shift`;
  return `${spanBounds(week, week, `${target}.time_zone`)},
    CASE WHEN ${stored} < ${target}.ai_usage_retained_from THEN ${stored} END AS retained_week`;
}
