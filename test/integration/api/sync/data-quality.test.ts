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

afterAll(() => world.close());

describe('data quality', () => {
  interface Quality {
    readonly completeness: number | null;
    readonly lastVerifiedAt: string | null;
    readonly drift: {
      readonly totalCount: number;
      readonly edges: readonly { readonly node: Readonly<Record<string, unknown>> }[];
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    };
  }
  interface Answer {
    readonly team: {
      readonly dataQuality: Quality;
      readonly repositories: {
        readonly edges: readonly { readonly node: { readonly dataQuality: Quality } }[];
      };
    } | null;
  }

  const QUALITY = `completeness lastVerifiedAt drift(first: $first) {
    totalCount edges { node { month onGithub stored repository { name } } } pageInfo { hasNextPage endCursor } }`;
  const QUERY = `query ($first: Int!) { team(slug: "alpha") {
    dataQuality { ${QUALITY} } repositories { edges { node { dataQuality { ${QUALITY} } } } } } }`;

  const read = async (page = { first: 20 }) => {
    const answer = await world.ask<Answer>(team.viewerToken, QUERY, page);
    expect(answer.errors).toEqual([]);
    return answer.data.team;
  };

  it('is not known before the first comparison', async () => {
    const known = await read();
    const nothing = { completeness: null, lastVerifiedAt: null };
    expect(known?.dataQuality).toMatchObject({ ...nothing, drift: { totalCount: 0, edges: [] } });
    expect(known?.repositories.edges[0]?.node.dataQuality).toMatchObject(nothing);
  });

  it('shows the share that is stored and the months that differ, of repositories and of the team', async () => {
    await world.sql(
      `UPDATE repository SET complete_from = '2026-01-01T00:00:00Z', completeness = 0.9,
        last_verified_at = '2026-03-08T01:00:00Z' WHERE team_id = $1`,
      [team.teamId],
    );
    for (const teamId of [team.teamId, other.teamId]) {
      await world.sql(
        `INSERT INTO repository_month (team_id, repository_id, month, on_github, stored, verified_at)
        SELECT team_id, id, month::date, on_github, stored, '2026-03-08T01:00:00Z' FROM repository,
          (VALUES ('2026-01-01', 10, 10), ('2026-02-01', 4, 3), ('2026-03-01', 6, 7)) AS seen(month, on_github, stored)
        WHERE team_id = $1 AND id = (SELECT min(id) FROM repository r WHERE r.team_id = $1)`,
        [teamId],
      );
    }
    const known = await read();
    expect(known?.dataQuality).toMatchObject({
      completeness: 0.95,
      lastVerifiedAt: '2026-03-08T01:00:00.000Z',
      drift: {
        totalCount: 2,
        edges: [
          { node: { month: '2026-03-01', onGithub: 6, stored: 7 } },
          { node: { month: '2026-02-01', onGithub: 4, stored: 3 } },
        ],
      },
    });
    expect(known?.repositories.edges[0]?.node.dataQuality).toMatchObject({ completeness: 0.9 });
    const first = await read({ first: 1 });
    const { pageInfo } = first?.dataQuality.drift ?? {};
    expect(pageInfo?.hasNextPage).toBe(true);
    const second = await world.ask<Answer>(
      team.viewerToken,
      `query ($after: String) { team(slug: "alpha") { dataQuality {
        drift(first: 1, after: $after) { edges { node { month } } pageInfo { hasNextPage } } } } }`,
      { after: pageInfo?.endCursor },
    );
    expect(second.data.team?.dataQuality.drift).toEqual({
      edges: [{ node: { month: '2026-02-01' } }],
      pageInfo: { hasNextPage: false },
    });
  });

  it('costs as many statements for one repository as for many', async () => {
    const count = async (first: number) => {
      const query = `query ($first: Int!) { team(slug: "alpha") {
        repositories(first: $first) { edges { node { dataQuality { completeness drift { edges { node { stored } } } } } } } } }`;
      world.counting.takeStatements();
      await world.ask(team.viewerToken, query, { first });
      return world.counting.takeStatements().length;
    };
    expect(await count(20)).toBe(await count(1));
  });
});

