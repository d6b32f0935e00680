import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FakeGitHub } from '../../../../src/demo/fake-github/fake-github.ts';
import type { PullRequestData } from '../../../../src/demo/core/github-data.ts';
import { aPullRequest, aSource, ask, askForData, serve } from '../small-world.ts';

const PAGE = `query ($size: Int!, $after: String, $field: IssueOrderField!, $direction: OrderDirection!) {
  repository(owner: "acme", name: "api") {
    pullRequests(first: $size, after: $after, orderBy: { field: $field, direction: $direction }) {
      totalCount nodes { number } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`;

interface PageOfNumbers {
  readonly repository: {
    readonly pullRequests: {
      readonly totalCount: number;
      readonly nodes: readonly { readonly number: number }[];
      readonly pageInfo: {
        readonly hasNextPage: boolean;
        readonly hasPreviousPage: boolean;
        readonly startCursor: string | null;
        readonly endCursor: string | null;
      };
    };
  };
}

async function page(server: FakeGitHub, size: number, after: string | null, field = 'UPDATED_AT') {
  const variables = { size, after, field, direction: 'DESC' };
  const { repository } = await askForData<PageOfNumbers>(server, PAGE, variables);
  const { nodes, pageInfo, totalCount } = repository.pullRequests;
  return { numbers: nodes.map((node) => node.number), totalCount, ...pageInfo };
}

/** Touched at this second of 2 March by a comment. */
function touched(pullRequest: PullRequestData, second: number): PullRequestData {
  return {
    ...pullRequest,
    comments: [
      ...pullRequest.comments,
      {
        databaseId: 1,
        author: 'bo',
        authorAssociation: 'MEMBER',
        createdAt: `2026-03-02T10:00:${String(second).padStart(2, '0')}Z`,
        body: 'Still on it',
      },
    ],
  };
}

describe('cursors hold the key of a row, not its position', () => {
  test('reading in any page size brings every row once, and says truly whether there is more', async () => {
    const server = await serve(aSource([1, 2, 3, 4, 5].map((number) => aPullRequest(number))));
    const first = await page(server, 2, null);
    const second = await page(server, 2, first.endCursor);
    const third = await page(server, 2, second.endCursor);
    expect(first).toMatchObject({
      numbers: [5, 4],
      totalCount: 5,
      hasNextPage: true,
      hasPreviousPage: false,
    });
    expect(second).toMatchObject({ numbers: [3, 2], hasNextPage: true, hasPreviousPage: true });
    expect(third).toMatchObject({ numbers: [1], hasNextPage: false, hasPreviousPage: true });
    const beyond = await page(server, 2, third.endCursor);
    expect(beyond).toMatchObject({ numbers: [], hasNextPage: false, endCursor: null });
  });

  test('a row that moves to the front between two pages is neither lost for the next sync nor shifts the others', async () => {
    const rows = [1, 2, 3, 4, 5, 6].map((number) => aPullRequest(number));
    const server = await serve(aSource(rows));
    const first = await page(server, 2, null);
    expect(first.numbers).toEqual([6, 5]);
    // Number 4 would have been next; by position, page two would now begin with 5 again.
    server.setSource(aSource(rows.map((row) => (row.number === 4 ? touched(row, 1) : row))));
    const second = await page(server, 2, first.endCursor);
    expect(second.numbers).toEqual([3, 2]);
    expect((await page(server, 2, null)).numbers).toEqual([4, 6]);
  });

  test('a row that was read and is touched does not push anything out of the next page', async () => {
    const rows = [1, 2, 3, 4].map((number) => aPullRequest(number));
    let now = new Date('2026-03-02T09:00:00Z');
    const moving = rows.map((row) => (row.number === 3 ? touched(row, 5) : row));
    const server = await serve(aSource(moving), { now: () => now });
    const first = await page(server, 2, null);
    expect(first.numbers).toEqual([4, 3]);
    now = new Date('2026-03-02T11:00:00Z');
    expect((await page(server, 2, first.endCursor)).numbers).toEqual([2, 1]);
    expect((await page(server, 2, null)).numbers).toEqual([3, 4]);
  });

  test('rows of the same second are ordered by their id', async () => {
    const createdAt = '2026-03-01T10:00:00Z';
    const server = await serve(
      aSource([1, 2, 3, 4, 5].map((number) => aPullRequest(number, { createdAt }))),
    );
    const first = await page(server, 3, null);
    const second = await page(server, 3, first.endCursor);
    expect([...first.numbers, ...second.numbers]).toEqual([5, 4, 3, 2, 1]);
  });

  test('whatever is touched between two pages, reading on repeats nothing and misses only what was touched', async () => {
    const numbers = Array.from({ length: 12 }, (_, index) => index + 1);
    const rows = numbers.map((number) => aPullRequest(number));
    const server = await serve(aSource(rows), { limits: { pointsPerHour: 1_000_000 } });
    const touches = fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(touches, fc.integer({ min: 1, max: 5 }), async (order, size) => {
        let state = rows;
        server.setSource(aSource(state));
        const met: number[] = [];
        const moved = new Set<number>();
        let after: string | null = null;
        for (let round = 0; ; round += 1) {
          const { numbers: shown, hasNextPage, endCursor } = await page(server, size, after);
          met.push(...shown);
          if (!hasNextPage) break;
          after = endCursor;
          const next = order[round];
          if (next !== undefined) {
            moved.add(next);
            state = state.map((row) => (row.number === next ? touched(row, round + 1) : row));
            server.setSource(aSource(state));
          }
        }
        expect(new Set(met).size).toBe(met.length);
        expect(numbers.filter((number) => !met.includes(number) && !moved.has(number))).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  test('a cursor of another list or a made-up one is refused', async () => {
    const server = await serve(aSource([aPullRequest(1)]));
    const variables = { size: 1, after: 'nonsense', field: 'CREATED_AT', direction: 'ASC' };
    const { body } = await ask(server, PAGE, variables);
    expect(body.errors).toMatchObject([
      {
        type: 'INVALID_CURSOR_ARGUMENTS',
        message: '`nonsense` does not appear to be a valid cursor.',
      },
    ]);
  });
});
