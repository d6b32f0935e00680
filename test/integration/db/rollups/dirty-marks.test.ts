import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PullRequestFact } from '../../../../src/domain/pulls/github-facts.ts';
import { aCommit, anActor, aPullRequest, aReview } from '../../../support/rows/facts.ts';
import { addTeam, openScene, type Scene, type SceneTeam, type SceneTeamOptions } from '../scene.ts';
import { clearDirtyMarks, readDirtyWeeks, store } from '../stored-rows.ts';

let scene: Scene;
let teams = 0;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene.close());

function newTeam(options: SceneTeamOptions = {}): Promise<SceneTeam> {
  teams += 1;
  return addTeam(scene.sql, `team-${teams}`, options);
}

const BO = anActor({ login: 'bo' });

/** Touches five weeks: created, committed, reviewed, merged, closed. */
const WIDE: Partial<PullRequestFact> = {
  createdAt: new Date('2025-12-16T10:00:00Z'),
  commits: [aCommit({ authoredAt: new Date('2025-12-10T10:00:00Z') })],
  reviews: [aReview({ author: BO, submittedAt: new Date('2025-12-23T10:00:00Z') })],
  mergedAt: new Date('2025-12-30T10:00:00Z'),
  closedAt: new Date('2026-01-06T10:00:00Z'),
};

