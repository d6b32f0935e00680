import type {
  RepairRangeResult,
  ReconcileActivities,
  ReconcileWait,
} from '../../contracts/reconcile.ts';
import {
  countRepaired,
  countStoredMonths,
  listReconcilable,
  readStoredNumbers,
  saveVerifiedMonths,
  type VerifiedMonth,
} from '../../db/sync/reconcile.ts';
import { readRepositoryAddress } from '../../db/sync/repository-facts.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { monthsBetween, type MonthRange } from '../../domain/sync/month.ts';
import { formatRepositoryName } from '../../domain/sync/repository-name.ts';
import type { OpenedRange } from '../../github/pulls/pull-request-counts.ts';
import { createAskRepository } from '../stages/ask-repository.ts';
import type { RequestSlot } from '../requests/request-slot.ts';
import { createRefreshRepository } from '../requests/refresh-repository.ts';
import { createStorePullRequestsByNumber } from '../pulls/store-by-number.ts';
import type { StageContext } from '../stages/sync-stage.ts';

/** Months that one request counts. */
const MONTHS_PER_REQUEST = 40;

/** Pull requests of a range that one activity repairs: five pages of numbers. A longer one is split. */
const MAX_IN_RANGE = 500;

/** GitHub lists no more than that of a search, and its dates are seconds. */
const MAX_LISTED = 1_000;
const SECOND_MS = 1_000;

interface RepositoryKey {
  readonly teamId: bigint;
  readonly repositoryId: bigint;
}

/** Activities of the queue `sync` that compare with GitHub. */
export function createReconcileActivities(context: StageContext): ReconcileActivities {
  return {
    async planReconcile(input) {
      const teamId = BigInt(input.teamId);
      const rows = await withTeam(context.db, teamId, (tx) => listReconcilable(tx, teamId));
      return {
        repositories: rows.map((row) => ({
          repositoryId: String(row.id),
          name: formatRepositoryName(row),
        })),
      };
    },
    verifyRepository: createVerifyRepository(context),
    repairRange: createRepairRange(context),
  } satisfies ReconcileActivities;
}

/** Compares a repository's months with GitHub: how many pull requests were opened in each, there and here. */
function createVerifyRepository(context: StageContext): ReconcileActivities['verifyRepository'] {
  const { db, now } = context;
  const refresh = createRefreshRepository(context);
  const askRepository = createAskRepository(context);

  /** GitHub's counts of these months, forty a request. */
  async function countOnGitHub(
    key: RepositoryKey,
    months: readonly MonthRange[],
  ): Promise<RequestSlot<readonly number[]>> {
    const onGitHub: number[] = [];
    while (onGitHub.length < months.length) {
      const ranges = months.slice(onGitHub.length, onGitHub.length + MONTHS_PER_REQUEST);
      const slot = await askRepository(
        { ...key, priority: 'BACKGROUND' },
        async (github, repository) => {
          const { counts, ...rest } = await github.search.countPullRequests(repository, ranges);
          return { answer: counts, ...rest };
        },
      );
      if (!slot.ready) {
        return slot;
      }
      onGitHub.push(...slot.answer);
    }
    return { ready: true, answer: onGitHub };
  }

  return async (input) => {
    const key = { teamId: BigInt(input.teamId), repositoryId: BigInt(input.repositoryId) };
    const seen = await refresh({ ...key, priority: 'BACKGROUND', isForced: false });
    if (!seen.ready) {
      return toWait(seen);
    }
    if (seen.answer.state !== 'THERE') {
      return { next: 'REFUSED', reason: seen.answer.reason };
    }
    const known = await withTeam(db, key.teamId, (tx) => readRepositoryAddress(tx, key));
    const months = monthsBetween(known?.completeFrom ?? null, known?.watermark ?? null);
    const counted = await countOnGitHub(key, months);
    if (!counted.ready) {
      return toWait(counted);
    }
    const verified = await withTeam(db, key.teamId, async (tx) => {
      const [first, last] = [months[0], months.at(-1)];
      const stored =
        first === undefined || last === undefined
          ? []
          : await countStoredMonths(tx, key, { from: first.from, to: last.to });
      const byMonth = new Map(stored.map(({ month, count }) => [month, count]));
      const rows = months.map((range, index): VerifiedMonth & MonthRange => ({
        ...range,
        onGitHub: counted.answer[index] ?? 0,
        stored: byMonth.get(range.month) ?? 0,
      }));
      const keepsRepaired = input.isSecondPass;
      await saveVerifiedMonths(tx, key, rows, { at: now(), keepsRepaired });
      return rows;
    });
    const drift = verified
      .filter((row) => row.onGitHub !== row.stored)
      .map(({ month, from, to }) => ({
        month,
        from: from.toISOString(),
        to: to.toISOString(),
      }));
    return { next: 'DONE', drift };
  };
}

