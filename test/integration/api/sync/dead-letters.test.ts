import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '../../../../src/domain/core/errors.ts';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';
import { seedRun } from './seed-sync-run.ts';

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
  await world.sql('DELETE FROM dead_letter');
  await world.sql('DELETE FROM sync_run');
  await world.sql('DELETE FROM admin_audit');
  await world.sql('DELETE FROM repository_stage');
  world.launcher.started.length = 0;
  world.launcher.refusal = null;
  world.launcher.answer = { workflowId: 'backfill:1', workflowRunId: 'run-1', joined: false };
});

interface Letter {
  readonly repository: number;
  readonly key: string;
  readonly entity?: string;
  readonly run?: string;
  readonly attempts?: number;
  readonly resolved?: boolean;
  readonly of?: SeededTeam;
}

const TRIED = '2026-03-10T12:00:00.000Z';

async function dead(...letters: readonly Letter[]): Promise<void> {
  for (const { repository, key, entity = 'pull_request', of = team, ...more } of letters) {
    await world.sql(
      `INSERT INTO dead_letter (team_id, repository_id, entity, natural_key, reason_code, reason, attempts,
        first_seen_at, last_seen_at, resolved_at, sync_run_id)
      VALUES ($1, $2, $3, $4, 'UNREADABLE', 'id is 0', $5, now() - interval '1 hour', $6,
        CASE WHEN $7::boolean THEN now() END, $8)`,
      [
        of.teamId,
        of.repositoryIds[repository],
        entity,
        key,
        more.attempts ?? 1,
        TRIED,
        more.resolved ?? false,
        more.run ?? null,
      ],
    );
  }
}