describe('the marks of a write', () => {
  it('are the weeks of creation, commits, reviews, merge and closing', async () => {
    const team = await newTeam();
    await store(scene.db, team, [aPullRequest(WIDE)]);
    expect(await readDirtyWeeks(scene.sql, team)).toEqual([
      '2025-12-08',
      '2025-12-15',
      '2025-12-22',
      '2025-12-29',
      '2026-01-05',
    ]);
  });

  it('are those of the changed pull requests alone', async () => {
    const team = await newTeam();
    const other = aPullRequest({ number: 2, createdAt: new Date('2025-06-03T10:00:00Z') });
    const first = aPullRequest({ number: 1 });
    await store(scene.db, team, [first, other]);
    await clearDirtyMarks(scene.sql, team);
    await store(scene.db, team, [{ ...first, title: 'Renamed' }, other]);
    expect(await readDirtyWeeks(scene.sql, team)).toEqual(['2025-12-15']);
  });

  it.each<[what: string, before: Partial<PullRequestFact>, after: Partial<PullRequestFact>]>([
    [
      'a merge that moved',
      { mergedAt: new Date('2025-12-30T10:00:00Z') },
      { mergedAt: new Date('2026-02-03T10:00:00Z') },
    ],
    [
      'a commit that was replaced',
      { commits: [aCommit({ authoredAt: new Date('2025-12-30T10:00:00Z') })] },
      { commits: [aCommit({ authoredAt: new Date('2026-02-03T10:00:00Z') })] },
    ],
    [
      'a review that moved',
      { reviews: [aReview({ githubId: 5n, submittedAt: new Date('2025-12-30T10:00:00Z') })] },
      { reviews: [aReview({ githubId: 5n, submittedAt: new Date('2026-02-03T10:00:00Z') })] },
    ],
    [
      'a pull request that was opened again and merged',
      { closedAt: new Date('2025-12-30T10:00:00Z') },
      { mergedAt: new Date('2026-02-03T10:00:00Z') },
    ],
  ])('are the weeks that are left as well as those entered: %s', async (_, before, after) => {
    const team = await newTeam();
    const updatedAt = new Date('2026-02-04T10:00:00Z');
    await store(scene.db, team, [aPullRequest({ ...before, updatedAt })]);
    await clearDirtyMarks(scene.sql, team);
    await store(scene.db, team, [aPullRequest({ ...after, updatedAt })]);
    const dirtyWeeks = await readDirtyWeeks(scene.sql, team);
    // The week of the creation is marked too where the row of the pull request itself has changed.
    expect(dirtyWeeks.filter((week) => week !== '2025-12-15')).toEqual([
      '2025-12-29',
      '2026-02-02',
    ]);
  });

  it('leave out whoever is not concerned: a new title is nothing to reviewers and authors of commits', async () => {
    const team = await newTeam();
    const nested = {
      reviews: [aReview({ submittedAt: new Date('2025-12-30T10:00:00Z') })],
      commits: [aCommit({ author: BO, authoredAt: new Date('2025-12-10T10:00:00Z') })],
    };
    await store(scene.db, team, [aPullRequest(nested)]);
    await clearDirtyMarks(scene.sql, team);
    await store(scene.db, team, [aPullRequest({ ...nested, title: 'Renamed' })]);
    expect(await readDirtyWeeks(scene.sql, team)).toEqual(['2025-12-15']);
  });

  it('concern a reviewer who becomes the author, whose own reviews do not count', async () => {
    const team = await newTeam();
    const review = aReview({ submittedAt: new Date('2025-12-30T10:00:00Z') });
    await store(scene.db, team, [aPullRequest({ reviews: [review] })]);
    await clearDirtyMarks(scene.sql, team);
    await store(scene.db, team, [aPullRequest({ reviews: [review], author: review.author })]);
    expect(await readDirtyWeeks(scene.sql, team)).toEqual(['2025-12-15', '2025-12-29']);
  });

  it.each<[what: string, before: Partial<PullRequestFact>, after: Partial<PullRequestFact>]>([
    ['a commit', { commits: [aCommit()] }, { commits: [] }],
    ['a review', { reviews: [aReview()] }, { reviews: [] }],
    ['the author of a commit', { commits: [aCommit()] }, { commits: [aCommit({ author: BO })] }],
  ])('are made when only %s goes or changes', async (_, before, after) => {
    const team = await newTeam();
    await store(scene.db, team, [aPullRequest(before)]);
    await clearDirtyMarks(scene.sql, team);
    await store(scene.db, team, [aPullRequest(after)]);
    expect(await readDirtyWeeks(scene.sql, team)).toEqual(['2025-12-15']);
  });

  it("are cut in the team's zone, at its first day of the week", async () => {
    // Sunday evening in New York, Monday in UTC.
    const fact = aPullRequest({ createdAt: new Date('2026-03-09T03:30:00Z') });
    const weeks = async (options: SceneTeamOptions): Promise<string[]> => {
      const team = await newTeam(options);
      await store(scene.db, team, [fact]);
      return readDirtyWeeks(scene.sql, team);
    };
    expect(await weeks({})).toEqual(['2026-03-09']);
    expect(await weeks({ timeZone: 'America/New_York' })).toEqual(['2026-03-02']);
    const sunday = { timeZone: 'America/New_York', weekStart: 'SUNDAY' } as const;
    expect(await weeks(sunday)).toEqual(['2026-03-08']);
  });

  it('name the author, reviewers and authors of commits, each by their own instants, and how they were cut', async () => {
    const team = await newTeam();
    await scene.sql.query('UPDATE team SET rollup_generation = 4 WHERE id = $1', [team.teamId]);
    const commits = [aCommit({ author: BO, authoredAt: new Date('2025-12-10T10:00:00Z') })];
    await store(scene.db, team, [aPullRequest({ ...WIDE, commits })]);
    const { rows } = await scene.sql.query<{ week: string; login: string; generation: number }>(
      `SELECT d.week_start::text AS week, m.login, d.generation FROM rollup_dirty d
      JOIN member m ON m.team_id = d.team_id AND m.id = d.member_id WHERE d.team_id = $1 ORDER BY 1, 2`,
      [team.teamId],
    );
    expect(rows.map(({ week, login, generation }) => [week, login, generation])).toEqual([
      ['2025-12-08', 'bo', 4],
      ['2025-12-15', 'ana', 4],
      ['2025-12-22', 'bo', 4],
      ['2025-12-29', 'ana', 4],
      ['2026-01-05', 'ana', 4],
    ]);
  });

  it('are one for the whole week when many members of it change at once', async () => {
    const team = await newTeam();
    const facts = Array.from({ length: 60 }, (_, index) =>
      aPullRequest({ number: index + 1, author: anActor({ login: `member-${index}` }) }),
    );
    await store(scene.db, team, facts);
    const { rows } = await scene.sql.query(
      'SELECT week_start::text AS week, member_id FROM rollup_dirty WHERE team_id = $1',
      [team.teamId],
    );
    expect(rows).toEqual([{ week: '2025-12-15', member_id: null }]);
  });

  it('are added to those that are there: each write has its own', async () => {
    const team = await newTeam();
    await store(scene.db, team, [aPullRequest({ title: 'One' })]);
    await store(scene.db, team, [aPullRequest({ title: 'Two' })]);
    const { rows } = await scene.sql.query(
      'SELECT week_start::text AS week, seq FROM rollup_dirty WHERE team_id = $1',
      [team.teamId],
    );
    expect(rows).toHaveLength(2);
    expect(await readDirtyWeeks(scene.sql, team)).toEqual(['2025-12-15']);
  });
});
