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
    410,
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
