import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { toReconcileStart, type ReconcileActivities } from '../../../src/contracts/reconcile.ts';
import { createReconcileStubs } from '../../support/stubs/reconcile-stubs.ts';
import { openWorkflowWorld } from '../../support/worlds/workflow-world.ts';

const world = openWorkflowWorld();

async function begin(repositories: number, changes: Partial<ReconcileActivities> = {}) {
  const stubs = createReconcileStubs(repositories, changes);
  await world.work(stubs);
  return { stubs, handle: await world.start(toReconcileStart(world.nextTeam())) };
}

test('reconcile repairs what differs in halves, verifies it again, and rolls up', async () => {
  const { stubs, handle } = await begin(2);
  expect(await handle.result()).toEqual({
    repositories: 2,
    refused: [],
    drifted: 1,
    repaired: 4,
    removed: 2,
  });
  expect(stubs.calls).toEqual([
    'planReconcile',
    'verifyRepository 1',
    'repairRange 1 2026-02-01 2026-03-01',
    'repairRange 1 2026-02-01 2026-02-15',
    'repairRange 1 2026-02-15 2026-03-01',
    'verifyRepository 1 again',
    'verifyRepository 2',
    'rollUpDirtyWeeks',
  ]);
});

test.each([
  ['as many in a part as in the whole', (total: number) => total, /in parts of the month/, 40],
  [
    'half as many in each half, without end',
    (total: number) => total / 2,
    /than one comparison/,
    85,
  ],
])(
  'a month in which the search counts %s is given up, with the reason',
  async (_what, totalOf, reason, most) => {
    const month = Date.UTC(2026, 1, 28) - Date.UTC(2026, 1, 1);
    let asked = 0;
    const { stubs, handle } = await begin(1, {
      async verifyRepository({ isSecondPass }) {
        const range = {
          month: '2026-02-01',
          from: '2026-02-01T00:00:00.000Z',
          to: '2026-02-28T00:00:00.000Z',
        };
        return { next: 'DONE', drift: isSecondPass ? [] : [range] };
      },
      async repairRange({ from, to }) {
        asked += 1;
        const length = Date.parse(to) - Date.parse(from);
        const depth = Math.round(Math.log2(month / length));
        let total = 2 ** 31 - 1;
        for (let level = 0; level < depth; level += 1) {
          total = Math.floor(totalOf(total));
        }
        if (length <= 1_000) {
          return { next: 'DONE', repaired: 0, removed: 0, total };
        }
        const middle = Math.ceil((Date.parse(from) + length / 2) / 1_000) * 1_000;
        return { next: 'SPLIT', at: new Date(middle).toISOString(), total };
      },
    });
    expect(await handle.result()).toMatchObject({
      repaired: 0,
      refused: [expect.stringMatching(reason)],
    });
    expect(asked).toBeLessThanOrEqual(most);
    expect(stubs.calls).toContain('recordUnlistedMonth 1 2026-02-01');
  },
);

/**
 * Months that differ, and what GitHub's search counts in a part of each: where that is over 500, the part is split.
 * @param named which answers have the total
 */
function monthsOf(
  counts: Readonly<Record<string, (depth: number, isFirst: boolean) => number>>,
  named: 'ALWAYS' | 'OF_SPLITS' | 'NEVER' = 'ALWAYS',
) {
  const asked: Record<string, number> = {};
  const monthMs = 2 ** 21 * 1_000;
  const changes: Partial<ReconcileActivities> = {
    async verifyRepository({ isSecondPass }) {
      const drift = Object.keys(counts).map((month) => ({
        month,
        from: new Date(month).toISOString(),
        to: new Date(Date.parse(month) + monthMs).toISOString(),
      }));
      return { next: 'DONE', drift: isSecondPass ? [] : drift };
    },
    async repairRange({ month, from, to }) {
      asked[month] = (asked[month] ?? 0) + 1;
      const length = Date.parse(to) - Date.parse(from);
      const isFirst = Date.parse(from) === Date.parse(month);
      const total = counts[month]?.(Math.log2(monthMs / length), isFirst) ?? 0;
      const at = new Date(Date.parse(from) + length / 2).toISOString();
      return total > 500 && length > 1_000
        ? { next: 'SPLIT', at, ...(named !== 'NEVER' && { total }) }
        : { next: 'DONE', repaired: 1, removed: 0, ...(named === 'ALWAYS' && { total }) };
    },
  };
  return { asked, changes };
}

const endless = (depth: number): number => Math.floor((2 ** 31 - 1) / 2 ** depth);
const honest = (depth: number): number => 2_000 / 2 ** depth;

