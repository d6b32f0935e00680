import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { seedTeam, type SeededTeam } from '../seed-team.ts';

let world: ApiWorld;
let team: SeededTeam;

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'alpha', weekStart: 'SUNDAY' });
  const other = await seedTeam(world, { slug: 'other' });
  for (const { teamId, memberIds } of [team, other]) {
    await seedUsage(teamId, memberIds);
  }
});

afterAll(async () => {
  await world?.close();
});

/**
 * From Friday 2026-03-06 to Tuesday 2026-03-10 each member is shown 10, 20, 30 … suggestions a day and accepts a
 * fifth; the third member is external, and on Sunday the second one has a row of nothing but zeros.
 */
async function seedUsage(teamId: string, memberIds: readonly string[]): Promise<void> {
  await world.sql(`SELECT throughline_ensure_usage_partition(date '2026-03-01')`);
  await world.sql('UPDATE member SET is_external = true WHERE id = $1', [memberIds[2]]);
  await world.sql(
    `INSERT INTO ai_usage_daily (team_id, member_id, date, source, suggestions_shown, suggestions_accepted,
      lines_suggested, lines_accepted, interactions, synced_at)
    SELECT $1, m.id, day::date, 'COPILOT', used * 10 * m.ordinal, used * 2 * m.ordinal, used * 100, used * 40, used, now()
    FROM unnest($2::bigint[]) WITH ORDINALITY AS m(id, ordinal)
    CROSS JOIN generate_series(date '2026-03-06', date '2026-03-10', interval '1 day') AS day
    CROSS JOIN LATERAL (SELECT CASE WHEN m.ordinal = 2 AND day = date '2026-03-08' THEN 0 ELSE 1 END AS used) AS u`,
    [teamId, memberIds],
  );
  await world.sql(
    `INSERT INTO ai_usage_daily (team_id, member_id, date, source, interactions, synced_at)
    VALUES ($1, $2, '2026-03-09', 'CURSOR', 4, now())`,
    [teamId, memberIds[0]],
  );
}

const RANGE = 'from: "2026-03-06", to: "2026-03-11"';

describe('usage of a team', () => {
  interface Usage {
    readonly start: string;
    readonly tool: string;
    readonly [name: string]: unknown;
  }

  const read = async (args: string, token = team.adminToken, slug = 'alpha') => {
    const answer = await world.ask<{ team: { aiUsage: Usage[] } | null }>(
      token,
      `{ team(slug: "${slug}") { aiUsage(${args}) {
        start tool suggestionsShown suggestionsAccepted acceptanceRate linesSuggested linesAccepted interactions activeMembers
      } } }`,
    );
    return answer;
  };

  it('adds up members by UTC day and tool; rates of sums, and none where nothing was shown', async () => {
    const { data, errors } = await read(`${RANGE}, includeExternal: false`);
    expect(errors).toEqual([]);
    const days = data.team?.aiUsage ?? [];
    expect(days.map(({ start, tool }) => `${start} ${tool}`)).toEqual([
      '2026-03-06 COPILOT',
      '2026-03-07 COPILOT',
      '2026-03-08 COPILOT',
      '2026-03-09 COPILOT',
      '2026-03-09 CURSOR',
      '2026-03-10 COPILOT',
    ]);
    expect(days[0]).toEqual({
      start: '2026-03-06',
      tool: 'COPILOT',
      suggestionsShown: '30',
      suggestionsAccepted: '6',
      acceptanceRate: 0.2,
      linesSuggested: '200',
      linesAccepted: '80',
      interactions: '2',
      activeMembers: 2,
    });
    // Who has a row of zeros was not active.
    expect(days[2]).toMatchObject({ suggestionsShown: '10', activeMembers: 1 });
    expect(days[4]).toMatchObject({ acceptanceRate: null, activeMembers: 1 });
  });

  it('adds up by weeks as the team begins them, each member once', async () => {
    const { data } = await read(`${RANGE}, by: WEEK, includeExternal: false`);
    expect(
      data.team?.aiUsage.map(({ start, tool, suggestionsShown, activeMembers }) => [
        start,
        tool,
        suggestionsShown,
        activeMembers,
      ]),
    ).toEqual([
      ['2026-03-01', 'COPILOT', '60', 2],
      ['2026-03-08', 'COPILOT', '70', 2],
      ['2026-03-08', 'CURSOR', '0', 1],
    ]);
  });

  it('counts people outside of the team unless it is narrowed, by the query or by a setting', async () => {
    const all = { suggestionsShown: '60', activeMembers: 3 };
    const inside = { suggestionsShown: '30', activeMembers: 2 };
    const first = async (args = '') => (await read(`${RANGE}${args}`)).data.team?.aiUsage[0];
    expect(await first()).toMatchObject(all);
    expect(await first(', includeExternal: false')).toMatchObject(inside);
    await world.sql('UPDATE team SET include_external = false WHERE id = $1', [team.teamId]);
    expect(await first()).toMatchObject(inside);
    expect(await first(', includeExternal: true')).toMatchObject(all);
    await world.sql('UPDATE team SET include_external = true WHERE id = $1', [team.teamId]);
  });

  it('counts whom an admin has taken in as one of the team', async () => {
    await world.sql(
      'UPDATE member SET external_set = false, external_set_by_id = $2 WHERE id = $1',
      [team.memberIds[2], team.adminUserId],
    );
    const { data } = await read(`${RANGE}, includeExternal: false`);
    expect(data.team?.aiUsage[0]).toMatchObject({ suggestionsShown: '60', activeMembers: 3 });
    await world.sql('UPDATE member SET external_set = NULL, external_set_by_id = NULL');
  });

  it('reaches 28 days back unless told, and a year at the most', async () => {
    expect((await read('by: DAY')).data.team?.aiUsage).toHaveLength(6);
    const { errors } = await read('from: "2024-01-01", to: "2026-01-01"');
    expect(errors[0]).toMatchObject({ message: 'Ask for 366 days at a time at the most.' });
    expect((await read('from: "2026-03-02", to: "2026-03-02"')).errors[0]?.extensions?.code).toBe(
      'INVALID_INPUT',
    );
  });

  it('of another team does not exist', async () => {
    expect((await read(RANGE, team.adminToken, 'other')).data.team).toBeNull();
  });

  it('is one statement for all members of a page', async () => {
    const { data, errors } = await world.ask<{
      team: { members: { nodes: { login: string; aiUsage: Usage[] }[] } };
    }>(
      team.viewerToken,
      `{ team(slug: "alpha") { members { nodes { login aiUsage(${RANGE}) { start tool suggestionsShown activeMembers } } } } }`,
    );
    expect(errors).toEqual([]);
    // A row of zeros, as that of the second member on 2026-03-08, is no day.
    expect(data.team.members.nodes.map(({ aiUsage }) => aiUsage.length)).toEqual([6, 4, 5]);
    expect(data.team.members.nodes[1]?.aiUsage.map(({ start }) => start)).not.toContain(
      '2026-03-08',
    );
    const count = async (first: number) => {
      world.counting.takeStatements();
      await world.ask(
        team.viewerToken,
        `{ team(slug: "alpha") { members(first: ${first}) { nodes { aiUsage(${RANGE}) { start } } } } }`,
      );
      return world.counting.takeStatements().length;
    };
    expect(await count(3)).toBe(await count(1));
  });
});
