import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '../../../../src/domain/core/errors.ts';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';
import { seedDeadLetters, type DeadLetterSeed } from './seed-dead-letters.ts';

let world: ApiWorld;
let team: SeededTeam;
let other: SeededTeam;

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'alpha', repositories: 3 });
  other = await seedTeam(world, { slug: 'other' });
});

afterAll(() => world.close());

beforeEach(async () => {
  for (const table of ['dead_letter', 'sync_run', 'admin_audit', 'repository_stage']) {
    await world.sql(`DELETE FROM ${table}`);
  }
  world.launcher.started.length = 0;
  world.launcher.refusal = null;
  world.launcher.answer = { workflowId: 'backfill:1', workflowRunId: 'run-1', joined: false };
});

const NAMES = ['acme/repo-001', 'acme/repo-002', 'acme/repo-003'];

const dead = (...letters: readonly DeadLetterSeed[]) => seedDeadLetters(world, team, letters);

describe('retryDeadLetters', () => {
  interface Answer {
    readonly retryDeadLetters: Readonly<Record<string, unknown>> & { readonly __typename: string };
  }

  const retry = async (input: object = {}, token = team.adminToken) => {
    const { data, errors } = await world.ask<Answer>(
      token,
      `mutation ($input: RetryDeadLettersInput!) { retryDeadLetters(input: $input) { __typename
        ... on RetryDeadLettersPayload { requested joined syncRun { kind status } team { slug } }
        ... on UserError { code message } } }`,
      { input: { teamId: globalId.team(team.teamId), ...input } },
    );
    expect(errors).toEqual([]);
    return data.retryDeadLetters;
  };

  const requested = () =>
    world.sql<{ key: string }>(
      `SELECT natural_key AS key FROM dead_letter WHERE retry_requested_at IS NOT NULL ORDER BY 1`,
    );

  it('has the next sync try them, starts it for their repositories, and is recorded', async () => {
    await dead(
      { repository: 0, key: '7' },
      { repository: 0, key: '8', resolved: true },
      { repository: 1, key: 'permission', entity: 'releases' },
      { repository: 1, key: '55', entity: 'deployment_ranges', attempts: 6 },
      { repository: 2, key: 'unknown' },
      { repository: 0, key: '7', of: other },
    );
    expect(await retry()).toEqual({
      __typename: 'RetryDeadLettersPayload',
      requested: 4,
      joined: false,
      syncRun: { kind: 'INCREMENTAL', status: 'RUNNING' },
      team: { slug: 'alpha' },
    });
    expect(world.launcher.started).toMatchObject([
      { repositories: NAMES, since: null, again: true },
    ]);
    expect((await requested()).map(({ key }) => key)).toEqual(['55', '7', 'permission', 'unknown']);
    expect(
      await world.sql(`SELECT stage FROM repository_stage WHERE is_due ORDER BY stage`),
    ).toEqual([{ stage: 'DEPLOYMENTS' }, { stage: 'RELEASES' }]);
    const audit = await world.sql(
      `SELECT actor_id::text AS actor, details FROM admin_audit WHERE action = 'DEAD_LETTERS_RETRIED'`,
    );
    expect(audit).toEqual([
      {
        actor: team.adminUserId,
        details: { letters: 4, repositories: NAMES },
      },
    ]);
    const { data } = await world.ask<{
      team: { deadLetters: { nodes: readonly { nextTryAt: string | null }[] } };
    }>(team.viewerToken, `{ team(slug: "alpha") { deadLetters { nodes { nextTryAt } } } }`);
    const times = data.team.deadLetters.nodes.map(({ nextTryAt }) => nextTryAt !== null);
    expect(times).toEqual([true, true, true, true]);
  });

  it('starts nothing where there is nothing to try', async () => {
    await dead({ repository: 0, key: '8', resolved: true });
    expect(await retry()).toMatchObject({ requested: 0, joined: false, syncRun: null });
    expect(world.launcher.started).toEqual([]);
    expect(await world.sql('SELECT action FROM admin_audit')).toEqual([]);
  });

  it('tries those of one repository alone when it is named', async () => {
    await dead({ repository: 0, key: '7' }, { repository: 1, key: '9' });
    const repositoryId = globalId.row('Repository', team.teamId, team.repositoryIds[1] ?? '');
    expect(await retry({ repositoryId })).toMatchObject({ requested: 1 });
    expect((await requested()).map(({ key }) => key)).toEqual(['9']);
  });

  it('joins the job that runs', async () => {
    await dead({ repository: 0, key: '7' });
    await retry();
    world.launcher.answer = { workflowId: 'backfill:1', workflowRunId: 'run-1', joined: true };
    expect(await retry()).toMatchObject({ requested: 1, joined: true });
  });

  it('keeps the request for the next sync while Temporal is away', async () => {
    await dead({ repository: 0, key: '7' });
    world.launcher.answer = new DomainError('TEMPORAL_UNAVAILABLE', 'Temporal does not answer.');
    expect(await retry()).toMatchObject({ code: 'TEMPORAL_UNAVAILABLE' });
    expect((await requested()).map(({ key }) => key)).toEqual(['7']);
  });

  it('is for admins of the team, and knows no repository of another one', async () => {
    await dead({ repository: 0, key: '7' }, { repository: 0, key: '7', of: other });
    expect(await retry({}, team.viewerToken)).toMatchObject({ __typename: 'ForbiddenError' });
    expect(await retry({}, other.adminToken)).toMatchObject({ __typename: 'NotFoundError' });
    const theirs = globalId.row('Repository', other.teamId, other.repositoryIds[0] ?? '');
    const none = globalId.row('Repository', team.teamId, '999999999');
    expect(await retry({ repositoryId: theirs })).toMatchObject({ __typename: 'NotFoundError' });
    expect(await retry({ repositoryId: none })).toMatchObject({ __typename: 'NotFoundError' });
    expect(await requested()).toEqual([]);
    expect(world.launcher.started).toEqual([]);
  });
});
