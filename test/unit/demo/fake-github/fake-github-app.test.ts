import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/rest';
import githubAppJwt from 'universal-github-app-jwt';
import { describe, expect, test } from 'vitest';
import type { FakeGitHub } from '../../../../src/demo/fake-github/fake-github.ts';
import { EVENTFUL } from '../eventful-world.ts';
import { aPullRequest, aSource, ask, NOON, serve } from '../small-world.ts';
import { createAppKeys } from '../../../support/github/app-keys.ts';

const KEYS = createAppKeys('pkcs8');
const OTHER_KEYS = createAppKeys('pkcs8');
const APP = { id: 12, slug: 'throughline', publicKey: KEYS.publicKey };
const PULLS =
  '{ repository(owner: "acme", name: "api") { pullRequests(first: 1) { totalCount } } }';

/** A token of the App, signed by a clock that is so many seconds ahead of the server's. */
async function jwt({ privateKey = KEYS.privateKey, id = APP.id, ahead = 0 } = {}): Promise<string> {
  const now = NOON.getTime() / 1000 + ahead;
  return (await githubAppJwt({ id, privateKey, now })).token;
}

async function request(server: FakeGitHub, method: string, path: string, token: string) {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { authorization: `bearer ${token}` },
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Readonly<Record<string, unknown>>,
  };
}

async function mint(server: FakeGitHub, id = 5): Promise<string> {
  const path = `/app/installations/${id}/access_tokens`;
  return String((await request(server, 'POST', path, await jwt())).body['token']);
}

describe('a GitHub App', () => {
  test('mints long tokens that are good for an hour and have points of their own', async () => {
    let now = NOON;
    const server = await serve(aSource([aPullRequest(1)]), { app: APP, now: () => now });
    server.setInstallation(5, { account: 'acme' });
    const path = '/app/installations/5/access_tokens';
    const { status, body } = await request(server, 'POST', path, await jwt());
    expect([status, body['expires_at']]).toEqual([201, '2026-03-10T13:00:00Z']);
    const token = String(body['token']);
    expect(token).toMatch(/^ghs_.{500,}$/);
    const headers = { authorization: `token ${token}` };
    const answer = await ask(server, `{ viewer { login } rateLimit { used } }`, {}, headers);
    expect(answer.body.data).toEqual({
      viewer: { login: 'throughline[bot]' },
      rateLimit: { used: 1 },
    });
    expect((await ask(server, '{ rateLimit { used } }')).body.data).toEqual({
      rateLimit: { used: 1 },
    });
    now = new Date('2026-03-10T13:00:00Z');
    expect((await ask(server, PULLS, {}, headers)).status).toBe(401);
  });

  test('is described to its own token only', async () => {
    const server = await serve(aSource([]), { app: APP });
    server.setInstallation(5, { account: 'acme', permissions: { pull_requests: 'read' } });
    const good = await jwt();
    expect((await request(server, 'GET', '/app', good)).body).toMatchObject({ id: 12 });
    expect((await request(server, 'GET', '/app/installations/5', good)).body).toMatchObject({
      id: 5,
      account: { login: 'acme' },
      permissions: { pull_requests: 'read' },
      suspended_at: null,
    });
    expect((await request(server, 'GET', '/app/installations/6', good)).status).toBe(404);
    for (const bad of [
      await jwt({ privateKey: OTHER_KEYS.privateKey }),
      await jwt({ id: 13 }),
      'a.b.c',
      'a-token',
    ]) {
      const { status, body } = await request(server, 'GET', '/app', bad);
      expect([status, body['message']]).toEqual([401, 'A JSON web token could not be decoded']);
    }
  });

  test.each([
    [30, null],
    [31, "'Issued at' claim ('iat') must be an Integer representing the time"],
    [3_600, "'Issued at' claim ('iat') must be an Integer representing the time"],
    [-569, null],
    [-570, "'Expiration time' claim ('exp') must be a numeric value representing the future"],
  ])('whose clock is %i s ahead is let in, or hears which claim is wrong', async (ahead, claim) => {
    const server = await serve(aSource([]), { app: APP });
    const { status, headers, body } = await request(server, 'GET', '/app', await jwt({ ahead }));
    expect(status).toBe(claim === null ? 200 : 401);
    expect(body['message'] ?? '').toContain(claim ?? '');
    expect(headers.get('date')).toBe(NOON.toUTCString());
  });

  test('hears of its clock in words that @octokit/auth-app knows', async () => {
    const server = await serve(aSource([]), { app: APP });
    const octokit = new Octokit({
      baseUrl: server.url,
      authStrategy: createAppAuth,
      auth: { appId: APP.id, privateKey: KEYS.privateKey },
      log: { debug() {}, info() {}, warn() {}, error() {} },
    });
    expect((await octokit.request('GET /app')).data).toMatchObject({ id: 12 });
    expect(server.stats().requests.rest).toBe(2);
  });

  test('shows the repositories of the account that it is installed in', async () => {
    const server = await serve(aSource([]), { app: APP });
    server.setInstallation(5, { account: 'acme' });
    const token = await mint(server);
    const look = async (path: string) => (await request(server, 'GET', path, token)).status;
    expect([await look('/repos/acme/api'), await look('/repositories/77')]).toEqual([200, 200]);
    server.setInstallation(5, { account: 'globex' });
    expect([await look('/repos/acme/api'), await look('/repositories/77')]).toEqual([404, 404]);
  });

  test('that is suspended is refused with 403, and one that is uninstalled with 401', async () => {
    const server = await serve(aSource([]), { app: APP });
    server.setInstallation(5);
    const token = await mint(server);
    server.setInstallation(5, { isSuspended: true });
    const path = '/app/installations/5/access_tokens';
    expect((await request(server, 'POST', path, await jwt())).status).toBe(403);
    const { status, body } = await request(server, 'GET', '/repos/acme/api', token);
    expect([status, body['message']]).toEqual([403, 'This installation has been suspended']);
    server.setInstallation(5, { isSuspended: false });
    expect((await request(server, 'GET', '/repos/acme/api', token)).status).toBe(200);
    server.removeInstallation(5);
    expect((await request(server, 'GET', '/repos/acme/api', token)).status).toBe(401);
  });
});

