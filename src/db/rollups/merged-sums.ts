import { IS_ANOMALY, NO_ANOMALY } from './anomaly.ts';

/** The column with the part of a number that bots and AI agents merged; null there where that is none. */
export function machineColumn(column: string): string {
  return `machine_${column}`;
}

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

/** Names of the bot that merges what people have put into GitHub's merge queue. */
const MERGE_QUEUE = `'github-merge-queue', 'github-merge-queue[bot]'`;

/**
 * SQL: whether a bot or an AI agent merged. Whom GitHub no longer names was a person, as among reviewers, and so was whoever
 * put it into a merge queue. `$1` is the team.
 */
export const BY_MACHINE = `EXISTS (SELECT FROM member m WHERE m.team_id = $1::bigint AND m.id = p.merged_by_id
        AND m.kind IN ('BOT', 'AI_AGENT') AND lower(m.login) NOT IN (${MERGE_QUEUE})) AS by_machine`;

/**
 * Sums over merged pull requests `p`, with `BY_MACHINE` among their columns: each under its name, and the part that bots
 * and AI agents merged under the name that `machineColumn` makes of it.
 */
export const SUMMED_MERGES = MERGED_SUMS.flatMap(([name, sum, condition = IS_TRACKED]) => [
  `${sum} FILTER (WHERE ${condition}) AS ${name}`,
  `${sum} FILTER (WHERE p.by_machine AND ${condition}) AS ${machineColumn(name)}`,
]).join(', ');