describe('the comparison with GitHub', () => {
  interface Started {
    readonly __typename: string;
    readonly message?: string;
    readonly joined?: boolean;
    readonly workflowId?: string;
  }

  beforeEach(() => {
    world.launcher.workflows.length = 0;
    world.launcher.answer = { workflowId: '', workflowRunId: 'run-1', joined: false };
  });

  const start = async (token = team.adminToken, teamId = team.teamId) => {
    const { data, errors } = await world.ask<{ reconcileTeam: Started }>(
      token,
      `mutation ($input: ReconcileTeamInput!) { reconcileTeam(input: $input) { __typename
        ... on ReconcileTeamPayload { joined workflowId temporalUrl team { slug } } ... on UserError { message } } }`,
      { input: { teamId: globalId.team(teamId) } },
    );
    expect(errors).toEqual([]);
    return data.reconcileTeam;
  };

  it('is started by an admin, and joined the second time', async () => {
    const workflowId = `reconcile:${team.teamId}`;
    expect(await start()).toMatchObject({ joined: false, workflowId, team: { slug: 'alpha' } });
    world.launcher.answer = { workflowId, workflowRunId: 'run-1', joined: true };
    expect(await start()).toMatchObject({ joined: true, workflowId });
    expect(world.launcher.workflows).toMatchObject([
      { workflowType: 'reconcileTeam', input: { teamId: team.teamId, carryOver: null } },
      { workflowType: 'reconcileTeam' },
    ]);
  });

  it('is refused to who is no admin, to strangers, and while Temporal is away', async () => {
    expect(await start(team.viewerToken)).toMatchObject({ __typename: 'ForbiddenError' });
    expect(await start(team.adminToken, other.teamId)).toMatchObject({
      __typename: 'NotFoundError',
    });
    expect(world.launcher.workflows).toEqual([]);
    world.launcher.answer = new DomainError('TEMPORAL_UNAVAILABLE', 'Temporal does not answer.');
    expect(await start()).toMatchObject({ __typename: 'TemporalUnavailableError' });
  });
});

describe("GitHub's limits", () => {
  const QUERY = `{ team(slug: "alpha") { githubQuotas { connectionId resource limit remaining resetAt reserve
    blockedUntil blockedReason requests points waiting } } }`;
  const read = async (token = team.viewerToken) => {
    const { data, errors } = await world.ask<{
      team: { githubQuotas: readonly Readonly<Record<string, unknown>>[] } | null;
    }>(token, QUERY);
    expect(errors).toEqual([]);
    return data.team?.githubQuotas;
  };

  it('are shown for each connection and API, with what this team has asked', async () => {
    expect(await read()).toEqual([]);
    await world.sql(`UPDATE github_connection SET identity = 'github.com/user:1'`);
    await world.sql(
      `INSERT INTO github_quota (identity, resource, point_limit, remaining, used, reset_at, blocked_until, blocked_reason)
      VALUES ('github.com/user:1', 'graphql', 5000, 900, 4100, '2100-01-01T00:00:00Z', NULL, NULL),
        ('github.com/user:1', 'core', 0, 0, 0, '0001-01-01T00:00:00Z', '2100-01-01T00:00:00Z', 'GitHub asks for a pause')`,
    );
    await world.sql(
      `INSERT INTO github_spend (identity, resource, window_ends_at, holder, requests, points)
      SELECT 'github.com/user:1', 'graphql', ends::timestamptz, holder, 3, 70 FROM
        (VALUES ('2100-01-01T00:00:00Z', $1 || ':1'), ('2100-01-01T00:00:00Z', $1 || ':-'), ('2000-01-01T00:00:00Z', $1 || ':1'),
          ('2100-01-01T00:00:00Z', $2 || ':1'), ('2100-01-01T00:00:00Z', $1 || '0:1')) AS spent(ends, holder)`,
      [team.teamId, other.teamId],
    );
    expect(await read()).toMatchObject([
      {
        resource: 'GRAPHQL',
        limit: 5_000,
        remaining: 900,
        reserve: 1_000,
        resetAt: '2100-01-01T00:00:00.000Z',
        blockedUntil: null,
        blockedReason: null,
        requests: 6,
        points: 140,
        waiting: 0,
      },
      {
        resource: 'REST',
        limit: null,
        remaining: null,
        reserve: null,
        resetAt: null,
        blockedUntil: '2100-01-01T00:00:00.000Z',
        blockedReason: 'GitHub asks for a pause',
        requests: 0,
        points: 0,
        waiting: 0,
      },
    ]);
    expect(await read(other.viewerToken)).toBeUndefined();
  });
});