describe('permissions', () => {
  test('that are missing are named by path and refused by field', async () => {
    const server = await serve(aSource([aPullRequest(1)]), { app: APP });
    server.setToken('poor', { scopes: null, missing: ['pull_requests', 'checks', 'members'] });
    const refused = await request(server, 'GET', '/repos/acme/api/pulls/comments', 'poor');
    expect(refused.status).toBe(403);
    expect(refused.headers.get('x-accepted-github-permissions')).toBe('pull_requests=read');
    expect((await request(server, 'GET', '/orgs/acme/members', 'poor')).status).toBe(403);
    const { body } = await ask(server, PULLS, {}, { authorization: 'token poor' });
    expect(body).toMatchObject({
      data: { repository: null },
      errors: [
        {
          type: 'FORBIDDEN',
          path: ['repository', 'pullRequests'],
          message: 'Resource not accessible by personal access token',
        },
      ],
    });
    server.setInstallation(5, { permissions: { pull_requests: 'read' } });
    const checks = `{ repository(owner: "acme", name: "api") { pullRequest(number: 1) {
      number statusCheckRollup { state } } } }`;
    const headers = { authorization: `token ${await mint(server)}` };
    expect((await ask(server, checks, {}, headers)).body).toMatchObject({
      data: { repository: { pullRequest: { number: 1, statusCheckRollup: null } } },
      errors: [{ type: 'FORBIDDEN', message: 'Resource not accessible by integration' }],
    });
  });

  test('for contents and checks are asked for by what needs them', async () => {
    const merged = { mergedAt: '2026-03-02T10:00:00Z', mergeCommitOid: 'e'.repeat(40) };
    const server = await serve(aSource([aPullRequest(1, merged), EVENTFUL]));
    const tip =
      '{ repository(owner: "acme", name: "api") { defaultBranchRef { target { oid } } } }';
    const checks = `{ repository(owner: "acme", name: "api") { pullRequest(number: 8) {
      commits(last: 1) { nodes { commit { statusCheckRollup { state } } } } } } }`;
    expect((await ask(server, tip)).body.data).toEqual({
      repository: { defaultBranchRef: { target: { oid: 'e'.repeat(40) } } },
    });
    expect((await ask(server, checks)).body.data).toEqual({
      repository: {
        pullRequest: {
          commits: { nodes: [{ commit: { statusCheckRollup: { state: 'FAILURE' } } }] },
        },
      },
    });
    server.setToken('poor', { missing: ['contents', 'statuses'] });
    const headers = { authorization: 'token poor' };
    expect((await ask(server, tip, {}, headers)).body.errors?.[0]?.type).toBe('FORBIDDEN');
    expect((await ask(server, checks, {}, headers)).body.errors?.[0]?.type).toBe('FORBIDDEN');
  });

  test('of a classic token are reported as scopes, and a revoked token is refused', async () => {
    const server = await serve(aSource([]));
    const { headers } = await request(server, 'GET', '/user', 'a-token');
    expect(headers.get('x-oauth-scopes')).toBe('read:org, repo');
    server.setToken('fine', { scopes: null, login: 'bo' });
    const fine = await request(server, 'GET', '/user', 'fine');
    expect([fine.headers.get('x-oauth-scopes'), fine.body['login']]).toEqual([null, 'bo']);
    server.revokeToken('fine');
    expect((await request(server, 'GET', '/user', 'fine')).status).toBe(401);
    server.setToken('fine', { login: 'bo' });
    expect((await request(server, 'GET', '/user', 'fine')).status).toBe(200);
  });
});
