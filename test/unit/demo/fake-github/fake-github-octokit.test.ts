import { Octokit } from '@octokit/rest';
import { describe, expect, test } from 'vitest';
import { combineSources } from '../../../../src/demo/fake-github/fake-github.ts';
import type { FakeGitHub } from '../../../../src/demo/fake-github/fake-github.ts';
import type { GitHubData } from '../../../../src/demo/core/github-data.ts';
import { generateOrganisation } from '../../../../src/demo/organisation/organisation.ts';
import { NOON, TOKEN, aPullRequest, aSource, serve } from '../small-world.ts';

function octokitFor(server: FakeGitHub, auth = TOKEN): Octokit {
  const quiet = () => undefined;
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  return new Octokit({ baseUrl: server.url, auth, log });
}

describe('Octokit, as any client would set it up', () => {
  test('reads repositories, the user and GraphQL', async () => {
    const server = await serve(aSource([aPullRequest(1)]));
    const octokit = octokitFor(server);
    const { data, headers } = await octokit.rest.repos.get({ owner: 'Acme', repo: 'API' });
    expect(data).toMatchObject({
      id: 77,
      full_name: 'acme/api',
      private: true,
      owner: { login: 'acme', type: 'Organization' },
      default_branch: 'main',
      open_issues_count: 1,
      pushed_at: '2026-03-01T10:01:00Z',
    });
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect((await octokit.rest.users.getAuthenticated()).data.login).toBe('ada');
    expect(
      await octokit.graphql(
        'query ($n: String!) { repository(owner: "acme", name: $n) { name } }',
        { n: 'api' },
      ),
    ).toEqual({
      repository: { name: 'api' },
    });
    expect(server.stats()).toMatchObject({ requests: { rest: 2, graphql: 1 }, brokenRules: [] });
  });

  test('meets GitHub’s errors as it knows them', async () => {
    const server = await serve(aSource([]));
    await expect(
      octokitFor(server).rest.repos.get({ owner: 'acme', repo: 'nothing' }),
    ).rejects.toMatchObject({ status: 404, message: expect.stringContaining('Not Found') });
    await expect(octokitFor(server, 'other').rest.users.getAuthenticated()).rejects.toMatchObject({
      status: 401,
      message: expect.stringContaining('Bad credentials'),
    });
    await expect(
      octokitFor(server).graphql('{ repository(owner: "acme", name: "nothing") { id } }'),
    ).rejects.toMatchObject({
      name: 'GraphqlResponseError',
      data: { repository: null },
      errors: [{ type: 'NOT_FOUND' }],
    });
  });

  test('pages through pull requests by Link headers, newest first and with the states asked for', async () => {
    const rows = [1, 2, 3, 4, 5].map((number) =>
      aPullRequest(
        number,
        number === 3 ? { mergedAt: '2026-03-04T10:00:00Z', mergedBy: 'bo' } : {},
      ),
    );
    const server = await serve(aSource(rows));
    const octokit = octokitFor(server);
    const repository = { owner: 'acme', repo: 'api' };
    const open = await octokit.paginate(octokit.rest.pulls.list, { ...repository, per_page: 2 });
    expect(open.map((row) => row.number)).toEqual([5, 4, 2, 1]);
    const updated = await octokit.rest.pulls.list({
      ...repository,
      state: 'all',
      sort: 'updated',
      direction: 'desc',
      per_page: 2,
      page: 2,
    });
    expect(updated.data.map((row) => [row.number, row.state, row.merged_at])).toEqual([
      [4, 'open', null],
      [2, 'open', null],
    ]);
    expect(updated.headers.link).toContain('page=3>; rel="next"');
    expect(updated.headers.link).toContain('page=1>; rel="prev"');
    expect(server.stats().requestsByRepository).toEqual({ 'acme/api': 3 });
  });

  test('reads one pull request with its parts; unknown files are refused', async () => {
    const full = aPullRequest(8, {
      databaseId: 3_100_000_008,
      author: null,
      mergedAt: '2026-03-04T10:00:00Z',
      mergedBy: 'bo',
      files: [
        {
          path: 'a b/c.ts',
          additions: 4,
          deletions: 1,
          changeType: 'DELETED',
          since: '2026-03-01T10:08:00Z',
        },
      ],
      reviews: [
        {
          databaseId: 5,
          author: 'bo',
          authorAssociation: 'MEMBER',
          state: 'APPROVED',
          submittedAt: '2026-03-02T10:00:00Z',
          body: '',
          commitOid: null,
        },
      ],
    });
    const server = await serve(aSource([full, aPullRequest(9, { files: null })]));
    const octokit = octokitFor(server);
    const eight = { owner: 'acme', repo: 'api', pull_number: 8 };
    expect((await octokit.rest.pulls.get(eight)).data).toMatchObject({
      id: 3_100_000_008,
      state: 'closed',
      merged: true,
      merged_by: { login: 'bo' },
      user: { login: 'ghost' },
      additions: 4,
      deletions: 1,
      changed_files: 1,
    });
    expect((await octokit.rest.pulls.listFiles(eight)).data).toMatchObject([
      { filename: 'a b/c.ts', status: 'removed', changes: 5 },
    ]);
    expect((await octokit.rest.pulls.listReviews(eight)).data).toMatchObject([
      { id: 5, state: 'APPROVED', user: { login: 'bo' } },
    ]);
    expect((await octokit.rest.pulls.listCommits(eight)).data).toEqual([]);
    await expect(octokit.rest.pulls.listFiles({ ...eight, pull_number: 9 })).rejects.toMatchObject({
      status: 422,
    });
    const members = await octokit.rest.orgs.listMembers({ org: 'acme' });
    expect(members.data.map((member) => member.login)).toEqual(['ada', 'bo']);
  });
});

describe('sources together', () => {
  test('are served by one server, each repository under its own name', async () => {
    const other: GitHubData = { ...aSource([], { name: 'web', databaseId: 78 }), viewer: 'bo' };
    const organisation = generateOrganisation({ seed: 1, now: NOON });
    const server = await serve(combineSources(aSource([aPullRequest(1)]), other, organisation));
    const octokit = octokitFor(server);
    for (const [owner, repo] of [
      ['acme', 'api'],
      ['acme', 'web'],
      ['acme-robotics', 'fleet-api'],
    ]) {
      const { data } = await octokit.rest.repos.get({ owner: owner ?? '', repo: repo ?? '' });
      expect(data.full_name).toBe(`${owner}/${repo}`);
    }
    expect((await octokit.rest.users.getAuthenticated()).data.login).toBe('ada');
  });

  test('may not hold the same repository twice', () => {
    expect(() => combineSources(aSource([]), aSource([], { name: 'API' }))).toThrow(
      'Two sources hold the repository acme/API.',
    );
    expect(() => combineSources()).toThrow('Give at least one source to combine.');
  });
});
