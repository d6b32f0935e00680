import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { GitHub } from '../../../../src/github/client.ts';
import { LAST_INSTANT } from '../../../../src/domain/core/instants.ts';
import { gitHubWith } from '../../../support/github/github.ts';
import { aPullRequest, aSource, serve, TOKEN } from '../../demo/small-world.ts';

const NOW = new Date('2026-03-10T12:00:00Z');
const RESET = NOW.getTime() / 1000 + 600;

type Limits = ReturnType<GitHub['permissions']['readLimits']>;

/** What is read of the limits from a server that answers each request with this, as JSON. */
async function limitsOf(body: unknown, status = 200): Limits {
  const server = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return gitHubWith(`http://127.0.0.1:${port}`, 'token', () => NOW).permissions.readLimits();
}

/** An answer whose limits of GraphQL are reset then, as GitHub sends it. */
function answer(reset: unknown) {
  const raw = { limit: 5_000, remaining: 4_999, used: 1, reset: RESET };
  return { resources: { core: raw, graphql: { ...raw, reset } }, rate: raw };
}

describe('the limits of a credential, as GitHub says them over REST', () => {
  it('are those of both resources', async () => {
    const resetAt = new Date(RESET * 1000);
    const said = { limit: 5_000, remaining: 4_999, used: 1, cost: 0, resetAt };
    const limits = [
      { ...said, resource: 'core' },
      { ...said, resource: 'graphql' },
    ];
    expect(await limitsOf(answer(RESET))).toEqual({ limits, quota: null });
  });

  it('are read from the fake GitHub, which does not count the request', async () => {
    const server = await serve(aSource([aPullRequest(1)]), { now: () => NOW });
    const { permissions } = gitHubWith(server.url, TOKEN, () => NOW);
    const [first, second] = [await permissions.readLimits(), await permissions.readLimits()];
    expect(first.limits.map(({ resource }) => resource)).toEqual(['core', 'graphql']);
    expect(second).toEqual(first);
  });

  it.each([
    ['in the year 9999', 253_402_300_799],
    ['after 2038', 2 ** 31 + 1],
    ['beyond every time', 1.797e308],
  ])('are read although they are reset %s', async (_what, reset) => {
    const { limits } = await limitsOf(answer(reset));
    expect(limits[0]?.resetAt).toEqual(new Date(RESET * 1000));
    expect(limits[1]).toMatchObject({
      remaining: 4_999,
      resetAt: new Date(Math.min(reset * 1000, LAST_INSTANT.getTime())),
    });
  });

  it.each([['tomorrow'], [-1], [null], [{}]])(
    'are not GitHub’s where they are reset at what is no time: %j',
    async (reset) => {
      await expect(limitsOf(answer(reset))).rejects.toMatchObject({ kind: 'UNEXPECTED' });
    },
  );

  it('are none where an Enterprise server has them switched off', async () => {
    const off = { message: 'Rate limiting is not enabled.' };
    expect(await limitsOf(off, 404)).toEqual({ limits: [], quota: null });
  });
});
