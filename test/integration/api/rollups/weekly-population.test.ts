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