test.each([
  ['two months', ['2026-01-01', '2026-03-01'], '2026-02-01'],
  [
    'seven months',
    [
      '2025-05-01',
      '2025-06-01',
      '2025-07-01',
      '2025-08-01',
      '2025-09-01',
      '2025-10-01',
      '2025-11-01',
    ],
    '2025-12-01',
  ],
])('%s without end leave another one its splits', async (_what, hostile, month) => {
  const months = [...hostile, month].toSorted();
  const { asked, changes } = monthsOf(
    Object.fromEntries(months.map((one) => [one, one === month ? honest : endless])),
  );
  const { stubs, handle } = await begin(1, changes);
  const { refused } = await handle.result();
  expect(refused).toEqual(
    hostile.map((one) => expect.stringContaining(`in the month of ${one}`) as string),
  );
  expect(asked[month]).toBe(7);
  expect(stubs.calls.filter((call) => call.startsWith('recordUnlistedMonth'))).toEqual(
    hostile.map((one) => `recordUnlistedMonth 1 ${one}`),
  );
  for (const one of hostile) {
    expect(asked[one]).toBeLessThanOrEqual(81);
  }
});

test.each([
  ['a twentieth more than it are repaired', 1.05, []],
  ['a fifth more than it are given up', 1.2, [expect.stringMatching(/in parts of the month/)]],
])('halves of a month that have %s', async (_what, times, refused) => {
  const { changes } = monthsOf({
    '2026-02-01': (depth) => (depth === 0 ? 2_000 : depth === 1 ? 1_000 * times : 500),
  });
  const { handle } = await begin(1, changes);
  expect(await handle.result()).toMatchObject({ refused });
});

test('activities of the release before, which name no total, split a month as far as they do', async () => {
  const { asked, changes } = monthsOf(
    { '2026-02-01': (depth) => (64 * 500) / 2 ** depth },
    'NEVER',
  );
  const { handle } = await begin(1, changes);
  expect(await handle.result()).toMatchObject({ refused: [], repaired: 64 });
  expect(asked['2026-02-01']).toBe(127);
});

test('one part without a total leaves the count of the others as it is', async () => {
  const { changes } = monthsOf(
    { '2026-02-01': (depth, isFirst) => (depth === 0 ? 1_000 : isFirst ? 500 : 1_200) },
    'OF_SPLITS',
  );
  const { handle } = await begin(1, changes);
  expect(await handle.result()).toMatchObject({
    repaired: 1,
    refused: [expect.stringMatching(/in parts of the month/)],
  });
});

test('reconcile waits a limit out by a timer and goes on with the same range', async () => {
  let asks = 0;
  const limit = () => {
    asks += 1;
    return asks % 2 === 1
      ? ({ next: 'WAIT', until: new Date().toISOString(), reason: 'limit' } as const)
      : null;
  };
  const { handle } = await begin(1, {
    async verifyRepository({ isSecondPass }) {
      const range = { month: '2026-02-01', from: '2026-02-01', to: '2026-02-02' };
      return limit() ?? { next: 'DONE', drift: isSecondPass ? [] : [range] };
    },
    async repairRange() {
      return limit() ?? { next: 'DONE', repaired: 1, removed: 0, total: 1 };
    },
  });
  expect(await handle.result()).toMatchObject({ repositories: 1, repaired: 1, refused: [] });
  const { events } = await handle.fetchHistory();
  expect(events?.filter((event) => event.timerStartedEventAttributes != null)).toHaveLength(3);
});

test('a repository that is gone or fails ends alone, and the result says why', async () => {
  const { stubs, handle } = await begin(3, {
    async verifyRepository({ repositoryId }) {
      if (repositoryId === '1') {
        return { next: 'REFUSED', reason: 'GitHub does not show acme/1 any more.' };
      }
      if (repositoryId === '2') {
        throw ApplicationFailure.nonRetryable('Give a new token.', 'GITHUB_NOT_CONNECTED');
      }
      return { next: 'DONE', drift: [] };
    },
  });
  expect(await handle.result()).toMatchObject({
    repositories: 3,
    refused: ['GitHub does not show acme/1 any more.', 'acme/2: Give a new token.'],
  });
  expect(stubs.calls).toEqual(['planReconcile', 'rollUpDirtyWeeks']);
});

test('reconcile of many repositories continues as new and adds up', async () => {
  const { stubs, handle } = await begin(101);
  expect(await handle.result()).toMatchObject({ repositories: 101, drifted: 1, repaired: 4 });
  expect(stubs.calls.filter((call) => call === 'planReconcile')).toHaveLength(1);
  expect(stubs.calls.at(-2)).toBe('verifyRepository 101');
});

test('cancelled, reconcile stops where it is', async () => {
  let asked = (): void => undefined;
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const { handle } = await begin(1, {
    async verifyRepository() {
      asked();
      return { next: 'WAIT', until: '2100-01-01T00:00:00.000Z', reason: 'limit' };
    },
  });
  await isAsked;
  await handle.cancel();
  await expect(handle.result()).rejects.toThrow(/cancel/i);
  expect((await handle.describe()).status.name).toBe('CANCELLED');
});