/** Reads those pull requests of a range again that GitHub lists and the database lacks, or the other way round. */
function createRepairRange(context: StageContext): ReconcileActivities['repairRange'] {
  const { db } = context;
  const askRepository = createAskRepository(context);
  const storeByNumber = createStorePullRequestsByNumber(context);

  /** All numbers of a range; null when it holds too many for one activity. */
  async function listNumbers(
    key: RepositoryKey,
    range: OpenedRange,
  ): Promise<RequestSlot<readonly number[] | null>> {
    const canSplit = range.to.getTime() - range.from.getTime() > SECOND_MS;
    const numbers: number[] = [];
    let after: string | null = null;
    do {
      const cursor: string | null = after;
      const slot = await askRepository(
        { ...key, priority: 'BACKGROUND' },
        async (github, repository) => {
          const page = await github.search.listPullRequestNumbers(repository, range, cursor);
          return { answer: page, quota: page.quota, githubId: page.githubId };
        },
      );
      if (!slot.ready) {
        return slot;
      }
      if (slot.answer.total > MAX_IN_RANGE && canSplit) {
        return { ready: true, answer: null };
      }
      numbers.push(...slot.answer.numbers);
      after = slot.answer.endCursor;
    } while (after !== null && numbers.length < MAX_LISTED);
    return { ready: true, answer: numbers };
  }

  return async (input): Promise<RepairRangeResult> => {
    const key = { teamId: BigInt(input.teamId), repositoryId: BigInt(input.repositoryId) };
    const range = { from: new Date(input.from), to: new Date(input.to) };
    const listed = await listNumbers(key, range);
    if (!listed.ready) {
      return toWait(listed);
    }
    if (listed.answer === null) {
      return { next: 'SPLIT', at: middleOf(range).toISOString() };
    }
    const onGitHub = new Set(listed.answer);
    const stored = await withTeam(db, key.teamId, (tx) => readStoredNumbers(tx, key, range));
    const there = new Set(stored.filter((row) => !row.isDeleted).map(({ number }) => number));
    // The search is a hint only: what it does not name is asked for by its number before it counts as gone.
    const numbers = [
      ...[...onGitHub].filter((number) => !there.has(number)),
      ...[...there].filter((number) => !onGitHub.has(number)),
    ];
    const slot = await storeByNumber({
      ...key,
      numbers,
      priority: 'BACKGROUND',
      onStored: (tx, done) => countRepaired(tx, key, input.month, done),
    });
    return slot.ready ? { next: 'DONE', ...slot.answer } : toWait(slot);
  };
}

function toWait({
  until,
  reason,
}: RequestSlot<unknown> & { readonly ready: false }): ReconcileWait {
  return { next: 'WAIT', until: until.toISOString(), reason };
}

/** A whole second between the ends of a range that is longer than one. */
function middleOf({ from, to }: OpenedRange): Date {
  const middle = (from.getTime() + to.getTime()) / 2;
  return new Date(Math.ceil(middle / SECOND_MS) * SECOND_MS);
}
