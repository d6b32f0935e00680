import { afterAll, beforeAll, expect, it } from 'vitest';
import { MEMBER_WEEK_NUMBERS } from '../../../../src/db/rollups/member-weeks.ts';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { seedTeam, type SeededTeam } from '../seed-team.ts';

type Week = Readonly<Record<string, unknown>>;

let world: ApiWorld;
let team: SeededTeam;

/** Members of each group, with how many pull requests of theirs were merged in the week of 2026-03-02. */
const MEMBERS = [
  ['HUMAN', false, 3],
  ['BOT', true, 10],
  ['AI_AGENT', true, 100],
  ['HUMAN', true, 1000],
] as const;

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'alpha', members: MEMBERS.length });
  for (const [index, [kind, isExternal, merged]] of MEMBERS.entries()) {
    const id = team.memberIds[index];
    await world.sql('UPDATE member SET kind = $1, is_external = $2 WHERE id = $3', [
      kind,
      isExternal,
      id,
    ]);
    const numbers = MEMBER_WEEK_NUMBERS.map((name) =>
      ['pull_requests_merged', 'cycle_time_seconds', 'first_review_count'].includes(name)
        ? merged
        : 0,
    );
    await world.sql(
      `INSERT INTO weekly_metrics (team_id, generation, member_id, week_start, ${MEMBER_WEEK_NUMBERS.join(', ')},
         definition_version, computed_at)
       VALUES ($1, 1, $2, '2026-03-02', ${numbers.join(', ')}, 'v2', '2026-03-10T00:00:00Z')`,
      [team.teamId, id],
    );
  }
});

afterAll(async () => {
  await world?.close();
});

async function askTeam(args: string, selection: string): Promise<Week[]> {
  const { data, errors } = await world.ask<{ team: { weeklyMetrics: Week[] } }>(
    team.viewerToken,
    `{ team(slug: "alpha") { weeklyMetrics${args} { weekStart ${selection} } } }`,
  );
  expect(errors).toEqual([]);
  return data.team.weeklyMetrics;
}

/** In an order that does not depend on the database's. */
function toSorted(entries: unknown): unknown[] {
  return (entries as unknown[]).toSorted((a, b) =>
    JSON.stringify(a) < JSON.stringify(b) ? -1 : 1,
  );
}

it('counts people, from outside too, and AI agents unless told otherwise', async () => {
  const merged = async (args: string) => {
    const [week] = await askTeam(
      `(from: "2026-03-02", to: "2026-03-03"${args})`,
      'pullRequestsMerged',
    );
    return week?.['pullRequestsMerged'];
  };
  expect(await merged('')).toBe(1103);
  expect(await merged(', includeAiAgents: false')).toBe(1003);
  expect(await merged(', includeBots: true')).toBe(1113);
  expect(await merged(', includeExternal: true')).toBe(1103);
  expect(await merged(', includeExternal: false')).toBe(103);
  await world.sql('UPDATE team SET include_external = false WHERE id = $1', [team.teamId]);
  expect(await merged('')).toBe(103);
  expect(await merged(', includeExternal: null')).toBe(103);
  expect(await merged(', includeExternal: true')).toBe(1103);
  await world.sql('UPDATE team SET include_external = true WHERE id = $1', [team.teamId]);
});

it('says beside every number what it leaves out, by reason', async () => {
  const ask = async (args: string) => {
    const [week] = await askTeam(
      `(from: "2026-03-02", to: "2026-03-03"${args})`,
      `pullRequestsMerged cycleTime { n reason excluded { reason n } }
       excluded { reason members pullRequestsMerged commits }`,
    );
    return week;
  };
  const left = (reason: string, pullRequestsMerged: number) => ({
    reason,
    members: 1,
    pullRequestsMerged,
    commits: 0,
  });
  expect(await ask('')).toEqual({
    weekStart: '2026-03-02',
    pullRequestsMerged: 1103,
    cycleTime: { n: 1103, reason: null, excluded: [{ reason: 'BOT', n: 10 }] },
    excluded: [left('BOT', 10)],
  });
  const narrow = await ask(', includeExternal: false, includeAiAgents: false');
  expect(toSorted(narrow?.['excluded'])).toEqual([
    left('AI_AGENT', 100),
    left('BOT', 10),
    left('EXTERNAL', 1000),
  ]);
  expect(await ask(', includeBots: true')).toMatchObject({
    cycleTime: { reason: null, excluded: [] },
    excluded: [],
  });
});

