import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '../../../../src/domain/core/errors.ts';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';

let world: ApiWorld;
let team: SeededTeam;
let other: SeededTeam;

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'alpha' });
  other = await seedTeam(world, { slug: 'other' });
});

afterAll(async () => {
  await world?.close();
});

describe('sources of AI usage', () => {
  beforeEach(async () => {
    world.launcher.workflows.length = 0;
    world.launcher.answer = { workflowId: 'usage:1:acme', workflowRunId: 'run-1', joined: false };
    await world.sql('DELETE FROM ai_usage_source');
  });

  interface Started {
    readonly __typename: string;
    readonly message?: string;
    readonly syncs?: readonly Readonly<Record<string, unknown>>[];
    readonly team?: { readonly aiUsageSources: readonly Readonly<Record<string, unknown>>[] };
  }

  const SELECTION = `__typename
    ... on AiUsageSyncPayload {
      syncs { organization joined workflowId temporalUrl }
      team { slug aiUsageSources { tool organization status statusReason latestDay seats { total } } }
    }
    ... on UserError { message }`;

  const connect = async (organization: string, token = team.adminToken, teamId = team.teamId) => {
    const { data, errors } = await world.ask<{ connectCopilot: Started }>(
      token,
      `mutation ($input: ConnectCopilotInput!) { connectCopilot(input: $input) { ${SELECTION} } }`,
      { input: { teamId: globalId.team(teamId), organization } },
    );
    expect(errors).toEqual([]);
    return data.connectCopilot;
  };

  const syncAgain = async (token = team.adminToken) => {
    const { data, errors } = await world.ask<{ syncAiUsage: Started }>(
      token,
      `mutation ($input: SyncAiUsageInput!) { syncAiUsage(input: $input) { ${SELECTION} } }`,
      { input: { teamId: globalId.team(team.teamId) } },
    );
    expect(errors).toEqual([]);
    return data.syncAiUsage;
  };

  const stored = () => world.sql('SELECT organization, status FROM ai_usage_source');

  it('are connected once, whatever the case, and their sync is started', async () => {
    const first = await connect(' Acme-Corp ');
    expect(first).toEqual({
      __typename: 'AiUsageSyncPayload',
      syncs: [
        {
          organization: 'Acme-Corp',
          joined: false,
          workflowId: `usage:${team.teamId}:acme-corp`,
          temporalUrl: `http://temporal.test/workflows/usage:${team.teamId}:acme-corp`,
        },
      ],
      team: {
        slug: 'alpha',
        aiUsageSources: [
          {
            tool: 'COPILOT',
            organization: 'Acme-Corp',
            status: 'PENDING',
            statusReason: null,
            latestDay: null,
            seats: null,
          },
        ],
      },
    });
    await connect('ACME-CORP');
    expect(await stored()).toEqual([{ organization: 'Acme-Corp', status: 'PENDING' }]);
    expect(
      world.launcher.workflows.map(({ workflowType, taskQueue, input }) => [
        workflowType,
        taskQueue,
        input,
      ]),
    ).toEqual(
      Array.from({ length: 2 }, () => [
        'syncAiUsage',
        'sync',
        { teamId: team.teamId, organization: 'Acme-Corp', carryOver: null },
      ]),
    );
  });

  it('are all asked again by hand', async () => {
    await connect('acme');
    await connect('beta');
    expect((await syncAgain()).syncs?.map(({ workflowId }) => workflowId)).toEqual([
      `usage:${team.teamId}:acme`,
      `usage:${team.teamId}:beta`,
    ]);
  });

  it('that are none yet cannot be asked', async () => {
    expect(await syncAgain()).toMatchObject({
      __typename: 'InvalidInputError',
      message: expect.stringContaining('connectCopilot') as string,
    });
  });

  it.each(['', 'a/b', '-acme', 'acme corp', 'x'.repeat(40), 'acme\u0000'])(
    'are refused under the name %j, and nothing is started',
    async (organization) => {
      expect((await connect(organization)).__typename).toBe('InvalidInputError');
      expect(world.launcher.workflows).toEqual([]);
      expect(await stored()).toEqual([]);
    },
  );

  it('are for admins of the team', async () => {
    expect((await connect('acme', team.viewerToken)).__typename).toBe('ForbiddenError');
    expect((await syncAgain(team.viewerToken)).__typename).toBe('ForbiddenError');
    expect((await connect('acme', other.adminToken)).__typename).toBe('NotFoundError');
    expect(world.launcher.workflows).toEqual([]);
  });

  it('need a connection, and Temporal; without them nothing is written', async () => {
    world.launcher.answer = new DomainError('TEMPORAL_UNAVAILABLE', 'Temporal does not answer.');
    expect((await connect('acme')).__typename).toBe('TemporalUnavailableError');
    const bare = await seedTeam(world, { slug: `bare-${Date.now()}` });
    await world.sql(`UPDATE github_connection SET status = 'NEEDS_REAUTH' WHERE team_id = $1`, [
      bare.teamId,
    ]);
    expect((await connect('acme', bare.adminToken, bare.teamId)).__typename).toBe(
      'GithubNotConnectedError',
    );
    expect(await stored()).toEqual([]);
  });

  it('show how they stand: what is in the way, seats, reports and what the organisation used', async () => {
    await connect('acme');
    await world.sql(
      `UPDATE ai_usage_source SET status = 'MISSING_SCOPE', status_reason = 'Give the token a permission.'`,
    );
    await world.sql(
      `INSERT INTO ai_seat_daily (team_id, source, organization, date, total, active_this_cycle, inactive_this_cycle,
        pending_cancellation, synced_at)
      SELECT $1, 'COPILOT', 'acme', d, n, 1, n - 1, 0, now()
      FROM (VALUES (date '2026-03-09', 4), (date '2026-03-10', 5)) AS v(d, n)`,
      [team.teamId],
    );
    await world.sql(
      `INSERT INTO ai_usage_report (team_id, source, organization, kind, day, state, reason, rows_in, rows_inserted,
        rows_refused, fetched_at)
      VALUES ($1, 'COPILOT', 'acme', 'USERS', '2026-03-09', 'STORED', '1 rows could not be used.', 8, 7, 1, now()),
        ($1, 'COPILOT', 'acme', 'USERS', '2026-03-10', 'NO_REPORT_YET', 'Not yet.', 0, 0, 0, now()),
        ($1, 'COPILOT', 'acme', 'USERS', '2026-01-10', 'STORED', NULL, 3, 3, 0, now())`,
      [team.teamId],
    );
    await world.sql(
      `INSERT INTO ai_usage_total_daily (team_id, source, organization, date, dimension, name, suggestions_shown,
        suggestions_accepted, synced_at)
      SELECT $1, 'COPILOT', 'acme', d, dimension, name, shown, accepted, now()
      FROM (VALUES (date '2026-03-09'), (date '2026-03-10'), (date '2025-12-10')) AS days(d)
      CROSS JOIN (VALUES ('TOTAL', '', 50, 10), ('LANGUAGE', 'go', 10, 4), ('LANGUAGE', 'python', 40, 6),
        ('LANGUAGE', 'yaml', 0, 0), ('EDITOR', 'vim', 50, 10)) AS parts(dimension, name, shown, accepted)`,
      [team.teamId],
    );
    const { data, errors } = await world.ask(
      team.viewerToken,
      `{ team(slug: "alpha") { aiUsageSources { status statusReason seats { date total inactiveThisCycle }
        reports { day kind state reason rows inserted refused }
        breakdown(by: LANGUAGE) { name suggestionsShown acceptanceRate } } } }`,
    );
    expect(errors).toEqual([]);
    expect(data).toEqual({
      team: {
        aiUsageSources: [
          {
            status: 'MISSING_SCOPE',
            statusReason: 'Give the token a permission.',
            seats: { date: '2026-03-10', total: 5, inactiveThisCycle: 4 },
            reports: [
              {
                day: '2026-03-10',
                kind: 'USERS',
                state: 'NO_REPORT_YET',
                reason: 'Not yet.',
                rows: 0,
                inserted: 0,
                refused: 0,
              },
              {
                day: '2026-03-09',
                kind: 'USERS',
                state: 'STORED',
                reason: '1 rows could not be used.',
                rows: 8,
                inserted: 7,
                refused: 1,
              },
            ],
            breakdown: [
              { name: 'python', suggestionsShown: '80', acceptanceRate: 0.15 },
              { name: 'go', suggestionsShown: '20', acceptanceRate: 0.4 },
              { name: 'yaml', suggestionsShown: '0', acceptanceRate: null },
            ],
          },
        ],
      },
    });
  });
});
