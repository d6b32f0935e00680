import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedPullRequests, seedTeam, type SeededTeam } from '../seed-team.ts';

const LIST = `query ($slug: String!, $first: Int!) {
  team(slug: $slug) {
    pullRequests(first: $first) {
      totalCount
      nodes {
        number author { login } mergedBy { login } repository { nameWithOwner } labels
        reviews(first: 2) { nodes { state reviewer { login } } }
        commits(first: 2) { nodes { sha author { login } } }
        files(first: 2) { nodes { path } }
      }
    }
  }
}`;

interface Page {
  readonly edges: readonly { readonly node: object }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** All rows of a list as text, page after page. */
async function readAllPages(readPage: (after: string | null) => Promise<Page>): Promise<string[]> {
  const seen: string[] = [];
  for (let after: string | null | undefined = null; after !== undefined;) {
    const page: Page = await readPage(after);
    seen.push(...page.edges.map(({ node }) => JSON.stringify(node)));
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : undefined;
  }
  return seen;
}

describe('what the API reads', () => {
  let world: ApiWorld;
  let team: SeededTeam;
  let pullRequestIds: string[];

  beforeAll(async () => {
    world = await createApiWorld();
    team = await seedTeam(world, { slug: 'alpha', repositories: 3, members: 2 });
    const seed = { count: 60, reviews: 5, commits: 4, files: 6, labels: 2 };
    pullRequestIds = await seedPullRequests(world, team, { ...seed, repository: 0 });
    await seedPullRequests(world, team, { ...seed, repository: 1 });
  });

  beforeEach(() => {
    world.counting.takeStatements();
  });

  afterAll(async () => {
    await world?.close();
  });

  const nodeIds = (count: number): string[] =>
    pullRequestIds.slice(0, count).map((id) => globalId.row('PullRequest', team.teamId, id));

  it('answers who the viewer is, with teams and roles', async () => {
    const { data, errors } = await world.ask(
      team.adminToken,
      `{ viewer { name email instanceRole memberships { nodes { role team { slug viewerRole } } } } }`,
    );
    expect(errors).toEqual([]);
    expect(data).toEqual({
      viewer: {
        name: 'alpha-admin',
        email: 'alpha-admin@example.test',
        instanceRole: null,
        memberships: { nodes: [{ role: 'ADMIN', team: { slug: 'alpha', viewerRole: 'ADMIN' } }] },
      },
    });
    expect(world.counting.takeStatements()).toHaveLength(1);
  });

  it('runs as many statements for 50 pull requests as for 5, and reads no row that is not shown', async () => {
    for (const first of [5, 50]) {
      world.counting.takeTransactions();
      const { errors } = await world.ask(team.viewerToken, LIST, { slug: 'alpha', first });
      expect(errors).toEqual([]);
      expect(world.counting.takeTransactions()).toBe(1);
      const statements = world.counting.takeStatements();
      // Team, page, total, authors with mergers, repositories, labels, reviews, commits, files.
      expect(statements).toHaveLength(9);
      const rows = statements.reduce((sum, statement) => sum + statement.rows, 0);
      // The page and each nested list read one row further, to see whether there is more.
      const nested = 3 * (2 + 1) * first;
      expect(rows).toBe(1 + (first + 1) + 1 + 2 + 2 + first + nested);
    }
  });

  it('runs one statement a level for pages nested in pages', async () => {
    const { data, errors } = await world.ask<{
      team: { repositories: { nodes: { pullRequests: { nodes: { number: number }[] } }[] } };
    }>(
      team.viewerToken,
      `{ team(slug: "alpha") { repositories { nodes { name pullRequests(first: 3) { totalCount nodes { number } } } } } }`,
    );
    expect(errors).toEqual([]);
    const shown = data.team.repositories.nodes.map((repository) =>
      repository.pullRequests.nodes.map((row) => row.number),
    );
    expect(shown).toEqual([[60, 59, 58], [60, 59, 58], []]);
    const statements = world.counting.takeStatements();
    expect(statements.map((statement) => statement.rows)).toEqual([1, 3, 8, 3]);
  });

  it.each([
    ['pull requests of the team', 'pullRequests', 'number repository { name }', 120],
    ['members', 'members', 'login', 2],
    ['repositories', 'repositories', 'nameWithOwner', 3],
  ])(
    'walks %s page by page without losing or doubling a row',
    async (_what, field, selection, total) => {
      const seen = await readAllPages(async (after) => {
        const { data, errors } = await world.ask<{ team: { list: Page } }>(
          team.viewerToken,
          `query ($after: String) { team(slug: "alpha") { list: ${field}(first: 7, after: $after) {
            edges { node { ${selection} } } pageInfo { hasNextPage endCursor } } } }`,
          { after },
        );
        expect(errors).toEqual([]);
        return data.team.list;
      });
      expect(seen).toHaveLength(total);
      expect(new Set(seen).size).toBe(total);
    },
  );

  it.each([
    ['reviews', 'submittedAt', 5],
    ['commits', 'sha', 4],
    ['files', 'path', 6],
  ])(
    'walks the %s of a pull request page by page, also where many share one instant',
    async (field, selection, total) => {
      const [id] = nodeIds(1);
      const seen = await readAllPages(async (after) => {
        const { data, errors } = await world.ask<{ node: { list: Page } }>(
          team.viewerToken,
          `query ($id: ID!, $after: String) { node(id: $id) { ... on PullRequest { list: ${field}(first: 2, after: $after) {
            edges { node { ${selection} } } pageInfo { hasNextPage endCursor } } } } }`,
          { id, after },
        );
        expect(errors).toEqual([]);
        return data.node.list;
      });
      expect(new Set(seen).size).toBe(total);
      expect(seen).toEqual(seen.toSorted());
    },
  );

  it('filters by state, repository, author and half-open ranges', async () => {
    const count = async (filter: object) => {
      const { data, errors } = await world.ask<{ team: { pullRequests: { totalCount: number } } }>(
        team.viewerToken,
        `query ($filter: PullRequestFilterInput) { team(slug: "alpha") { pullRequests(filter: $filter) { totalCount } } }`,
        { filter },
      );
      expect(errors).toEqual([]);
      return data.team.pullRequests.totalCount;
    };
    const repositoryId = globalId.row('Repository', team.teamId, team.repositoryIds[0] ?? '');
    expect(await count({ state: 'MERGED' })).toBe(40);
    expect(await count({ state: 'MERGED', repositoryId })).toBe(20);
    expect(
      await count({ authorId: globalId.row('Member', team.teamId, team.memberIds[0] ?? '') }),
    ).toBe(60);
    expect(
      await count({ createdFrom: '2026-03-02T00:10:00Z', createdTo: '2026-03-02T00:20:00Z' }),
    ).toBe(20);
    // Numbers 3, 6, … are merged an hour after they were opened.
    expect(
      await count({ mergedFrom: '2026-03-02T01:03:00Z', mergedTo: '2026-03-02T01:06:00Z' }),
    ).toBe(2);
    expect(await count({ repositoryId: 'no id at all' })).toBe(0);
  });

  it('gives sizes that pass 2^31 as text, and null where the source did not tell', async () => {
    const { data } = await world.ask<{
      team: { pullRequests: { nodes: { number: number; additions: string | null }[] } };
    }>(
      team.viewerToken,
      `{ team(slug: "alpha") { pullRequests(first: 4) { nodes { number additions } } } }`,
    );
    expect(data.team.pullRequests.nodes).toEqual([
      { number: 60, additions: '3000000060' },
      { number: 60, additions: '3000000060' },
      { number: 59, additions: null },
      { number: 59, additions: null },
    ]);
  });

  it('gives phases only of merged pull requests, in whole seconds that add up', async () => {
    const { data } = await world.ask(
      team.viewerToken,
      `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on PullRequest { number phases {
        codingSeconds pickupSeconds reviewSeconds mergeWaitSeconds cycleTimeSeconds } } } }`,
      { ids: nodeIds(3) },
    );
    const phases = {
      codingSeconds: 3600,
      pickupSeconds: 600,
      reviewSeconds: 3000,
      mergeWaitSeconds: 0,
      cycleTimeSeconds: 7200,
    };
    expect(data).toEqual({
      nodes: [
        { number: 1, phases: null },
        { number: 2, phases: null },
        { number: 3, phases },
      ],
    });
  });

  it('loads 50 nodes with as many statements as 5', async () => {
    for (const count of [5, 50]) {
      const { errors } = await world.ask(
        team.viewerToken,
        `query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on PullRequest { author { login } repository { name } } } }`,
        { ids: nodeIds(count) },
      );
      expect(errors).toEqual([]);
      const statements = world.counting.takeStatements();
      expect(statements).toHaveLength(3);
      expect(statements[0]?.rows).toBe(count);
    }
  });

  it('counts what is stored of all repositories of an answer with one statement', async () => {
    const { data, errors } = await world.ask<{ team: { repositories: { nodes: object[] } } }>(
      team.viewerToken,
      `{ team(slug: "alpha") { repositories { nodes { name statistics {
        pullRequests { total merged open closed } reviews commits pullRequestsWithCommits authors sizedPullRequests } } } } }`,
    );
    expect(errors).toEqual([]);
    expect(data.team.repositories.nodes[0]).toEqual({
      name: 'repo-001',
      statistics: {
        pullRequests: { total: 60, merged: 20, open: 20, closed: 20 },
        reviews: 300,
        commits: 240,
        pullRequestsWithCommits: 60,
        authors: 2,
        sizedPullRequests: 30,
      },
    });
    expect(data.team.repositories.nodes[2]).toMatchObject({
      statistics: { pullRequests: { total: 0 }, reviews: 0, authors: 0 },
    });
    expect(world.counting.takeStatements().map((statement) => statement.rows)).toEqual([1, 3, 2]);
  });

  it('finds a repository by its name in any case, and says what a name looks like', async () => {
    const ask = (name: string) =>
      world.ask<{ team: { repository: { nameWithOwner: string } | null } | null }>(
        team.viewerToken,
        `query ($name: String!) { team(slug: "alpha") { repository(name: $name) { nameWithOwner syncState completeFrom } } }`,
        { name },
      );
    expect((await ask('ACME/Repo-001')).data.team?.repository).toEqual({
      nameWithOwner: 'acme/repo-001',
      syncState: 'ACTIVE',
      completeFrom: '2025-01-01T00:00:00.000Z',
    });
    // An underscore is no wildcard.
    expect((await ask('acme/repo_001')).data.team?.repository).toBeNull();
    expect((await ask('nonsense')).errors[0]).toMatchObject({
      message: expect.stringContaining('write it as owner/name'),
      extensions: { code: 'INVALID_INPUT' },
    });
  });

  it.each([0, 101, -1, 2_147_483_647])('refuses a page of %i rows with a code', async (first) => {
    for (const field of ['teams', 'team(slug: "alpha") { pullRequests']) {
      const { errors } = await world.ask(
        team.viewerToken,
        `query ($first: Int!) { ${field}(first: $first) { totalCount }${field.includes('{') ? ' }' : ''} }`,
        { first },
      );
      expect(errors[0]?.extensions?.code).toBe('INVALID_INPUT');
      expect(errors[0]?.message).toContain('between 1 and 100');
    }
    expect(world.counting.takeStatements().length).toBeLessThanOrEqual(1);
  });

  it('refuses a cursor that is not one of the list', async () => {
    for (const after of ['', 'x', btoa('["a"]'), btoa('["2026-03-02T00:00:00.000Z","1\\u0000"]')]) {
      const { errors } = await world.ask(
        team.viewerToken,
        `query ($after: String) { team(slug: "alpha") { pullRequests(after: $after) { totalCount } } }`,
        { after },
      );
      expect(errors[0]?.extensions?.code).toBe('INVALID_INPUT');
    }
  });
});
