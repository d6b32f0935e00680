import { ApplicationFailure } from '@temporalio/common';
import { toReconcileStart, type ReconcileActivities } from '../../src/contracts/reconcile.ts';
import { createReconcileStubs } from '../support/stubs/reconcile-stubs.ts';
import type { Recorder } from './recorder.ts';

type Changes = Partial<ReconcileActivities>;

/** Records reconciles that repair a month, wait for a limit, are refused, and give a month up for each of the reasons. */
export async function recordReconcileHistories(recorder: Recorder): Promise<void> {
  const record = (name: string, repositories: number, changes: Changes = {}): Promise<void> =>
    recorder.recordStart(name, toReconcileStart(name), createReconcileStubs(repositories, changes));
  let waits = 0;
  await record('repaired', 3);
  await record('rate-limited', 1, {
    async verifyRepository() {
      waits += 1;
      return waits < 3
        ? { next: 'WAIT', until: new Date(Date.now() + 1100).toISOString(), reason: 'limit' }
        : { next: 'DONE', drift: [] };
    },
  });
  await record('refused', 2, {
    async verifyRepository({ repositoryId }) {
      if (repositoryId === '2') {
        throw ApplicationFailure.nonRetryable('Give a new token.', 'GITHUB_NOT_CONNECTED');
      }
      return { next: 'REFUSED', reason: 'GitHub does not show acme/1 any more.' };
    },
  });
  // Each half of the month has two thirds of it.
  await record('given-up-by-counts', 1, {
    repairRange: splitting((halvings) => [1_200, 800][halvings] ?? 400),
  });
  // However often a range is halved, there is more in it than one activity repairs.
  await record('given-up-by-splits', 1, {
    repairRange: splitting((halvings) => 2 ** (31 - halvings)),
  });
}

/** Splits what has more than 500 pull requests down to a second, and counts by how often the month was halved for it. */
function splitting(countOf: (halvings: number) => number): ReconcileActivities['repairRange'] {
  let monthMs = 0;
  return async ({ from, to }) => {
    const length = Date.parse(to) - Date.parse(from);
    monthMs = Math.max(monthMs, length);
    const total = countOf(Math.round(Math.log2(monthMs / length)));
    const at = new Date(Date.parse(from) + Math.ceil(length / 2_000) * 1_000).toISOString();
    return total > 500 && length > 1_000
      ? { next: 'SPLIT', at, total }
      : { next: 'DONE', repaired: 1, removed: 0, total };
  };
}
