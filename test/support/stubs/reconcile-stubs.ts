import type { DriftRange, ReconcileActivities } from '../../../src/contracts/reconcile.ts';
import type { ComputeActivities } from '../../../src/contracts/rollups.ts';
import { createStubActivities } from './stub-workers.ts';

export interface ReconcileStubs {
  readonly sync: ReconcileActivities;
  readonly compute: ComputeActivities;
  /** What was called, in order: `name argument`. */
  readonly calls: string[];
}

const DRIFT: DriftRange = {
  month: '2026-02-01',
  from: '2026-02-01T00:00:00.000Z',
  to: '2026-03-01T00:00:00.000Z',
};

/**
 * Activities of reconcile over so many repositories; the first has a month that differs and is repaired in two halves. A
 * test replaces what it is about.
 */
export function createReconcileStubs(
  repositories: number,
  changes: Partial<ReconcileActivities> = {},
): ReconcileStubs {
  const { compute, calls } = createStubActivities();
  const sync: ReconcileActivities = {
    async planReconcile() {
      calls.push('planReconcile');
      return {
        repositories: Array.from({ length: repositories }, (_, index) => ({
          repositoryId: String(index + 1),
          name: `acme/${index + 1}`,
        })),
      };
    },
    async verifyRepository({ repositoryId, isSecondPass }) {
      calls.push(`verifyRepository ${repositoryId}${isSecondPass ? ' again' : ''}`);
      return { next: 'DONE', drift: repositoryId === '1' && !isSecondPass ? [DRIFT] : [] };
    },
    async repairRange({ repositoryId, from, to }) {
      calls.push(`repairRange ${repositoryId} ${from.slice(0, 10)} ${to.slice(0, 10)}`);
      return from === DRIFT.from && to === DRIFT.to
        ? { next: 'SPLIT', at: '2026-02-15T00:00:00.000Z', total: 600 }
        : { next: 'DONE', repaired: 2, removed: 1, total: 300 };
    },
    async recordUnlistedMonth({ repositoryId, month }) {
      calls.push(`recordUnlistedMonth ${repositoryId} ${month}`);
    },
    ...changes,
  };
  return { sync, compute, calls };
}
