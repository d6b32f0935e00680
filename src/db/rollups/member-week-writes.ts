import { MEMBER_WEEK_VALUES } from './member-weeks.ts';

/** The SQL that makes `stored` member weeks equal to what is `computed`. `$1` is the team, `$2` the version of the definitions. */

const COMPARED = [...MEMBER_WEEK_VALUES, 'definition_version'];
const KEY = 'generation, member_id, week';
const STORED_KEYS = `(SELECT ${KEY} FROM stored)`;

/** Whether the computed member week `c` differs from a stored one; both carry their definition. */
export function memberWeekDiffers(stored: string): string {
  return `(${MEMBER_WEEK_VALUES.map((name) => `c.${name}`).join(', ')}, $2::text)
    IS DISTINCT FROM (${COMPARED.map((name) => `${stored}.${name}`).join(', ')})`;
}

// Rows are compared by hashing: a join would be planned for the few rows that the planner expects of a CTE.
const CHANGED = `
    SELECT ${KEY}, ${MEMBER_WEEK_VALUES.join(', ')}, $2::text AS definition_version FROM computed
    EXCEPT ALL
    SELECT ${KEY}, ${COMPARED.join(', ')} FROM stored`;

const INSERT = `INSERT INTO weekly_metrics (team_id, generation, member_id, week_start, ${COMPARED.join(', ')}, computed_at)
  SELECT $1::bigint, ${KEY}, ${COMPARED.join(', ')}, now() FROM`;

const OR_REPLACE = `ON CONFLICT (team_id, generation, member_id, week_start) DO UPDATE
    SET ${[...COMPARED, 'computed_at'].map((name) => `${name} = EXCLUDED.${name}`).join(', ')}`;

// By ctid, which the team's lock keeps stable: no scan of all weeks for a few that are gone.
const REMOVED = `removed AS (
  DELETE FROM weekly_metrics m
  WHERE m.team_id = $1::bigint AND m.ctid = ANY (ARRAY(
    SELECT tid FROM stored WHERE (${KEY}) NOT IN (SELECT ${KEY} FROM computed)))
  RETURNING 1
)`;

/** CTEs `written` and `removed` for a few member weeks. One that is the same is not touched. */
export const WRITE_MEMBER_WEEKS = `written AS (
  ${INSERT} (${CHANGED}
  ) AS changed
  ORDER BY ${KEY}
  ${OR_REPLACE}
  RETURNING 1
), ${REMOVED}`;

/**
 * The same for whole weeks. What is new is inserted without a look for a conflict, an eighth of a first rebuild: under
 * the team's lock nobody else inserts.
 */
export const WRITE_WEEKS = `changed AS MATERIALIZED (${CHANGED}
), added AS (
  ${INSERT} changed
  WHERE (${KEY}) NOT IN ${STORED_KEYS}
  ORDER BY ${KEY}
  RETURNING 1
), replaced AS (
  ${INSERT} changed
  WHERE (${KEY}) IN ${STORED_KEYS}
  ORDER BY ${KEY}
  ${OR_REPLACE}
  RETURNING 1
), written AS (
  SELECT FROM added UNION ALL SELECT FROM replaced
), ${REMOVED}`;
