import type {
  ReconcileActivities,
  RepairRangeInput,
  RepairRangeResult,
  VerifyRepositoryInput,
  VerifyRepositoryResult,
} from '../../contracts/reconcile.ts';
import {
  countRepaired,
  countStoredMonths,
  listReconcilable,
  readStoredNumbers,
  saveVerifiedMonths,
  type VerifiedMonth,
} from '../../db/sync/reconcile.ts';
import { storeDeadLetters } from '../../db/sync/dead-letters.ts';
import type { RepositoryKey } from '../../db/core/keys.ts';
import { readRepositoryAddress } from '../../db/sync/repository-facts.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { toMonthKey } from '../../domain/sync/dead-letter.ts';
import { monthsBetween, type MonthRange } from '../../domain/sync/month.ts';
import { formatRepositoryName } from '../../domain/sync/repository-name.ts';
import type { GitHub } from '../../github/client.ts';
import type { OpenedRange } from '../../github/pulls/pull-request-counts.ts';
import { askRepository } from '../stages/ask-repository.ts';
import { refreshRepository } from '../requests/refresh-repository.ts';
import type { GitHubContext } from '../requests/request-slot.ts';
import { orWait } from '../core/retry-after.ts';
import { storePullRequestsByNumber } from '../pulls/store-by-number.ts';

/** Months that one request counts. */
const MONTHS_PER_REQUEST = 40;

type NumberPage = Awaited<ReturnType<GitHub['search']['listPullRequestNumbers']>>;

/** Pull requests of a range that one activity repairs: five pages of numbers. A longer one is split. */
const MAX_IN_RANGE = 500;

/** GitHub lists a thousand of a search at most, a hundred a page, and its dates are seconds. */
const MAX_PAGES = 10;
const SECOND_MS = 1_000;

/** Activities of the queue `sync` that compare with GitHub. */
export function createReconcileActivities(context: GitHubContext): ReconcileActivities {
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
    verifyRepository: (input) => orWait(verifyRepository(context, input)),
    repairRange: (input) => orWait(repairRange(context, input)),
    async recordUnlistedMonth({ month, reason, ...input }) {
      const key = { teamId: BigInt(input.teamId), repositoryId: BigInt(input.repositoryId) };
      const rejected = [{ naturalKey: toMonthKey(month), reasonCode: 'NOT_LISTED', reason }];
      const letters = { ...key, entity: 'pull_request', rejected, readable: [] };
      await withTeam(context.db, key.teamId, (tx) => storeDeadLetters(tx, letters));
    },
  };
}

/** Compares a repository's months with GitHub: how many pull requests were opened in each, there and here. */
async function verifyRepository(
  context: GitHubContext,
  input: VerifyRepositoryInput,
): Promise<VerifyRepositoryResult> {
  const { db, now } = context;
  const key = { teamId: BigInt(input.teamId), repositoryId: BigInt(input.repositoryId) };
  const background = { ...key, priority: 'BACKGROUND' } as const;
  const seen = await refreshRepository(context, { ...background, isForced: false });
  if (seen.state !== 'THERE') {
    return { next: 'REFUSED', reason: seen.reason };
  }
  const known = await withTeam(db, key.teamId, (tx) => readRepositoryAddress(tx, key));
  const months = monthsBetween(known?.completeFrom ?? null, known?.watermark ?? null);
  const onGitHub: number[] = [];
  while (onGitHub.length < months.length) {
    const ranges = months.slice(onGitHub.length, onGitHub.length + MONTHS_PER_REQUEST);
    const { counts } = await askRepository(context, background, (github, repository) =>
      github.search.countPullRequests(repository, ranges),
    );
    onGitHub.push(...counts);
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
      onGitHub: onGitHub[index] ?? 0,
      stored: byMonth.get(range.month) ?? 0,
    }));
    await saveVerifiedMonths(tx, key, rows, { at: now(), keepsRepaired: input.isSecondPass });
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
}

/** Reads those pull requests of a range again that GitHub lists and the database lacks, or the other way round. */
async function repairRange(
  context: GitHubContext,
  input: RepairRangeInput,
): Promise<RepairRangeResult> {
  const key = { teamId: BigInt(input.teamId), repositoryId: BigInt(input.repositoryId) };
  const range = { from: new Date(input.from), to: new Date(input.to) };
  const { total, numbers: listed } = await listNumbers(context, key, range);
  if (listed === null) {
    return { next: 'SPLIT', at: middleOf(range).toISOString(), total };
  }
  const onGitHub = new Set(listed);
  const stored = await withTeam(context.db, key.teamId, (tx) => readStoredNumbers(tx, key, range));
  const there = new Set(stored.filter((row) => !row.isDeleted).map(({ number }) => number));
  // The search is a hint only: what it does not name is asked for by its number before it counts as gone.
  const numbers = [
    ...[...onGitHub].filter((number) => !there.has(number)),
    ...[...there].filter((number) => !onGitHub.has(number)),
  ];
  const done = await storePullRequestsByNumber(context, {
    ...key,
    numbers,
    priority: 'BACKGROUND',
    onStored: (tx, step) => countRepaired(tx, key, input.month, step),
  });
  return { next: 'DONE', ...done, total };
}

/** All numbers of a range, null when it holds too many for one activity, and how many GitHub counts in it. */
async function listNumbers(
  context: GitHubContext,
  key: RepositoryKey,
  range: OpenedRange,
): Promise<{ readonly total: number; readonly numbers: readonly number[] | null }> {
  const canSplit = range.to.getTime() - range.from.getTime() > SECOND_MS;
  const numbers: number[] = [];
  let after: string | null = null;
  let total = 0;
  for (let pages = 0; pages < MAX_PAGES && (pages === 0 || after !== null); pages += 1) {
    const cursor: string | null = after;
    const request = { ...key, priority: 'BACKGROUND' } as const;
    const page: NumberPage = await askRepository(context, request, (github, repository) =>
      github.search.listPullRequestNumbers(repository, range, cursor),
    );
    ({ total } = page);
    if (total > MAX_IN_RANGE && canSplit) {
      return { total, numbers: null };
    }
    numbers.push(...page.numbers);
    after = page.nextCursor;
  }
  return { total, numbers };
}

/** A whole second between the ends of a range that is longer than one. */
function middleOf({ from, to }: OpenedRange): Date {
  const middle = (from.getTime() + to.getTime()) / 2;
  return new Date(Math.ceil(middle / SECOND_MS) * SECOND_MS);
}
