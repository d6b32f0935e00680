import { describe, expect, it } from 'vitest';
import { aSource } from '../../../unit/demo/small-world.ts';
import { SINCE, useStageWorlds } from '../stage-world.ts';

const LAST = { hasNextPage: false, endCursor: null };
const to = (endCursor: string) => ({ hasNextPage: true, endCursor });
const day = (number: number): string => `2026-02-${String(number).padStart(2, '0')}T00:00:00Z`;

const deployment = (number: number, statuses: object) => ({
  id: `DE_${number}`,
  databaseId: number,
  environment: 'production',
  ref: null,
  commitOid: String(number).padStart(40, '0'),
  state: 'ACTIVE',
  description: null,
  createdAt: day(number),
  creator: null,
  statuses,
});

const success = (at: string) => ({ state: 'SUCCESS', createdAt: at });

const open = useStageWorlds();

/** A stage whose deployment 21 has more statuses than came with it, and which these answers tell; 20 has none. */
async function readStatuses(...answers: readonly object[]) {
  const of = await open(aSource([]));
  await of.syncPullRequests(SINCE);
  const nodes = [
    deployment(21, { nodes: [], pageInfo: to('first') }),
    deployment(20, { nodes: [], pageInfo: LAST }),
  ];
  const page = { rateLimit: null, repository: { deployments: { nodes, pageInfo: LAST } } };
  for (const body of [{ data: page }, ...answers]) {
    of.github.failNext({ status: 200, body });
  }
  const before = of.github.stats().requests.graphql;
  await of.setDue('DEPLOYMENTS');
  await of.run('DEPLOYMENTS');
  return {
    requests: of.github.stats().requests.graphql - before,
    stored: await of.rows('SELECT github_id::int, succeeded_at FROM deployment ORDER BY 1'),
    open: await of.rows('SELECT natural_key, reason FROM dead_letter WHERE resolved_at IS NULL'),
  };
}

const pageOf = (nodes: unknown, pageInfo: object) => ({
  data: { rateLimit: null, node: { statuses: { nodes, pageInfo } } },
});

describe('further statuses of a deployment', () => {
  it('say when it succeeded', async () => {
    const read = await readStatuses(
      pageOf([success(day(24))], to('second')),
      pageOf([success(day(23))], LAST),
    );
    expect(read.stored).toEqual([
      [20, null],
      [21, new Date(day(23))],
    ]);
    expect(read.open).toEqual([]);
  });

  it.each([
    ['came without their list', [pageOf(null, LAST)], /without its list/],
    ['have no time', [pageOf([success('2026-02-31T00:00:00Z')], LAST)], /time of a status/],
    ['have an empty entry', [pageOf([null], LAST)], /empty/],
    ['do not move on', [pageOf([], to('first'))], /do not move on/],
    [
      'come round',
      ['other', 'first', 'other', 'first', 'other'].map((cursor) => pageOf([], to(cursor))),
      /do not move on/,
      5,
    ],
    ['go on at no text', [pageOf([], to('a\u0000b'))], /no text that can be kept/],
    [
      'never end',
      Array.from({ length: 60 }, (_, index) => pageOf([], to(`page ${index}`))),
      /more than 50 pages of statuses/,
    ],
    [
      'are of one that is gone',
      [
        {
          data: { rateLimit: null, node: null },
          errors: [{ type: 'NOT_FOUND', path: ['node'], message: 'Could not resolve to a node.' }],
        },
      ],
      /deployment/,
    ],
    ['are of one that is not shown', [{ data: { rateLimit: null, node: null } }], /deployment/],
  ])('that %s reject it alone', async (_what, answers, reason, most = 52) => {
    const read = await readStatuses(...answers);
    expect(read.stored).toEqual([[20, null]]);
    expect(read.open).toEqual([['21', expect.stringMatching(reason) as string]]);
    expect(read.requests).toBeLessThanOrEqual(most);
  });
});
