import { defineList } from './lists.ts';
import { toIdArray } from '../core/array-literal.ts';
import { IS_ANOMALY } from '../rollups/anomaly.ts';
import type { ReadSession } from './read-source.ts';
import { readOfRows, type TeamKey } from './rows-by-key.ts';

/** How complete the stored data is, according to the last reconcile, and what could not be stored. */
export interface Quality {
  /** Share of GitHub's pull requests that are stored, 0 to 1; null before the first reconcile. */
  readonly completeness: number | null;
  readonly lastVerifiedAt: Date | null;
  /** Dead letters that are not resolved. */
  readonly deadLetters: number;
  /** Values of stored rows for which GitHub has a word that is not known. */
  readonly unknownWords: number;
  /** Entries and values of stored pull requests that could not be read and are left out or unknown. */
  readonly unreadable: number;
  /** Pull requests with a negative span. */
  readonly anomalies: number;
}

const UNKNOWN: Quality = {
  completeness: null,
  lastVerifiedAt: null,
  deadLetters: 0,
  unknownWords: 0,
  unreadable: 0,
  anomalies: 0,
};

/**
 * Columns that count what stored rows lack. Each is read by an index of its own that holds nothing else, whatever the
 * team has stored.
 * @param team the team's id, and @param repository a condition on the repository of an alias, as SQL
 */
function gapCounts(team: string, repository: (alias: string) => string): string {
  const gaps = (condition: string): string => `(SELECT count(*) FROM pull_request_gap g
      JOIN pull_request p ON p.team_id = g.team_id AND p.id = g.pull_request_id
      WHERE g.team_id = ${team} AND ${condition} AND ${repository('p')} AND p.deleted_at IS NULL)`;
  return `(${gaps('g.word IS NOT NULL')} + (SELECT count(*) FROM deployment d
      WHERE d.team_id = ${team} AND d.state = 'UNKNOWN' AND ${repository('d')}))::integer AS "unknownWords",
    ${gaps('g.word IS NULL')}::integer AS unreadable,
    (SELECT count(*) FROM pull_request p WHERE p.team_id = ${team} AND ${IS_ANOMALY}
      AND ${repository('p')} AND p.deleted_at IS NULL)::integer AS anomalies`;
}

const REPOSITORIES = `
SELECT r.team_id AS "teamId", r.id, r.completeness::float8 AS completeness, r.last_verified_at AS "lastVerifiedAt",
  (SELECT count(*) FROM dead_letter d
    WHERE d.team_id = r.team_id AND d.repository_id = r.id AND d.resolved_at IS NULL)::integer AS "deadLetters",
  ${gapCounts('r.team_id', (alias) => `${alias}.repository_id = r.id`)}
FROM unnest($1::text::bigint[], $2::text::bigint[]) AS wanted(team_id, id)
JOIN repository r ON r.team_id = wanted.team_id AND r.id = wanted.id`;

/** The quality of repositories, with one statement. In the order of `keys`. */
export const readRepositoryQuality = readOfRows<Quality, Quality>(
  REPOSITORIES,
  ([found = UNKNOWN]) => found,
);

/** Completeness over all months of a team, and the earliest time at which one of its synced repositories was verified. */
const TEAMS = `
SELECT team.id AS "teamId", months.completeness, seen.at AS "lastVerifiedAt",
  (SELECT count(*) FROM dead_letter d WHERE d.team_id = team.id AND d.resolved_at IS NULL)::integer AS "deadLetters",
  ${gapCounts('team.id', () => 'true')}
FROM unnest($1::text::bigint[]) AS team(id)
CROSS JOIN LATERAL (
  SELECT CASE WHEN count(*) = 0 THEN NULL WHEN sum(m.on_github) = 0 THEN 1
    ELSE trunc(sum(least(m.stored, m.on_github))::numeric / sum(m.on_github), 5) END::float8 AS completeness
  FROM repository_month m WHERE m.team_id = team.id
) AS months
CROSS JOIN LATERAL (
  SELECT CASE WHEN bool_and(r.last_verified_at IS NOT NULL) THEN min(r.last_verified_at) END AS at
  FROM repository r WHERE r.team_id = team.id AND r.complete_from IS NOT NULL
) AS seen`;

/** The quality of teams, with one statement. In the order of `keys`. */
export async function readTeamQuality(
  session: ReadSession,
  keys: readonly TeamKey[],
): Promise<Quality[]> {
  const rows = await session.query<TeamKey & Quality>(TEAMS, [
    toIdArray(keys.map((key) => key.teamId)),
  ]);
  const byTeam = new Map(rows.map((row) => [row.teamId, row]));
  return keys.map((key) => byTeam.get(key.teamId) ?? UNKNOWN);
}

/** A month for which GitHub and the database had different counts at the last reconcile. */
export interface DriftRow {
  readonly teamId: bigint;
  readonly repositoryId: bigint;
  /** First day of the month, at midnight in UTC. */
  readonly month: Date;
  readonly onGithub: number;
  readonly stored: number;
  readonly verifiedAt: Date;
}

const DRIFT = {
  table: 'repository_month',
  columns: `t.team_id AS "teamId", t.repository_id AS "repositoryId", t.month::timestamptz AS month,
    t.on_github AS "onGithub", t.stored, t.verified_at AS "verifiedAt"`,
  direction: 'DESC',
  always: 't.on_github <> t.stored',
} as const;

/** Months of a repository with different counts, newest first. */
export const REPOSITORY_DRIFT = defineList<DriftRow>({
  ...DRIFT,
  parent: ['team_id', 'repository_id'],
  order: [{ column: 'month', type: 'timestamptz' }],
  cursorFields: ['month'],
});

/** Months of a team's repositories with different counts, newest first. */
export const TEAM_DRIFT = defineList<DriftRow>({
  ...DRIFT,
  parent: ['team_id'],
  order: [
    { column: 'month', type: 'timestamptz' },
    { column: 'repository_id', type: 'bigint' },
  ],
  cursorFields: ['month', 'repositoryId'],
});
