import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSecretBox } from '../../../../src/db/core/secret-box.ts';
import { PATIENT } from '../../../support/patience.ts';
import { createApiWorld, graphqlRequest, readAnswer, type ApiWorld } from '../api-world.ts';
import { globalId, seedPullRequests, seedTeam, type SeededTeam } from '../seed-team.ts';

describe('lists whose length comes from data', () => {
  let world: ApiWorld;
  let team: SeededTeam;

  beforeAll(async () => {
    world = await createApiWorld();
    team = await seedTeam(world, { slug: 'alpha' });
  });
  afterAll(async () => {
    await world?.close();
  });

  const input = (rest: object) => ({ input: { teamId: globalId.team(team.teamId), ...rest } });

  it('are memberships in pages, each once', async () => {
    for (const slug of ['beta', 'gamma', 'delta']) {
      const other = await seedTeam(world, { slug });
      await world.sql(
        `INSERT INTO membership (team_id, user_id, role)
          SELECT $1, user_id, 'VIEWER' FROM membership WHERE team_id = $2 AND role = 'VIEWER'`,
        [other.teamId, team.teamId],
      );
    }
    const seen: string[] = [];
    for (let after: string | null = null, pages = 0; pages < 3; pages += 1) {
      const answer: Answer = await world.ask<{ viewer: { memberships: Memberships } }>(
        team.viewerToken,
        `query ($after: String) { viewer { memberships(first: 2, after: $after) {
          totalCount pageInfo { hasNextPage endCursor } nodes { team { slug } } } } }`,
        { after },
      );
      expect(answer.errors).toEqual([]);
      const { totalCount, pageInfo, nodes } = answer.data.viewer.memberships;
      expect([totalCount, pageInfo.hasNextPage]).toEqual([4, pages === 0]);
      seen.push(...nodes.map((node) => node.team.slug));
      if (!pageInfo.hasNextPage) {
        break;
      }
      after = pageInfo.endCursor;
    }
    expect(seen).toEqual(['alpha', 'beta', 'gamma', 'delta']);
  });

  it('are up to 100 labels of a pull request and 50 co-authors of a commit', async () => {
    const [id = ''] = await seedPullRequests(world, team, { count: 1, commits: 1 });
    const key = [team.teamId, id];
    await world.sql(
      `INSERT INTO pull_request_label (team_id, pull_request_id, label)
        SELECT $1, $2, 'label-' || lpad(n::text, 3, '0') FROM generate_series(1, 120) AS n`,
      key,
    );
    await world.sql(`DELETE FROM commit WHERE team_id = $1 AND pull_request_id = $2`, key);
    await world.sql(
      `INSERT INTO commit (team_id, pull_request_id, sha, headline, co_authors, authored_at, committed_at)
        SELECT $1, $2, repeat('a', 40), 'x', array_agg('Co ' || n), now(), now() FROM generate_series(1, 80) AS n`,
      key,
    );
    const { data, errors } = await world.ask<{
      node: { labels: string[]; commits: { nodes: { coAuthors: string[] }[] } };
    }>(
      team.viewerToken,
      `query ($id: ID!) { node(id: $id) { ... on PullRequest { labels commits { nodes { coAuthors } } } } }`,
      { id: globalId.row('PullRequest', team.teamId, id) },
    );
    expect(errors).toEqual([]);
    expect(data.node.labels).toHaveLength(100);
    expect(data.node.labels.slice(0, 2)).toEqual(['label-001', 'label-002']);
    expect(data.node.commits.nodes.map(({ coAuthors }) => coAuthors.length)).toEqual([50]);
  });

  it('are the first names of a breakdown, highest first', async () => {
    await world.sql(
      `INSERT INTO ai_usage_source (team_id, source, organization, connection_id)
        SELECT team_id, 'COPILOT', 'acme', id FROM github_connection WHERE team_id = $1 LIMIT 1`,
      [team.teamId],
    );
    await world.sql(
      `INSERT INTO ai_usage_total_daily (team_id, source, organization, date, dimension, name, suggestions_shown, synced_at)
        SELECT $1, 'COPILOT', 'acme', '2026-03-09', 'LANGUAGE', 'language-' || n, n, now() FROM generate_series(1, 130) AS n`,
      [team.teamId],
    );
    const ask = async (first: string) => {
      const { data, errors } = await world.ask<{
        team: { aiUsageSources: { breakdown: { name: string }[] }[] };
      }>(
        team.viewerToken,
        `{ team(slug: "alpha") { aiUsageSources { breakdown(by: LANGUAGE${first}) { name } } } }`,
      );
      const code = errors[0]?.extensions?.code;
      return code ?? data.team.aiUsageSources[0]?.breakdown.map(({ name }) => name);
    };
    expect(await ask(', first: 2')).toEqual(['language-130', 'language-129']);
    expect(await ask('')).toHaveLength(50);
    expect(await ask(', first: 100')).toHaveLength(100);
    expect(await ask(', first: 101')).toBe('INVALID_INPUT');
  });

  it('are at most 50 connections and 50 sources: one more is refused, also beside others', async () => {
    await world.sql(
      `UPDATE github_connection SET api_url = 'https://api.github.com' WHERE team_id = $1`,
      [team.teamId],
    );
    await world.sql(
      `INSERT INTO github_connection (team_id, kind, api_url, identity)
        SELECT $1, 'PAT', 'https://api.github.com', 'test:' || n FROM generate_series(2, 49) AS n`,
      [team.teamId],
    );
    await world.sql(
      `INSERT INTO ai_usage_source (team_id, source, organization, connection_id)
        SELECT $1, 'COPILOT', 'org-' || n, (SELECT min(id) FROM github_connection WHERE team_id = $1)
        FROM generate_series(2, 50) AS n`,
      [team.teamId],
    );
    const secrets = await createSecretBox([Buffer.alloc(32, 7).toString('base64')]);
    const gateway = world.createGateway({
      secrets,
      // Nobody runs the tests of connections here.
      deadlines: { ...PATIENT, requests: { ...PATIENT.requests, connectionTestMs: 0 } },
    });
    const connect = async () => {
      const request = graphqlRequest(
        team.adminToken,
        `mutation ($input: ConnectGitHubInput!) { connectGitHub(input: $input) {
          ... on UserError { code } ... on ConnectGitHubPayload { isTested } } }`,
        input({ token: 'ghp_x' }),
      );
      const { data } = await readAnswer<{ connectGitHub: { code?: string } }>(
        await gateway.fetch(request),
      );
      return data.connectGitHub.code ?? 'CONNECTED';
    };
    expect((await Promise.all([connect(), connect(), connect()])).toSorted()).toEqual([
      'CONNECTED',
      'LIMIT_EXCEEDED',
      'LIMIT_EXCEEDED',
    ]);
    const copilot = async (organization: string) => {
      const { data } = await world.ask<{ connectCopilot: { code?: string } }>(
        team.adminToken,
        `mutation ($input: ConnectCopilotInput!) { connectCopilot(input: $input) {
          ... on UserError { code } ... on AiUsageSyncPayload { syncs { organization } } } }`,
        input({ organization }),
      );
      return data.connectCopilot.code ?? 'CONNECTED';
    };
    const started = world.launcher.started.length;
    expect(await copilot('one-more')).toBe('LIMIT_EXCEEDED');
    expect(world.launcher.started).toHaveLength(started);
    expect(await copilot('ORG-2')).toBe('CONNECTED');
    const { data, errors } = await world.ask<{ team: Readonly<Record<string, unknown[]>> }>(
      team.viewerToken,
      '{ team(slug: "alpha") { githubConnections { id } aiUsageSources { organization } } }',
    );
    expect(errors).toEqual([]);
    expect(data.team['githubConnections']).toHaveLength(50);
    expect(data.team['aiUsageSources']).toHaveLength(50);
    await gateway.dispose();
  });
});

interface Answer {
  readonly data: { readonly viewer: { readonly memberships: Memberships } };
  readonly errors: readonly unknown[];
}

interface Memberships {
  readonly totalCount: number;
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly nodes: readonly { readonly team: { readonly slug: string } }[];
}