it('tells a week whose work is all left out from one without any', async () => {
  await world.sql(
    `UPDATE member SET external_set = true, external_set_by_id = $2 WHERE id = ANY ($1)`,
    [team.memberIds, team.adminUserId],
  );
  const weeks = await askTeam(
    '(from: "2026-03-02", includeExternal: false, includeAiAgents: false)',
    'pullRequestsMerged cycleTime { value n reason } timeToFirstReview { reason }',
  );
  expect(weeks).toEqual([
    {
      weekStart: '2026-03-02',
      pullRequestsMerged: 0,
      cycleTime: { value: null, n: 0, reason: 'EXCLUDED' },
      timeToFirstReview: { reason: 'EXCLUDED' },
    },
    {
      weekStart: '2026-03-09',
      pullRequestsMerged: 0,
      cycleTime: { value: null, n: 0, reason: 'NO_DATA' },
      timeToFirstReview: { reason: 'NO_DATA' },
    },
  ]);
  await world.sql('UPDATE member SET external_set = NULL, external_set_by_id = NULL');
});

it('says why merges are in no number: by what they are, whoever merged them', async () => {
  const [human, bot] = team.memberIds;
  // Beside what the bot has merged, as long as nobody looks at it: what neither argument takes in.
  await world.sql(
    `INSERT INTO weekly_metrics (team_id, generation, member_id, week_start, ${MEMBER_WEEK_NUMBERS.join(', ')},
       definition_version, computed_at)
     SELECT $1::bigint, 1, m.id, w.week, ${MEMBER_WEEK_NUMBERS.map((name) => `coalesce((w.numbers ->> '${name}')::bigint, 0)`).join(', ')},
       'v3', '2026-03-30T00:00:00Z'
     FROM (VALUES
       ($2::bigint, date '2026-03-09', '{"pull_requests_merged": 2, "anomaly_count": 2, "anomaly_reviewed_count": 1}'::jsonb),
       ($2, '2026-03-16', '{"pull_requests_merged_elsewhere": 3, "elsewhere_revert_count": 1, "elsewhere_hotfix_count": 2}'),
       ($3, '2026-03-16', '{"pull_requests_merged_elsewhere": 5, "elsewhere_reviewed_count": 4, "pull_requests_merged": 8, "anomaly_count": 1}')
     ) AS w(member_id, week, numbers) JOIN member m ON m.id = w.member_id`,
    [team.teamId, human, bot],
  );
  const selection = `pullRequestsMerged pullRequestsMergedElsewhere
    cycleTime { n reason excluded { reason n } } timeToFirstReview { n reason excluded { reason n } }
    excluded { reason members pullRequestsMerged pullRequestsOpened reverts hotfixes }`;
  const range = 'from: "2026-03-09", to: "2026-03-23"';
  const entry = {
    members: 1,
    pullRequestsMerged: 0,
    pullRequestsOpened: 0,
    reverts: 0,
    hotfixes: 0,
  };
  const anomalous = {
    weekStart: '2026-03-09',
    pullRequestsMerged: 2,
    pullRequestsMergedElsewhere: 0,
    cycleTime: { n: 0, reason: 'EXCLUDED', excluded: [{ reason: 'ANOMALY', n: 2 }] },
    timeToFirstReview: { n: 0, reason: 'EXCLUDED', excluded: [{ reason: 'ANOMALY', n: 1 }] },
    // They are counted.
    excluded: [],
  };
  const elsewhere = {
    ...entry,
    reason: 'OTHER_BRANCH',
    pullRequestsMerged: 8,
    members: 2,
    reverts: 1,
    hotfixes: 2,
  };
  expect(await askTeam(`(${range})`, selection)).toEqual([
    anomalous,
    {
      weekStart: '2026-03-16',
      pullRequestsMerged: 0,
      pullRequestsMergedElsewhere: 3,
      cycleTime: {
        n: 0,
        reason: 'EXCLUDED',
        excluded: [
          { reason: 'BOT', n: 7 },
          { reason: 'ANOMALY', n: 1 },
          { reason: 'OTHER_BRANCH', n: 8 },
        ],
      },
      timeToFirstReview: { n: 0, reason: 'EXCLUDED', excluded: [{ reason: 'OTHER_BRANCH', n: 4 }] },
      excluded: [{ ...entry, reason: 'BOT', pullRequestsMerged: 8 }, elsewhere],
    },
  ]);
  // Who takes bots in counts what only they left out.
  const [, withBots] = await askTeam(`(${range}, includeBots: true)`, selection);
  expect(withBots).toMatchObject({
    pullRequestsMerged: 8,
    pullRequestsMergedElsewhere: 8,
    cycleTime: {
      n: 7,
      reason: null,
      excluded: [
        { reason: 'ANOMALY', n: 1 },
        { reason: 'OTHER_BRANCH', n: 8 },
      ],
    },
    excluded: [elsewhere],
  });

  const { data } = await world.ask<{
    team: { members: { nodes: { login: string; weeklyMetrics: Week[] }[] } };
  }>(
    team.viewerToken,
    `{ team(slug: "alpha") { members(first: 10) { nodes { id login weeklyMetrics(${range}) { weekStart ${selection} } } } } }`,
  );
  const weeks = data.team.members.nodes.find(({ weeklyMetrics }) =>
    weeklyMetrics.some((week) => week['pullRequestsMergedElsewhere'] === 3),
  )?.weeklyMetrics;
  expect(weeks).toEqual([
    anomalous,
    {
      weekStart: '2026-03-16',
      pullRequestsMerged: 0,
      pullRequestsMergedElsewhere: 3,
      cycleTime: { n: 0, reason: 'EXCLUDED', excluded: [{ reason: 'OTHER_BRANCH', n: 3 }] },
      timeToFirstReview: { n: 0, reason: 'NO_DATA', excluded: [] },
      excluded: [
        { ...entry, reason: 'OTHER_BRANCH', pullRequestsMerged: 3, reverts: 1, hotfixes: 2 },
      ],
    },
  ]);
});