interface Page {
  readonly totalCount: number;
  readonly nodes: readonly Readonly<Record<string, unknown>>[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

const FIELDS = `totalCount pageInfo { hasNextPage endCursor }
  nodes { entity number key reasonCode reason attempts since lastTriedAt nextTryAt repository { name } }`;

const keysOf = ({ nodes }: Page): unknown[] => nodes.map(({ key }) => key);

describe('dead letters', () => {
  it('are shown by the repository and the team with what they are, why and since when, until they are resolved', async () => {
    await dead(
      { repository: 0, key: '7', attempts: 2 },
      { repository: 0, key: '8', resolved: true },
      { repository: 0, key: 'unknown' },
      { repository: 1, key: '55', entity: 'deployment_ranges', attempts: 2 },
      { repository: 1, key: '56', entity: 'deployment_ranges', attempts: 6 },
      { repository: 1, key: 'permission', entity: 'releases' },
      { repository: 0, key: '7', of: other },
    );
    const { data, errors } = await world.ask<{
      team: {
        deadLetters: Page;
        dataQuality: { deadLetters: number };
        repositories: {
          nodes: readonly { deadLetters: Page; dataQuality: { deadLetters: number } }[];
        };
      };
    }>(
      team.viewerToken,
      `{ team(slug: "alpha") { deadLetters { ${FIELDS} } dataQuality { deadLetters }
        repositories { nodes { dataQuality { deadLetters } deadLetters { ${FIELDS} } } } } }`,
    );
    expect(errors).toEqual([]);
    expect(data.team.deadLetters.totalCount).toBe(5);
    expect(data.team.dataQuality.deadLetters).toBe(5);
    const [first, second, third] = data.team.repositories.nodes;
    expect(first?.deadLetters.nodes).toEqual([
      {
        entity: 'PULL_REQUEST',
        number: 7,
        key: '7',
        reasonCode: 'UNREADABLE',
        reason: 'id is 0',
        attempts: 2,
        since: expect.any(String) as string,
        lastTriedAt: TRIED,
        nextTryAt: '2026-03-10T12:30:00.000Z',
        repository: { name: 'repo-001' },
      },
      expect.objectContaining({ number: null, key: 'unknown', nextTryAt: null }),
    ]);
    expect(second?.deadLetters.nodes).toMatchObject([
      {
        entity: 'DEPLOYMENT_RANGES',
        number: null,
        key: '55',
        nextTryAt: '2026-03-10T16:00:00.000Z',
      },
      { entity: 'DEPLOYMENT_RANGES', key: '56', nextTryAt: null },
      { entity: 'RELEASES', key: 'permission', nextTryAt: null },
    ]);
    expect([first, second, third].map((one) => one?.dataQuality.deadLetters)).toEqual([2, 3, 0]);
  });

  it('of a run are those that it met first, of a job those of its repository syncs', async () => {
    const job = await seedRun(world, team, { runId: 'job' });
    const parts = await Promise.all(
      [0, 1].map((index) =>
        seedRun(world, team, {
          parentId: job,
          repositoryId: team.repositoryIds[index] ?? '',
          runId: `part ${index}`,
        }),
      ),
    );
    await dead(
      { repository: 0, key: '1', run: parts[0] ?? '' },
      { repository: 0, key: '2', run: parts[0] ?? '', resolved: true },
      { repository: 1, key: '3', run: parts[1] ?? '' },
      { repository: 1, key: '4' },
    );
    const { data, errors } = await world.ask<{
      syncRun: { deadLetters: Page; repositories: readonly { deadLetters: Page }[] };
    }>(
      team.viewerToken,
      `query ($id: ID!) { syncRun(id: $id) { deadLetters { ${FIELDS} } repositories { deadLetters { ${FIELDS} } } } }`,
      { id: globalId.row('SyncRun', team.teamId, job) },
    );
    expect(errors).toEqual([]);
    expect(keysOf(data.syncRun.deadLetters)).toEqual(['1', '3']);
    expect(data.syncRun.deadLetters.totalCount).toBe(2);
    expect(data.syncRun.repositories.map((part) => keysOf(part.deadLetters))).toEqual([
      ['1'],
      ['3'],
    ]);
  });

  it.each([
    ['the team', 'page: deadLetters(first: 2, after: $after) { FIELDS }'],
    ['a run', 'syncRuns { nodes { page: deadLetters(first: 2, after: $after) { FIELDS } } }'],
  ])('of %s come in pages, each once', async (_of, field) => {
    const job = await seedRun(world, team, { runId: 'job' });
    const run = await seedRun(world, team, {
      parentId: job,
      repositoryId: team.repositoryIds[0] ?? '',
      runId: 'part',
    });
    await dead(...['1', '2', '3', '4', '5'].map((key) => ({ repository: 0, key, run })));
    const seen: unknown[] = [];
    for (
      let after: string | null = null, isFirst = true;
      isFirst || after !== null;
      isFirst = false
    ) {
      const page = await readPage(field, after);
      expect(page.nodes.length).toBeLessThanOrEqual(2);
      seen.push(...keysOf(page));
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    }
    expect(seen).toEqual(['1', '2', '3', '4', '5']);
  });

  /** The page that a field, which stands within the team, has behind a cursor. */
  async function readPage(field: string, after: string | null): Promise<Page> {
    interface Paged {
      readonly page?: Page;
      readonly syncRuns?: { readonly nodes: readonly { readonly page: Page }[] };
    }
    const { data, errors } = await world.ask<{ team: Paged }>(
      team.viewerToken,
      `query ($after: String) { team(slug: "alpha") { ${field.replace('FIELDS', FIELDS)} } }`,
      { after },
    );
    expect(errors).toEqual([]);
    const page = data.team.page ?? data.team.syncRuns?.nodes[0]?.page;
    if (page === undefined) {
      throw new Error('the answer has no page');
    }
    return page;
  }

  it('cost as many statements for one repository as for many', async () => {
    await dead(...[0, 1, 2].map((repository) => ({ repository, key: '1' })));
    const count = async (first: number) => {
      world.counting.takeStatements();
      const { errors } = await world.ask(
        team.viewerToken,
        `query ($first: Int!) { team(slug: "alpha") { repositories(first: $first) { nodes {
          deadLetters { totalCount nodes { key repository { name } } } dataQuality { deadLetters } } } } }`,
        { first },
      );
      expect(errors).toEqual([]);
      return world.counting.takeStatements().length;
    };
    expect(await count(20)).toBe(await count(1));
  });
});

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
      requested: 3,
      joined: false,
      syncRun: { kind: 'INCREMENTAL', status: 'RUNNING' },
      team: { slug: 'alpha' },
    });
    expect(world.launcher.started).toMatchObject([
      { repositories: ['acme/repo-001', 'acme/repo-002'], since: null, again: true },
    ]);
    expect((await requested()).map(({ key }) => key)).toEqual(['55', '7', 'permission']);
    expect(
      await world.sql(`SELECT stage FROM repository_stage WHERE is_due ORDER BY stage`),
    ).toEqual([{ stage: 'DEPLOYMENTS' }, { stage: 'RELEASES' }]);
    const audit = await world.sql(
      `SELECT actor_id::text AS actor, details FROM admin_audit WHERE action = 'DEAD_LETTERS_RETRIED'`,
    );
    expect(audit).toEqual([
      {
        actor: team.adminUserId,
        details: { letters: 3, repositories: ['acme/repo-001', 'acme/repo-002'] },
      },
    ]);
    const { data } = await world.ask<{ team: { deadLetters: Page } }>(
      team.viewerToken,
      `{ team(slug: "alpha") { deadLetters { ${FIELDS} } } }`,
    );
    const times = data.team.deadLetters.nodes.map(({ nextTryAt }) => nextTryAt !== null);
    expect(times).toEqual([true, true, true, false]);
  });

  it('starts nothing where there is nothing to try', async () => {
    await dead({ repository: 0, key: 'unknown' }, { repository: 0, key: '8', resolved: true });
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
