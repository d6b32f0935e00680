import { IS_ANOMALY, NO_ANOMALY } from './anomaly.ts';

/** Whole seconds between two columns; each instant is floored once, as the phases are. */
function secondsBetween(from: string, to: string): string {
  return `floor(extract(epoch FROM ${to}))::bigint - floor(extract(epoch FROM ${from}))::bigint`;
}

/** What was merged into the head of another pull request, or into a branch that is not tracked, is counted apart. */
const IS_TRACKED = `p.base_kind = 'TRACKED'`;
const IS_ELSEWHERE = `p.base_kind <> 'TRACKED'`;
/** Times that contradict each other are in no sum of times. */
const HAS_TIMES = `${IS_TRACKED} AND ${NO_ANOMALY}`;

const MERGED_SUMS: readonly (readonly [name: string, sum: string, condition?: string])[] = [
  ['counted', 'count(*)'],
  ['cycle_time', 'sum(p.cycle_time_seconds)', HAS_TIMES],
  ['coding', 'sum(p.coding_seconds)', HAS_TIMES],
  ['pickup', 'sum(p.pickup_seconds)', HAS_TIMES],
  ['review', 'sum(p.review_seconds)', HAS_TIMES],
  ['merge_wait', 'sum(p.merge_wait_seconds)', HAS_TIMES],
  ['open_to_merge', `sum(${secondsBetween('p.created_at', 'p.merged_at')})`, HAS_TIMES],
  ['first_review', `sum(${secondsBetween('p.created_at', 'p.first_review_at')})`, HAS_TIMES],
  ['reviewed', 'count(p.first_review_at)', HAS_TIMES],
  ['anomalies', 'count(*)', `${IS_TRACKED} AND ${IS_ANOMALY}`],
  ['anomalies_reviewed', 'count(p.first_review_at)', `${IS_TRACKED} AND ${IS_ANOMALY}`],
  ['elsewhere_reviewed', 'count(p.first_review_at)', IS_ELSEWHERE],
  ['elsewhere_reverts', 'sum(p.is_revert::integer)', IS_ELSEWHERE],
  ['elsewhere_hotfixes', 'sum(p.is_hotfix::integer)', IS_ELSEWHERE],
  ['sized', 'count(p.additions)'],
  ['additions', 'sum(p.additions)'],
  ['deletions', 'sum(p.deletions)'],
  ['reverts', 'sum(p.is_revert::integer)'],
  ['hotfixes', 'sum(p.is_hotfix::integer)'],
];

/** SQL of what a member week sums up of merged pull requests `p`: `n` is all of them, and each sum has its name. */
export const SUMS_OF_MERGED = `count(*) AS n, ${MERGED_SUMS.map(
  ([name, sum, condition = IS_TRACKED]) => `${sum} FILTER (WHERE ${condition}) AS ${name}`,
).join(', ')}`;
