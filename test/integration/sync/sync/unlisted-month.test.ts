import { expect, it, onTestFinished } from 'vitest';
import { createReconcileActivities } from '../../../../src/activities/sync/reconcile.ts';
import { aPullRequest, aSource } from '../../../unit/demo/small-world.ts';
import { openAskingWorld } from '../requests/asking-world.ts';

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
    natural_key: 'unknown',
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
