import { expect, it, onTestFinished } from 'vitest';
import { createReconcileActivities } from '../../../../src/activities/sync/reconcile.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { storeDeadLetters } from '../../../../src/db/sync/dead-letters.ts';
import { saveVerifiedMonths } from '../../../../src/db/sync/reconcile.ts';
import { toMonthKey } from '../../../../src/domain/sync/dead-letter.ts';
import { aPullRequest, aSource } from '../../../unit/demo/small-world.ts';
import {
  contradict,
  NO_LIST,
  OPEN,
  retryAll,
  sync,
  useContradictingWorlds,
} from '../pulls/contradicting-world.ts';
import { openAskingWorld } from '../requests/asking-world.ts';
import { SINCE, type StageWorld } from '../stage-world.ts';

const openWorld = useContradictingWorlds();

const SOURCE = aSource(
  [1, 2].map((number) => aPullRequest(number, { createdAt: `2026-02-0${number}T10:00:00Z` })),
);
const MONTH = { month: '2026-02-01', from: '2026-02-01T00:00:00Z', to: '2026-03-01T00:00:00Z' };

it('a month that is given up is a dead letter until a comparison finds that nothing is missing', async () => {
  const world = await openAskingWorld(SOURCE);
  onTestFinished(() => world.close());
  const repositoryId = await world.addRepository('acme/api');
  await world.rows(`UPDATE repository SET sync_state = 'ACTIVE', complete_from = '2026-02-01T00:00:00Z',
    watermark = '2026-02-27T00:00:00Z'`);
  const activities = createReconcileActivities(world.aWorker());
  const ids = { teamId: String(world.teamId), repositoryId: String(repositoryId) };
  const reason = 'GitHub counts what cannot be.';
  await activities.recordUnlistedMonth({ ...ids, month: MONTH.month, reason });
  const letters = () =>
    world.rows(
      `SELECT entity, natural_key, reason_code, reason, resolved_at IS NULL AS open FROM dead_letter`,
    );
  const letter = {
    entity: 'pull_request',
    natural_key: 'month:2026-02',
    reason_code: 'NOT_LISTED',
    reason,
  };

  expect(await activities.verifyRepository({ ...ids, isSecondPass: false })).toMatchObject({
    drift: [{ month: MONTH.month }],
  });
  expect(await letters()).toEqual([{ ...letter, open: true }]);
  expect(await activities.repairRange({ ...ids, ...MONTH })).toMatchObject({
    repaired: 2,
    total: 2,
  });
  await activities.verifyRepository({ ...ids, isSecondPass: true });
  expect(await letters()).toEqual([{ ...letter, open: false }]);
});

/** Reconcile gives up these months. */
async function giveUp(of: StageWorld, months: readonly string[]): Promise<void> {
  const rejected = months.map((month) => ({
    naturalKey: toMonthKey(month),
    reasonCode: 'NOT_LISTED',
    reason: 'GitHub counts what cannot be.',
  }));
  const letters = { ...of, entity: 'pull_request', rejected, readable: [] };
  await withTeam(of.scene.db, of.teamId, (tx) => storeDeadLetters(tx, letters));
}

/** Reconcile compares these months, and finds so many pull requests stored of the ten that each has on GitHub. */
async function compare(of: StageWorld, stored: Readonly<Record<string, number>>): Promise<void> {
  const months = Object.entries(stored).map(([month, count]) => ({
    month,
    onGitHub: 10,
    stored: count,
  }));
  const at = new Date(Date.now() + 60_000);
  await withTeam(of.scene.db, of.teamId, (tx) =>
    saveVerifiedMonths(tx, of, months, { at, keepsRepaired: false }),
  );
}

it('months that are given up are dead letters of their own, each until none of its pull requests is missing', async () => {
  const of = await openWorld();
  await sync(of, SINCE);
  await giveUp(of, ['2026-01-01', '2026-02-01']);
  await giveUp(of, ['2026-02-01', '2026-03-01']);
  const keys = async () => (await of.rows(OPEN)).map(([key, , attempts]) => [key, attempts]);
  expect(await keys()).toEqual([
    ['month:2026-01', 1],
    ['month:2026-02', 2],
    ['month:2026-03', 1],
  ]);
  await compare(of, { '2026-01-01': 9, '2026-02-01': 10, '2026-03-01': 8 });
  expect(await keys()).toEqual([
    ['month:2026-01', 1],
    ['month:2026-03', 1],
  ]);
  await compare(of, { '2026-01-01': 10, '2026-02-01': 10, '2026-03-01': 10 });
  expect(await keys()).toEqual([]);
});

it('a month that is given up is not asked for by number, and an admin has all of the repository read again for it', async () => {
  const of = await openWorld();
  await sync(of, SINCE);
  await giveUp(of, ['2026-02-01']);
  expect((await sync(of)).requests).toBe(1);
  expect((await retryAll(of)).result.letters).toBe(1);
  expect((await sync(of)).requests).toBe(3);
  expect(await of.rows(OPEN)).toEqual([]);
});

it('a month that is given up takes its dead letter away from no partial sync', async () => {
  const of = await openWorld();
  contradict(of)(new Map([[3, NO_LIST]]));
  await sync(of, SINCE);
  const MET = `SELECT natural_key, sync_run_id IS NULL AS nobody, reason_code FROM dead_letter ORDER BY 1 DESC`;
  await giveUp(of, ['2026-02-01']);
  expect(await of.rows(MET)).toEqual([
    ['unknown', false, 'CONTRADICTORY'],
    ['month:2026-02', true, 'NOT_LISTED'],
  ]);
});
