import { describe, expect, it } from 'vitest';
import type { GitHubApi } from '../../../../src/github/transport/api.ts';
import { createHooks, type HookScope } from '../../../../src/github/webhooks/hooks.ts';

const QUOTA = {
  resource: 'core',
  limit: 5_000,
  remaining: 4_990,
  used: 10,
  cost: 1,
  resetAt: new Date('2026-03-01T11:00:00Z'),
} as const;

const api: GitHubApi = {
  host: 'api.github.example',
  untold: () => [],
  graphql: async () => {
    throw new Error('webhooks are not asked for over GraphQL');
  },
  rest: async () => ({
    data: [],
    etag: null,
    hasNextPage: false,
    scopes: null,
    nextCursor: null,
    quota: QUOTA,
  }),
};

const ofRepository: HookScope = {
  kind: 'REPOSITORY',
  repository: { owner: 'acme', name: 'api' },
  hookId: 7n,
};

describe('the limit that an answer about webhooks tells', () => {
  const hooks = createHooks(api, { ...api });

  it('is that of the credential for the webhook of a repository', async () => {
    expect((await hooks.listDeliveries(ofRepository, null)).quota).toEqual(QUOTA);
    expect((await hooks.redeliver(ofRepository, '1')).quota).toEqual(QUOTA);
  });

  it("is not that of the installation for the App's own webhook", async () => {
    expect((await hooks.listDeliveries({ kind: 'APP' }, null)).quota).toBeNull();
    expect((await hooks.redeliver({ kind: 'APP' }, '1')).quota).toBeNull();
  });
});
