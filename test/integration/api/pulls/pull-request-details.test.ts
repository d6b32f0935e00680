import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedPullRequests, seedTeam, type SeededTeam } from '../seed-team.ts';

const DETAILS = `query ($first: Int!) {
  team(slug: "alpha") {
    pullRequests(first: $first) {
      nodes {
        number body checkState commentCount syncedAt deletedAt labels
        comments(first: 2) { nodes { kind body path createdAt author { login } } }
        events(first: 2) { nodes { kind occurredAt actor { login } subject { login } subjectName before after } }
        checks(first: 2) { nodes { name app status conclusion } }
        aiSignals { tool label category kinds strength detectorVersion count location evidence }
        reviews(first: 1) { nodes { body } }
        commits(first: 1) { nodes { body } }
      }
    }
  }
}`;

let world: ApiWorld;
let team: SeededTeam;
let ids: string[];

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'alpha', repositories: 1, members: 2 });
  ids = await seedPullRequests(world, team, { count: 50, reviews: 1, commits: 1, labels: 1 });
  await seedDetails(ids.slice(0, 49));
});

beforeEach(() => {
  world.counting.takeStatements();
});

afterAll(async () => {
  await world?.close();
});

/** Five comments, three events, three checks and signals of two tools each; the last pull request has none. */
async function seedDetails(of: readonly string[]): Promise<void> {
  const [first, second] = team.memberIds;
  await world.sql(
    `UPDATE pull_request SET body = 'Why ' || number, check_state = 'FAILURE', comment_count = 5
     WHERE team_id = $1 AND id = ANY ($2::bigint[])`,
    [team.teamId, of],
  );
  await world.sql(
    `INSERT INTO comment (team_id, kind, github_id, pull_request_id, author_id, body, path, created_at, updated_at)
     SELECT $1, CASE WHEN g % 2 = 0 THEN 'REVIEW' ELSE 'ISSUE' END, p.id * 10 + g / 2, p.id, $3, 'Comment ' || g,
       CASE WHEN g % 2 = 0 THEN 'a.ts' END, '2026-03-03T00:00:00Z', '2026-03-03T00:00:00Z'
     FROM unnest($2::bigint[]) p(id) CROSS JOIN generate_series(1, 5) g`,
    [team.teamId, of, second],
  );
  await world.sql(
    `INSERT INTO pull_request_event (team_id, pull_request_id, event_id, kind, actor_id, subject_id, subject, before,
       after, occurred_at)
     SELECT $1, p.id, 'e' || g, CASE WHEN g = 1 THEN 'REVIEW_REQUESTED' ELSE 'FORCE_PUSHED' END,
       CASE WHEN g = 1 THEN $3::bigint END, CASE WHEN g = 1 THEN $4::bigint END, CASE WHEN g = 1 THEN 'dev-002' END,
       CASE WHEN g > 1 THEN 'aaaa' END, CASE WHEN g > 1 THEN 'bbbb' END, '2026-03-03T00:00:00Z'
     FROM unnest($2::bigint[]) p(id) CROSS JOIN generate_series(1, 3) g`,
    [team.teamId, of, first, second],
  );
  await world.sql(
    `INSERT INTO check_run (team_id, pull_request_id, check_id, head_sha, name, app, status, conclusion)
     SELECT $1, p.id, 'CHECK_RUN:' || g, 'sha', 'check-' || g, 'ci', CASE WHEN g = 1 THEN 'COMPLETED' ELSE 'QUEUED' END,
       CASE WHEN g = 1 THEN 'FAILURE' END
     FROM unnest($2::bigint[]) p(id) CROSS JOIN generate_series(1, 3) g`,
    [team.teamId, of],
  );
  await world.sql(
    `INSERT INTO ai_signal (team_id, pull_request_id, tool, kind, location, evidence, detector_version, strength)
     SELECT $1, p.id, s.tool, s.kind, s.location, s.evidence, s.version, s.strength
     FROM unnest($2::bigint[]) p(id) CROSS JOIN (VALUES
       ('claude-code', 'TEXT', 'body', 'Generated with Claude Code', '2', 'STRONG'),
       ('claude-code', 'FILE', 'file:CLAUDE.md', 'CLAUDE.md', '10', 'STRONG'),
       ('claude-code', 'BRANCH', 'branch', 'claude/x', '10', 'WEAK'),
       ('claude-code', 'TEXT', 'commit:abc', 'with Claude Code', '10', 'STRONG'),
       ('of-yesterday', 'ACCOUNT', 'author', 'of-yesterday', '1', 'WEAK'))
       AS s(tool, kind, location, evidence, version, strength)`,
    [team.teamId, of],
  );
}

interface Details {
  readonly team: {
    readonly pullRequests: { readonly nodes: readonly Readonly<Record<string, unknown>>[] };
  };
}

