import { AI_USAGE_NUMBERS } from '../../../../src/domain/usage/ai-usage-columns.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '../../../../src/domain/core/errors.ts';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';

const IMPORT = `mutation ($input: ImportAiUsageInput!) {
  importAiUsage(input: $input) {
    __typename
    ... on ImportAiUsagePayload {
      rows accepted refused inserted updated unchanged dirtyWeeks workflowId problems { index column code message }
    }
    ... on UserError { code message }
  }
}`;

interface Answer {
  readonly importAiUsage: Readonly<Record<string, unknown>>;
}

describe('importAiUsage', () => {
  let world: ApiWorld;
  let team: SeededTeam;

  beforeAll(async () => {
    world = await createApiWorld();
    team = await seedTeam(world, { slug: 'alpha', members: 100 });
    await seedTeam(world, { slug: 'beta' });
  });
  beforeEach(async () => {
    await world.sql('TRUNCATE ai_usage_daily, rollup_dirty, admin_audit');
  });
  afterAll(async () => {
    await world?.close();
  });

  async function send(
    rows: readonly object[],
    input: object = {},
    token: string | null = team.adminToken,
  ) {
    const { data, errors, status } = await world.ask<Answer>(token, IMPORT, {
      input: { teamId: globalId.team(team.teamId), source: 'CLAUDE_CODE', rows, ...input },
    });
    return { status, errors, result: data?.importAiUsage };
  }

  const stored = async () =>
    (await world.sql<{ n: string }>('SELECT count(*)::text AS n FROM ai_usage_daily'))[0]?.n;

  const GOOD = { login: 'DEV-001', date: '2026-03-02', interactions: 5, activeHours: 1.005 };

  it('writes rows with an audit, marks their weeks, and takes them again without a change', async () => {
    expect((await send([GOOD])).result).toEqual({
      __typename: 'ImportAiUsagePayload',
      rows: 1,
      accepted: 1,
      refused: 0,
      inserted: 1,
      updated: 0,
      unchanged: 0,
      dirtyWeeks: 1,
      workflowId: `rollup:${team.teamId}`,
      problems: [],
    });
    expect((await send([GOOD])).result).toMatchObject({ inserted: 0, updated: 0, unchanged: 1 });
    const audits = await world.sql(
      'SELECT actor_id::text, action, details FROM admin_audit ORDER BY id',
    );
    expect(audits[0]).toEqual({
      actor_id: team.adminUserId,
      action: 'AI_USAGE_IMPORT',
      details: { source: 'CLAUDE_CODE', inserted: 1, updated: 0, unchanged: 0, refused: 0 },
    });
  });

  it('tells each bad row by its index and keeps all out, unless the good ones are wanted', async () => {
    const rows = [
      GOOD,
      { ...GOOD, interactions: 1e300 },
      { ...GOOD, login: 'nobody' },
      { ...GOOD, date: '2026-02-30' },
      GOOD,
      { ...GOOD, login: 'dev-002', credits: -1 },
    ];
    const refused = (await send(rows)).result;
    expect(refused).toMatchObject({ accepted: 1, refused: 5, inserted: null, dirtyWeeks: 0 });
    expect(refused?.['problems']).toMatchObject([
      { index: 1, column: 'interactions', code: 'TOO_LARGE' },
      { index: 2, column: 'login', code: 'UNKNOWN_MEMBER' },
      { index: 3, column: 'date', code: 'NOT_A_DATE' },
      {
        index: 4,
        column: null,
        code: 'DUPLICATE_KEY',
        message: expect.stringContaining('rows[0]') as string,
      },
      { index: 5, column: 'credits', code: 'NEGATIVE' },
    ]);
    expect([await stored(), (await world.sql('SELECT 1 FROM admin_audit')).length]).toEqual([
      '0',
      0,
    ]);
    const kept = (await send(rows, { skipBad: true })).result;
    expect(kept).toMatchObject({ accepted: 1, refused: 5, inserted: 1 });
    expect(await stored()).toBe('1');
  });

  it('reads back every number that can be written; a row of zeros is no day', async () => {
    const numbers = {
      suggestionsShown: 9,
      suggestionsAccepted: 8,
      linesSuggested: 7,
      linesAccepted: 6,
      interactions: 5,
      activeHours: 1.25,
      credits: 12.5,
    };
    expect(Object.keys(numbers)).toEqual(AI_USAGE_NUMBERS.map(({ key }) => key));
    const zeros = Object.fromEntries(Object.keys(numbers).map((key) => [key, 0]));
    await send([
      { ...GOOD, ...numbers },
      { ...zeros, login: GOOD.login, date: '2026-03-03' },
    ]);
    const fields = `start activeMembers ${Object.keys(numbers).join(' ')}`;
    const range = 'from: "2026-03-01", to: "2026-03-08"';
    const { data } = await world.ask<{ team: { members: { nodes: { aiUsage: object[] }[] } } }>(
      team.viewerToken,
      `{ team(slug: "alpha") { aiUsage(${range}) { ${fields} }
        members(first: 1) { nodes { login aiUsage(${range}) { ${fields} } } } } }`,
    );
    const day = {
      start: GOOD.date,
      activeMembers: 1,
      ...Object.fromEntries(
        Object.entries(numbers).map(([key, value]) => [
          key,
          key === 'activeHours' || key === 'credits' ? value : String(value),
        ]),
      ),
    };
    expect(data.team).toMatchObject({ aiUsage: [day] });
    expect(data.team.members.nodes[0]?.aiUsage).toEqual([day]);
  });

  it('writes nothing in a dry run', async () => {
    const { result } = await send([GOOD], { dryRun: true, skipBad: true });
    expect(result).toMatchObject({ accepted: 1, refused: 0, inserted: null, dirtyWeeks: 0 });
    expect(await stored()).toBe('0');
  });

  it('starts the rollup of the weeks once rows are written, and not for a dry run or for refused rows', async () => {
    world.launcher.workflows.length = 0;
    expect((await send([GOOD], { dryRun: true })).result).toMatchObject({ workflowId: null });
    expect((await send([{ ...GOOD, login: 'nobody' }])).result).toMatchObject({ workflowId: null });
    expect(world.launcher.workflows).toEqual([]);
    await send([GOOD]);
    expect(world.launcher.workflows).toMatchObject([
      { workflowType: 'rollUpTeam', taskQueue: 'compute', input: { teamId: team.teamId } },
    ]);
  });

  it('stands when Temporal is away: the answer says that the weeks wait, and the same rows again start the rollup', async () => {
    const { answer } = world.launcher;
    world.launcher.answer = new DomainError('TEMPORAL_UNAVAILABLE', 'Temporal does not answer.');
    const waiting = await send([GOOD]);
    world.launcher.answer = answer;
    expect(waiting.errors).toEqual([]);
    expect(waiting.result).toMatchObject({ inserted: 1, dirtyWeeks: 1, workflowId: null });
    expect(await stored()).toBe('1');
    expect((await send([GOOD])).result).toMatchObject({
      unchanged: 1,
      workflowId: `rollup:${team.teamId}`,
    });
  });

  it('takes 5,000 rows with all their numbers in one request, and no more', async () => {
    const rows = Array.from({ length: 5_000 }, (_, index) => ({
      login: `dev-${String(1 + (index % 100)).padStart(3, '0')}`,
      date: new Date(Date.UTC(2026, 0, 1 + Math.floor(index / 100))).toISOString().slice(0, 10),
      suggestionsShown: 10_000_000,
      suggestionsAccepted: 10_000_000,
      linesSuggested: 10_000_000,
      linesAccepted: 10_000_000,
      interactions: 10_000_000,
      activeHours: 23.99,
      credits: 999_999.9999,
    }));
    expect((await send(rows)).result).toMatchObject({ inserted: 5_000, refused: 0 });
    expect((await send([...rows, GOOD])).result).toMatchObject({
      __typename: 'InvalidInputError',
      message: expect.stringContaining('Send 1 to 5000 rows, not 5001') as string,
    });
    expect((await send([])).result).toMatchObject({ __typename: 'InvalidInputError' });
  });

  it('is for admins of the team', async () => {
    expect((await send([GOOD], {}, team.viewerToken)).result).toMatchObject({
      __typename: 'ForbiddenError',
    });
    const beta = await world.sql<{ id: string }>(`SELECT id::text FROM team WHERE slug = 'beta'`);
    const other = globalId.team(beta[0]?.id ?? '');
    expect((await send([GOOD], { teamId: other })).result).toMatchObject({
      __typename: 'NotFoundError',
    });
    expect((await send([GOOD], {}, null)).errors[0]?.extensions?.code).toBe('UNAUTHENTICATED');
    expect(await stored()).toBe('0');
  });
});
