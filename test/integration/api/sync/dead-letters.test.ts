import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';
import { seedDeadLetters, TRIED, type DeadLetterSeed } from './seed-dead-letters.ts';
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
});

const dead = (...letters: readonly DeadLetterSeed[]) => seedDeadLetters(world, team, letters);

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
      { repository: 2, key: 'month:2026-02' },
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
    expect(data.team.deadLetters.totalCount).toBe(6);
    expect(data.team.dataQuality.deadLetters).toBe(6);
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
    expect(third?.deadLetters.nodes).toMatchObject([
      { entity: 'PULL_REQUEST', number: null, key: 'month:2026-02', nextTryAt: null },
    ]);
    expect([first, second, third].map((one) => one?.dataQuality.deadLetters)).toEqual([2, 3, 1]);
  });

  it('that contradict themselves say after which pause the range is read again, for a week', async () => {
    await dead(
      { repository: 0, key: 'unknown', attempts: 1 },
      { repository: 1, key: 'unknown', attempts: 3 },
      { repository: 2, key: 'unknown', attempts: 9 },
      { repository: 0, key: 'unknown', attempts: 2, entity: 'releases' },
      { repository: 1, key: 'unknown', attempts: 2, entity: 'releases' },
    );
    await world.sql(`UPDATE dead_letter SET reason_code = 'CONTRADICTORY'`);
    await world.sql(
      `UPDATE dead_letter SET first_seen_at = now() - interval '8 days'
      WHERE entity = 'releases' AND repository_id = ${team.repositoryIds[1] ?? ''}`,
    );
    const read = async () => {
      const { data, errors } = await world.ask<{ team: { deadLetters: Page } }>(
        team.viewerToken,
        `{ team(slug: "alpha") { deadLetters { ${FIELDS} } } }`,
      );
      expect(errors).toEqual([]);
      return data.team.deadLetters.nodes.map(({ nextTryAt }) => nextTryAt);
    };
    expect(await read()).toEqual([
      '2026-03-10T13:00:00.000Z',
      '2026-03-10T16:00:00.000Z',
      '2026-03-10T21:00:00.000Z',
      null,
      '2026-03-11T13:00:00.000Z',
    ]);
    // Where the last syncs saw nothing newer, each one goes back as far anyway.
    await world.sql(
      `UPDATE repository SET watermark = now(), complete_from = now() - interval '9 days'`,
    );
    await world.sql(
      `UPDATE dead_letter SET unread_since = now() - interval '5 minutes' WHERE attempts = 9`,
    );
    expect((await read()).at(-1)).toBe(TRIED);
  });

  it('of the lists of a pull request waits as long, and after a week for an admin', async () => {
    await dead(
      { repository: 0, entity: 'nested_lists', key: '1', attempts: 1 },
      { repository: 0, entity: 'nested_lists', key: '2', attempts: 3 },
      { repository: 0, entity: 'nested_lists', key: '3', attempts: 60 },
      { repository: 1, entity: 'nested_lists', key: '4', attempts: 2 },
    );
    await world.sql(
      `UPDATE dead_letter SET first_seen_at = now() - CASE natural_key WHEN '4' THEN interval '8 days' ELSE '6 days' END`,
    );
    const { data } = await world.ask<{ team: { deadLetters: Page } }>(
      team.viewerToken,
      `{ team(slug: "alpha") { deadLetters { ${FIELDS} } } }`,
    );
    expect(data.team.deadLetters.nodes.map(({ nextTryAt }) => nextTryAt)).toEqual([
      '2026-03-10T13:00:00.000Z',
      '2026-03-10T21:00:00.000Z',
      '2026-03-11T13:00:00.000Z',
      null,
    ]);
  });

  it('of the checks of a pull request has its number', async () => {
    await dead({ repository: 0, entity: 'check_runs', key: '12' });
    const { data } = await world.ask<{ team: { deadLetters: Page } }>(
      team.viewerToken,
      `{ team(slug: "alpha") { deadLetters { ${FIELDS} } } }`,
    );
    expect(data.team.deadLetters.nodes).toMatchObject([{ entity: 'CHECK_RUNS', number: 12 }]);
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
      syncRun: { deadLetters: Page; repositories: { nodes: readonly { deadLetters: Page }[] } };
    }>(
      team.viewerToken,
      `query ($id: ID!) { syncRun(id: $id) { deadLetters { ${FIELDS} } repositories { nodes { deadLetters { ${FIELDS} } } } } }`,
      { id: globalId.row('SyncRun', team.teamId, job) },
    );
    expect(errors).toEqual([]);
    expect(keysOf(data.syncRun.deadLetters)).toEqual(['1', '3']);
    expect(data.syncRun.deadLetters.totalCount).toBe(2);
    expect(data.syncRun.repositories.nodes.map((part) => keysOf(part.deadLetters))).toEqual([
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
