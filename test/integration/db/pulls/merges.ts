import type pg from 'pg';
import type { PullRequestFact } from '../../../../src/domain/pulls/github-facts.ts';
import { aPullRequest, hoursAfter } from '../../../support/rows/facts.ts';
import { addTeam, type SceneTeam } from '../scene.ts';

/** When all of them were opened. */
export const CREATED = new Date('2025-12-16T10:00:00Z');

/** A team whose repository has this default branch; null as of an empty one. Its slug must be new. */
export async function addTeamWithBranch(
  sql: pg.Client,
  slug: string,
  defaultBranch: string | null = 'main',
): Promise<SceneTeam> {
  const team = await addTeam(sql, slug);
  await sql.query('UPDATE repository SET default_branch = $2 WHERE id = $1', [
    team.repositoryId,
    defaultBranch,
  ]);
  return team;
}

/** A pull request of ten lines: its number, and `head>base`, merged unless given otherwise. */
export function pull(
  number: number,
  way: string,
  given: Partial<PullRequestFact> = {},
): PullRequestFact {
  const [headBranch = '', baseBranch = ''] = way.split('>');
  const mergedAt = given.state === 'OPEN' ? null : hoursAfter(CREATED, 10 + number);
  return aPullRequest({
    number,
    headBranch,
    baseBranch,
    createdAt: CREATED,
    state: 'MERGED',
    mergedAt,
    closedAt: mergedAt,
    additions: 10n,
    deletions: 0n,
    ...given,
  });
}

/** Kinds of the bases of a team's pull requests by number. */
export async function readBaseKinds(sql: pg.Client, { teamId }: SceneTeam): Promise<string[]> {
  const { rows } = await sql.query<{ kind: string }>(
    `SELECT number || ' ' || base_kind AS kind FROM pull_request WHERE team_id = $1 ORDER BY number`,
    [teamId],
  );
  return rows.map(({ kind }) => kind);
}
