import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEFINITION_VERSION } from '../../../../src/domain/rollups/definition-version.ts';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { seedTeam, type SeededTeam } from '../seed-team.ts';

interface Week {
  readonly weekStart: string;
  readonly [field: string]: unknown;
}

const COLUMNS = [
  'pull_requests_opened',
  'pull_requests_merged',
  'pull_requests_closed',
  'cycle_time_seconds',
  'coding_seconds',
  'pickup_seconds',
  'review_seconds',
  'merge_wait_seconds',
  'open_to_merge_seconds',
  'first_review_seconds',
  'first_review_count',
  'sized_count',
  'additions',
  'deletions',
  'revert_count',
  'hotfix_count',
  'reviews_submitted',
  'reviewed_pull_requests',
  'commits',
  'ai_suggestions_shown',
  'ai_suggestions_accepted',
  'ai_active_days',
];

type MemberWeekNumbers = Readonly<Record<string, number>>;

describe('weekly metrics', () => {
  let world: ApiWorld;
  let team: SeededTeam;

  async function addMemberWeek(
    memberIndex: number,
    week: string,
    numbers: MemberWeekNumbers,
    generation = 1,
  ): Promise<void> {
    const values = COLUMNS.map((column) => String(numbers[column] ?? 0));
    await world.sql(
      `INSERT INTO weekly_metrics (team_id, generation, member_id, week_start, ${COLUMNS.join(', ')}, definition_version, computed_at)
       VALUES ($1, $2, $3, $4, ${values.join(', ')}, 'v1', '2026-03-10T00:00:00Z')`,
      [team.teamId, generation, team.memberIds[memberIndex], week],
    );
  }

  async function askTeam(
    args: string,
    selection: string,
    token = team.viewerToken,
  ): Promise<Week[]> {
    const { data, errors } = await world.ask<{ team: { weeklyMetrics: Week[] } }>(
      token,
      `{ team(slug: "alpha") { weeklyMetrics${args} { weekStart ${selection} } } }`,
    );
    expect(errors).toEqual([]);
    return data.team.weeklyMetrics;
  }

  beforeAll(async () => {
    world = await createApiWorld();
    team = await seedTeam(world, { slug: 'alpha', members: 5 });
    const kinds = ['HUMAN', 'HUMAN', 'BOT', 'AI_AGENT', 'HUMAN'];
    for (const [index, kind] of kinds.entries()) {
      await world.sql(`UPDATE member SET kind = $1, is_external = $2 WHERE id = $3`, [
        kind,
        index >= 2,
        team.memberIds[index],
      ]);
    }
    const merged = {
      pull_requests_merged: 2,
      cycle_time_seconds: 7201,
      coding_seconds: 3601,
      pickup_seconds: 1200,
      review_seconds: 2400,
      open_to_merge_seconds: 5000,
      first_review_count: 1,
      first_review_seconds: 700,
    };
    await addMemberWeek(0, '2026-03-02', {
      ...merged,
      sized_count: 1,
      additions: 3_000_000_000,
      deletions: 4,
    });
    await addMemberWeek(1, '2026-03-02', {
      pull_requests_merged: 1,
      cycle_time_seconds: 100,
      commits: 9,
    });
    await addMemberWeek(2, '2026-03-02', { pull_requests_merged: 10, cycle_time_seconds: 10 });
    await addMemberWeek(3, '2026-03-02', { pull_requests_merged: 100, cycle_time_seconds: 100 });
    await addMemberWeek(4, '2026-03-02', { pull_requests_merged: 1000, cycle_time_seconds: 1000 });
    await addMemberWeek(0, '2026-02-16', { commits: 3, ai_suggestions_shown: 5_000_000_000 });
    // A rebuild that is not current yet.
    await addMemberWeek(0, '2026-03-02', { pull_requests_merged: 77 }, 2);
  });

  beforeEach(() => {
    world.counting.takeStatements();
  });

  afterAll(async () => {
    await world?.close();
  });

  it('gives the last twelve weeks with the current one, oldest first, gaps filled', async () => {
    const weeks = await askTeam('', 'commits');
    expect(weeks.map((week) => week.weekStart)).toEqual([
      '2025-12-22',
      '2025-12-29',
      '2026-01-05',
      '2026-01-12',
      '2026-01-19',
      '2026-01-26',
      '2026-02-02',
      '2026-02-09',
      '2026-02-16',
      '2026-02-23',
      '2026-03-02',
      '2026-03-09',
    ]);
    expect(weeks.map((week) => week['commits'])).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 9, 0]);
  });

  it('reads a row a week and group of members with activity and no more', async () => {
    await askTeam('(from: "2023-01-02", to: "2026-03-16")', 'commits');
    // The week of all members has one of each group, the other one those of the team's own people.
    expect(world.counting.takeStatements().map((statement) => statement.rows)).toEqual([1, 4 + 1]);
  });

  it('makes means of sums and counts, rounded half away from zero, and adds nothing to an empty week', async () => {
    const mean = 'value unit sum n reason definitionVersion asOf';
    const weeks = await askTeam(
      '(from: "2026-03-02", includeAiAgents: false, includeExternal: false)',
      `cycleTime { ${mean} } codingTime { value } timeToFirstReview { value n } additions deletions sizedCount`,
    );
    expect(weeks).toEqual([
      {
        weekStart: '2026-03-02',
        cycleTime: {
          // 7301 / 3 = 2433.67
          value: 2434,
          unit: 'SECONDS',
          sum: '7301',
          n: 3,
          reason: null,
          definitionVersion: 'v1',
          asOf: '2026-03-10T00:00:00.000Z',
        },
        codingTime: { value: 1200 },
        timeToFirstReview: { value: 700, n: 1 },
        additions: '3000000000',
        deletions: '4',
        sizedCount: 1,
      },
      {
        weekStart: '2026-03-09',
        cycleTime: {
          value: null,
          unit: 'SECONDS',
          sum: '0',
          n: 0,
          reason: 'NO_DATA',
          definitionVersion: DEFINITION_VERSION,
          asOf: null,
        },
        codingTime: { value: null },
        timeToFirstReview: { value: null, n: 0 },
        additions: null,
        deletions: null,
        sizedCount: 0,
      },
    ]);
  });

  it('gives the weeks of all members of an answer with one statement', async () => {
    const { data, errors } = await world.ask<{
      team: { members: { nodes: { login: string; weeklyMetrics: Week[] }[] } };
    }>(
      team.viewerToken,
      `{ team(slug: "alpha") { members { nodes { login weeklyMetrics(from: "2026-02-16", to: "2026-03-09") {
        weekStart pullRequestsMerged isStale } } } } }`,
    );
    expect(errors).toEqual([]);
    const shown = data.team.members.nodes.map((member) =>
      member.weeklyMetrics.map((week) => week['pullRequestsMerged']),
    );
    expect(shown).toEqual([
      [0, 0, 2],
      [0, 0, 1],
      [0, 0, 10],
      [0, 0, 100],
      [0, 0, 1000],
    ]);
    // Team by slug, members, team by id for its calendar, six cells, one state of the range.
    expect(world.counting.takeStatements().map((statement) => statement.rows)).toEqual([
      1, 5, 1, 6, 1,
    ]);
  });

  it('says which weeks are to be computed again, and which are not synced', async () => {
    await world.sql(
      `INSERT INTO rollup_dirty (team_id, week_start, generation) VALUES ($1, '2026-03-02', 1), ($1, '2026-03-02', 1)`,
      [team.teamId],
    );
    await world.sql(`UPDATE repository SET complete_from = '2026-02-25T00:00:00Z' WHERE id = $1`, [
      team.repositoryIds[0],
    ]);
    const ask = () => askTeam('(from: "2026-02-16")', 'isStale isPartial mergeWait { reason }');
    const states = (weeks: readonly Week[]) =>
      weeks.map((week) => [week['isStale'], week['isPartial'], week['mergeWait']]);
    expect(states(await ask())).toEqual([
      [false, true, { reason: 'WINDOW_NOT_SYNCED' }],
      [false, true, { reason: 'WINDOW_NOT_SYNCED' }],
      [true, false, { reason: null }],
      [false, false, { reason: 'NO_DATA' }],
    ]);
    // A repository that was never walked to its end makes all weeks partial; one that is gone makes none.
    await world.sql(`UPDATE repository SET complete_from = NULL WHERE id = $1`, [
      team.repositoryIds[0],
    ]);
    expect((await ask()).map((week) => week['isPartial'])).toEqual([true, true, true, true]);
    await world.sql(`UPDATE repository SET sync_state = 'GONE' WHERE id = $1`, [
      team.repositoryIds[0],
    ]);
    expect((await ask()).map((week) => week['isPartial'])).toEqual([false, false, false, false]);
  });

  it('refuses an empty range and one of more than five years', async () => {
    for (const args of [
      '(from: "2026-03-02", to: "2026-03-02")',
      '(from: "2026-03-09", to: "2026-03-02")',
      '(from: "2027-03-09")',
      '(from: "2015-01-01", to: "2026-01-01")',
    ]) {
      const { errors } = await world.ask(
        team.viewerToken,
        `{ team(slug: "alpha") { weeklyMetrics${args} { weekStart } } }`,
      );
      expect([args, errors[0]?.extensions?.code]).toEqual([args, 'INVALID_INPUT']);
    }
    const { errors } = await world.ask(
      team.viewerToken,
      `{ team(slug: "alpha") { weeklyMetrics(from: "2026-02-30") { weekStart } } }`,
    );
    expect(errors[0]?.message).toContain(
      'A Date is a day of the years 1970 to 2100, such as 2026-03-01.',
    );
  });

  it("cuts weeks in the team's zone and on its first day", async () => {
    const sunday = await seedTeam(world, {
      slug: 'sunday',
      timeZone: 'Pacific/Kiritimati',
      weekStart: 'SUNDAY',
    });
    const { data } = await world.ask<{ team: { weeklyMetrics: Week[] } }>(
      sunday.viewerToken,
      '{ team(slug: "sunday") { weeklyMetrics { weekStart } } }',
    );
    expect(data.team.weeklyMetrics.at(-1)?.weekStart).toBe('2026-03-08');
  });
});
