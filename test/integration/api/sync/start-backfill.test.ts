import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '../../../../src/domain/core/errors.ts';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';

const START = `mutation ($input: StartBackfillInput!) {
  startBackfill(input: $input) {
    __typename
    ... on StartBackfillPayload {
      joined workflowId temporalUrl
      syncRun { id kind status workflowId temporalUrl since finishedAt error { code } repository { name } repositories { nodes { id } } team { slug } }
    }
    ... on UserError { code message }
  }
}`;

interface Answer {
  readonly startBackfill: Readonly<Record<string, unknown>> & { readonly __typename: string };
}

const DAY_MS = 24 * 60 * 60 * 1000;

describe('startBackfill', () => {
  let world: ApiWorld;
  let team: SeededTeam;

  beforeAll(async () => {
    world = await createApiWorld();
    team = await seedTeam(world, { slug: 'alpha' });
  });

  beforeEach(async () => {
    world.launcher.started.length = 0;
    world.launcher.refusal = null;
    world.launcher.beforeStart = async () => undefined;
    world.launcher.answer = { workflowId: 'backfill:1', workflowRunId: 'run-1', joined: false };
    await world.sql('DELETE FROM sync_run');
  });

  afterAll(async () => {
    await world?.close();
  });

  const start = (input: object, token = team.adminToken) =>
    world.ask<Answer>(token, START, { input: { teamId: globalId.team(team.teamId), ...input } });

  /** How many days ago an instant lies by the database's clock; the part of a day that passes meanwhile is cut. */
  const daysAgo = async (instant: string | null | undefined): Promise<number> => {
    const [row] = await world.sql<{ now: Date }>('SELECT now() AS now');
    return Math.floor((Number(row?.now) - Date.parse(String(instant))) / DAY_MS);
  };

  const storedRuns = () =>
    world.sql<{ names: string[]; since: Date; user: string }>(
      `SELECT requested_names AS names, since, requested_by_id::text AS user FROM sync_run`,
    );

  it('starts the workflow, writes the job and answers both', async () => {
    const { data, errors } = await start({
      repositories: ['Octo/One', 'octo/two', 'octo/one'],
      daysBack: 30,
    });
    expect(errors).toEqual([]);
    const since = world.launcher.started[0]?.since ?? '';
    expect(await daysAgo(since)).toBe(30);
    expect(data.startBackfill).toEqual({
      __typename: 'StartBackfillPayload',
      joined: false,
      workflowId: 'backfill:1',
      temporalUrl: 'http://temporal.test/workflows/backfill:1',
      syncRun: {
        id: expect.any(String) as string,
        kind: 'BACKFILL',
        status: 'RUNNING',
        workflowId: 'backfill:1',
        temporalUrl: 'http://temporal.test/workflows/backfill:1',
        since,
        finishedAt: null,
        error: null,
        repository: null,
        repositories: { nodes: [] },
        team: { slug: 'alpha' },
      },
    });
    expect(world.launcher.started).toEqual([
      {
        teamId: team.teamId,
        repositories: ['Octo/One', 'octo/two'],
        since,
        requestedBy: team.adminUserId,
        syncRunId: expect.stringMatching(/^\d+$/) as string,
      },
    ]);
    expect(await storedRuns()).toEqual([
      { names: ['Octo/One', 'octo/two'], since: new Date(since), user: team.adminUserId },
    ]);
  });

  it('joins the workflow that runs: the same job, once', async () => {
    const first = await start({});
    world.launcher.answer = { workflowId: 'backfill:1', workflowRunId: 'run-1', joined: true };
    const second = await start({});
    expect(second.data.startBackfill).toMatchObject({
      joined: true,
      syncRun: { id: (first.data.startBackfill['syncRun'] as { id: string }).id },
    });
    expect(await storedRuns()).toHaveLength(1);
  });

  it('goes back 90 days unless told otherwise, and since wins over days', async () => {
    await start({});
    await start({ since: '2020-01-01T00:00:00+02:00', daysBack: 5 });
    const [days, since] = world.launcher.started;
    expect(await daysAgo(days?.since)).toBe(90);
    expect(since?.since).toBe('2019-12-31T22:00:00.000Z');
  });

  it('shows both jobs that one request starts, each as it was just written', async () => {
    const one = `startBackfill(input: { teamId: "${globalId.team(team.teamId)}" }) { ... on StartBackfillPayload { syncRun { status } } }`;
    const { data, errors } = await world.ask(team.adminToken, `mutation { a: ${one} b: ${one} }`);
    expect(errors).toEqual([]);
    expect(data).toEqual({
      a: { syncRun: { status: 'RUNNING' } },
      b: { syncRun: { status: 'RUNNING' } },
    });
  });

  it.each([
    ['a name without an owner', { repositories: ['hello'] }, 'write it as owner/name'],
    ['a name that is a path', { repositories: ['a/b/c'] }, 'write it as owner/name'],
    ['zero days', { daysBack: 0 }, 'between 1 and 36500'],
    ['too many days', { daysBack: 36_501 }, 'between 1 and 36500'],
    ['the future', { since: '2100-12-31T23:59:59Z' }, 'lies in the future'],
    ['too many names', { repositories: Array.from({ length: 501 }, (_, i) => `o/r${i}`) }, '500'],
  ])('refuses %s and starts nothing', async (_what, input, sentence) => {
    const { data, errors } = await start(input);
    expect(errors).toEqual([]);
    expect(data.startBackfill).toMatchObject({
      __typename: 'InvalidInputError',
      code: 'INVALID_INPUT',
      message: expect.stringContaining(sentence) as string,
    });
    expect(world.launcher.started).toEqual([]);
    expect(await storedRuns()).toEqual([]);
  });

  it('is for admins', async () => {
    const { data } = await start({}, team.viewerToken);
    expect(data.startBackfill).toMatchObject({ __typename: 'ForbiddenError', code: 'FORBIDDEN' });
    expect(world.launcher.started).toEqual([]);
  });

  describe('the row of the job', () => {
    const rows = () =>
      world.sql<{ id: string; status: string; code: string | null; message: string | null }>(
        `SELECT id::text, status, error_code AS code, error_message AS message FROM sync_run ORDER BY id`,
      );
    const refuse = () => {
      world.launcher.refusal = new DomainError('TEMPORAL_UNAVAILABLE', 'Temporal said no.');
    };

    it('is there before the workflow starts, which gets its id', async () => {
      const before: unknown[] = [];
      world.launcher.beforeStart = async () => void before.push(...(await rows()));
      const { data } = await start({});
      expect(data.startBackfill.__typename).toBe('StartBackfillPayload');
      const [{ syncRunId = '' } = {}] = world.launcher.started;
      expect(before).toEqual([{ id: syncRunId, status: 'RUNNING', code: null, message: null }]);
      expect(await rows()).toEqual(before);
    });

    it('is closed with the reason when Temporal refuses the start; the next start gets another', async () => {
      refuse();
      const { data, errors } = await start({});
      expect(errors).toEqual([]);
      expect(data.startBackfill).toMatchObject({
        code: 'TEMPORAL_UNAVAILABLE',
        message: 'Temporal said no.',
      });
      const refused = {
        status: 'FAILED',
        code: 'TEMPORAL_UNAVAILABLE',
        message: 'Temporal said no.',
      };
      expect(await rows()).toMatchObject([refused]);
      world.launcher.refusal = null;
      await start({});
      expect(await rows()).toMatchObject([refused, { status: 'RUNNING', code: null }]);
    });

    it('is closed without a word of the cause when the start fails for another reason', async () => {
      world.launcher.refusal = new Error('canary-1234 secret');
      const { errors } = await start({});
      expect(errors[0]?.extensions?.code).toBe('INTERNAL');
      expect(await rows()).toMatchObject([{ status: 'FAILED', code: 'UNEXPECTED' }]);
      expect(JSON.stringify(await rows())).not.toContain('canary');
    });

    it('belongs to one request alone, and goes when another job has begun meanwhile', async () => {
      await Promise.all(Array.from({ length: 5 }, () => start({})));
      const requested = world.launcher.started.map(({ syncRunId }) => syncRunId);
      expect(new Set(requested).size).toBe(5);
      const [job, ...others] = await rows();
      expect(others).toHaveLength(4);
      await world.sql('DELETE FROM sync_run WHERE id <> $1', [job?.id]);
      // The job begins, and a start that did not see it comes too late.
      await world.sql(`UPDATE sync_run SET workflow_run_id = 'run-1'`);
      const joining = { workflowId: 'backfill:1', workflowRunId: 'run-1', joined: true };
      world.launcher.beforeStart = async () => {
        const [own] = world.launcher.started.splice(-1);
        world.launcher.started.push({ ...own, syncRunId: job?.id ?? '' } as never);
        world.launcher.answer = joining;
      };
      const { data } = await start({});
      expect(data.startBackfill).toMatchObject({ joined: true });
      expect((await rows()).map(({ id }) => id)).toEqual([job?.id]);
    });

    it('is closed by the next start when the gateway died before the workflow began', async () => {
      await start({ daysBack: 4_000 });
      await world.sql(`UPDATE sync_run SET started_at = now() - interval '2 minutes'`);
      await start({ daysBack: 30 });
      expect(await world.sql('SELECT status, error_code FROM sync_run ORDER BY id')).toEqual([
        { status: 'FAILED', error_code: 'ABANDONED' },
        { status: 'RUNNING', error_code: null },
      ]);
    });
  });

  it('writes nothing when Temporal does not answer', async () => {
    world.launcher.answer = new DomainError(
      'TEMPORAL_UNAVAILABLE',
      'Temporal does not answer: check TEMPORAL_ADDRESS.',
    );
    const { data, errors } = await start({});
    expect(errors).toEqual([]);
    expect(data.startBackfill).toEqual({
      __typename: 'TemporalUnavailableError',
      code: 'TEMPORAL_UNAVAILABLE',
      message: 'Temporal does not answer: check TEMPORAL_ADDRESS.',
    });
    expect(await storedRuns()).toEqual([]);
  });

  it('says what to do when the team has no working connection, or no repositories', async () => {
    const bare = await seedTeam(world, { slug: 'bare', repositories: 0 });
    const startBare = () =>
      world.ask<Answer>(bare.adminToken, START, { input: { teamId: globalId.team(bare.teamId) } });
    expect((await startBare()).data.startBackfill).toMatchObject({
      __typename: 'InvalidInputError',
      message: expect.stringContaining('input.repositories') as string,
    });
    await world.sql(`UPDATE github_connection SET status = 'NEEDS_REAUTH' WHERE team_id = $1`, [
      bare.teamId,
    ]);
    expect((await startBare()).data.startBackfill).toMatchObject({
      __typename: 'GithubNotConnectedError',
      code: 'GITHUB_NOT_CONNECTED',
    });
    expect(world.launcher.started).toEqual([]);
  });

  it('masks what the launcher does not expect', async () => {
    world.launcher.answer = new Error('canary-1234 secret');
    const { body, errors } = await start({});
    expect(body).not.toContain('canary-1234');
    expect(errors[0]?.extensions?.code).toBe('INTERNAL');
    expect(await storedRuns()).toEqual([]);
  });
});