interface DetailPage {
  readonly totalCount: number;
  readonly nodes: readonly unknown[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
}

describe('the details of pull requests', () => {
  it('are answered as they are stored', async () => {
    const { data, errors } = await world.ask<Details>(team.viewerToken, DETAILS, { first: 2 });
    expect(errors).toEqual([]);
    const [none, full] = data.team.pullRequests.nodes;
    expect(full).toEqual({
      number: 49,
      body: 'Why 49',
      checkState: 'FAILURE',
      commentCount: 5,
      syncedAt: expect.any(String),
      deletedAt: null,
      labels: ['label-1'],
      comments: {
        nodes: [1, 3].map((number) => ({
          kind: 'ISSUE',
          body: `Comment ${number}`,
          path: null,
          createdAt: '2026-03-03T00:00:00.000Z',
          author: { login: 'dev-002' },
        })),
      },
      events: {
        nodes: [
          {
            kind: 'REVIEW_REQUESTED',
            occurredAt: '2026-03-03T00:00:00.000Z',
            actor: { login: 'dev-001' },
            subject: { login: 'dev-002' },
            subjectName: 'dev-002',
            before: null,
            after: null,
          },
          expect.objectContaining({
            kind: 'FORCE_PUSHED',
            actor: null,
            subject: null,
            before: 'aaaa',
            after: 'bbbb',
          }),
        ],
      },
      checks: {
        nodes: [
          { name: 'check-1', app: 'ci', status: 'COMPLETED', conclusion: 'FAILURE' },
          { name: 'check-2', app: 'ci', status: 'QUEUED', conclusion: null },
        ],
      },
      aiSignals: [
        {
          tool: 'claude-code',
          label: 'Claude Code',
          category: 'CODE',
          kinds: ['BRANCH', 'FILE', 'TEXT'],
          strength: 'STRONG',
          detectorVersion: '2',
          count: 4,
          location: 'file:CLAUDE.md',
          evidence: 'CLAUDE.md',
        },
        {
          tool: 'of-yesterday',
          label: 'of-yesterday',
          category: 'CODE',
          kinds: ['ACCOUNT'],
          strength: 'WEAK',
          detectorVersion: '1',
          count: 1,
          location: 'author',
          evidence: 'of-yesterday',
        },
      ],
      reviews: { nodes: [{ body: null }] },
      commits: { nodes: [{ body: null }] },
    });
    expect(none).toMatchObject({
      number: 50,
      body: null,
      checkState: null,
      commentCount: null,
      comments: { nodes: [] },
      events: { nodes: [] },
      checks: { nodes: [] },
      aiSignals: [],
    });
  });

  it('run as many statements for 50 pull requests as for 5', async () => {
    for (const first of [5, 50]) {
      world.counting.takeStatements();
      const { errors } = await world.ask(team.viewerToken, DETAILS, { first });
      expect(errors).toEqual([]);
      // Team, page, bodies, labels, comments, events, checks, signals, reviews, commits, members.
      expect(world.counting.takeStatements()).toHaveLength(11);
    }
  });

  it.each([
    ['comments', 'kind body', 5],
    ['events', 'kind before', 3],
    ['checks', 'name', 3],
  ])('have %s in pages, also where many share one instant', async (field, selection, total) => {
    const id = globalId.row('PullRequest', team.teamId, ids[0] ?? '');
    const readPage = async (after: string | null): Promise<DetailPage> => {
      const { data, errors } = await world.ask<{ node: { list: DetailPage } }>(
        team.viewerToken,
        `query ($id: ID!, $after: String) { node(id: $id) { ... on PullRequest { list: ${field}(first: 2, after: $after) {
          totalCount nodes { ${selection} } pageInfo { hasNextPage endCursor } } } } }`,
        { id, after },
      );
      expect(errors).toEqual([]);
      return data.node.list;
    };
    const seen: unknown[] = [];
    for (let after: string | null | undefined = null; after !== undefined;) {
      const page: DetailPage = await readPage(after);
      expect(page.totalCount).toBe(total);
      seen.push(...page.nodes);
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : undefined;
    }
    expect(seen).toHaveLength(total);
  });
});

describe('a pull request that GitHub no longer has', () => {
  it('is in no list and no count, and its id still answers it', async () => {
    const id = ids[10] ?? '';
    await world.sql(`UPDATE pull_request SET deleted_at = '2026-03-09T00:00:00Z' WHERE id = $1`, [
      id,
    ]);
    const { data, errors } = await world.ask(
      team.viewerToken,
      `query ($id: ID!) {
        team(slug: "alpha") { pullRequests(first: 100) { totalCount nodes { number } }
          repositories { nodes { pullRequests(first: 100) { totalCount nodes { number } }
            statistics { pullRequests { total } } } } }
        node(id: $id) { ... on PullRequest { number deletedAt } }
      }`,
      { id: globalId.row('PullRequest', team.teamId, id) },
    );
    expect(errors).toEqual([]);
    const numbers = Array.from({ length: 50 }, (_, index) => 50 - index).filter((n) => n !== 11);
    const list = { totalCount: 49, nodes: numbers.map((number) => ({ number })) };
    expect(data).toEqual({
      team: {
        pullRequests: list,
        repositories: {
          nodes: [{ pullRequests: list, statistics: { pullRequests: { total: 49 } } }],
        },
      },
      node: { number: 11, deletedAt: '2026-03-09T00:00:00.000Z' },
    });
    await world.sql('UPDATE pull_request SET deleted_at = NULL WHERE id = $1', [id]);
  });
});