it('leaves out what bots and AI agents merged of the pull requests of AI agents, and says how many', async () => {
  const [, , agent, outsider] = team.memberIds;
  // Of a person's pull requests it makes no difference who merged them.
  await world.sql(
    `UPDATE weekly_metrics SET machine_cycle_time_seconds = 4,
       machine_pull_requests_merged = CASE member_id WHEN $1 THEN 40 ELSE 700 END
     WHERE member_id = $1 OR member_id = $2`,
    [agent, outsider],
  );
  const ask = async (args: string) => {
    const [week] = await askTeam(
      `(from: "2026-03-02", to: "2026-03-03"${args})`,
      `pullRequestsMerged cycleTime { n sum excluded { reason n } }
       excluded { reason members pullRequestsMerged }`,
    );
    return week;
  };
  const bots = { reason: 'BOT', members: 1, pullRequestsMerged: 10 };
  const left = { reason: 'MERGED_BY_MACHINE', members: 1, pullRequestsMerged: 40 };
  const usual = await ask('');
  expect(usual).toMatchObject({
    pullRequestsMerged: 1063,
    cycleTime: { n: 1063, sum: '1099' },
  });
  expect(toSorted(usual?.['excluded'])).toEqual([bots, left]);
  const mean = usual?.['cycleTime'] as Week | undefined;
  expect(toSorted(mean?.['excluded'])).toEqual([
    { reason: 'BOT', n: 10 },
    { reason: 'MERGED_BY_MACHINE', n: 40 },
  ]);
  expect(await ask(', includeMergedByMachines: true')).toMatchObject({
    pullRequestsMerged: 1103,
    cycleTime: { n: 1103, sum: '1103' },
    excluded: [bots],
  });
  for (const more of ['', ', includeMergedByMachines: true']) {
    const without = await ask(`, includeAiAgents: false${more}`);
    expect(without).toMatchObject({ pullRequestsMerged: 1003, cycleTime: { n: 1003 } });
    expect(toSorted(without?.['excluded'])).toEqual([
      { reason: 'AI_AGENT', members: 1, pullRequestsMerged: 100 },
      bots,
    ]);
  }
  const { data } = await world.ask<{
    team: { members: { nodes: { login: string; weeklyMetrics: Week[] }[] } };
  }>(
    team.viewerToken,
    `{ team(slug: "alpha") { members(first: 10) { nodes {
       login weeklyMetrics(from: "2026-03-02", to: "2026-03-03") { pullRequestsMerged } } } } }`,
  );
  const merged = data.team.members.nodes.map(
    ({ weeklyMetrics }) => weeklyMetrics[0]?.['pullRequestsMerged'],
  );
  expect(merged.toSorted((a, b) => Number(a) - Number(b))).toEqual([3, 10, 100, 1000]);
});
