import type pg from 'pg';
import type { Db } from '../../src/db/core/client.ts';
import { BASELINE_GENERATION, MERGED_SUMS, NUMBERS } from './rollup-prefetch.ts';

/** A member's week with its bounds in time; the bounds are known beforehand, which is kind to the baselines. */
export interface MemberWeekToRollUp {
  readonly memberId: bigint;
  readonly week: string;
  readonly from: Date;
  readonly to: Date;
}

const UPSERT = `
INSERT INTO weekly_metrics (team_id, generation, member_id, week_start, ${NUMBERS.join(', ')},
  ai_suggestions_shown, ai_suggestions_accepted, ai_active_days, definition_version, computed_at)
VALUES ($1, ${BASELINE_GENERATION}, $2, $3, ${NUMBERS.map((_, index) => `$${index + 4}`).join(', ')}, 0, 0, 0, 'v1', now())
ON CONFLICT (team_id, generation, member_id, week_start) DO UPDATE
SET ${NUMBERS.map((name) => `${name} = EXCLUDED.${name}`).join(', ')}, computed_at = EXCLUDED.computed_at`;

const PULL_REQUESTS = `
SELECT o.n, m.*, c.n FROM (
  SELECT count(*) AS n FROM pull_request p
  WHERE p.team_id = $1 AND p.author_id = $2 AND p.created_at >= $3 AND p.created_at < $4
) AS o, (
  SELECT ${MERGED_SUMS.replaceAll(/\n\s+/g, ' ')} FROM pull_request p
  WHERE p.team_id = $1 AND p.author_id = $2 AND p.merged_at >= $3 AND p.merged_at < $4
) AS m, (
  SELECT count(*) AS n FROM pull_request p
  WHERE p.team_id = $1 AND p.author_id = $2 AND p.closed_at >= $3 AND p.closed_at < $4 AND p.merged_at IS NULL
) AS c`;

const REVIEWS = `
SELECT count(*), count(DISTINCT r.pull_request_id) FROM review r JOIN pull_request p
  ON p.team_id = r.team_id AND p.id = r.pull_request_id AND p.author_id <> r.reviewer_id
WHERE r.team_id = $1 AND r.reviewer_id = $2 AND r.submitted_at >= $3 AND r.submitted_at < $4`;

const COMMITS = `
SELECT count(DISTINCT c.sha) FROM commit c
WHERE c.team_id = $1 AND c.author_id = $2 AND c.authored_at >= $3 AND c.authored_at < $4`;

/** Three reads and one write per member week, prepared once; the connection has the team set. */
export async function rollUpMemberWeekThroughPg(
  client: pg.Client,
  teamId: bigint,
  { memberId, week, from, to }: MemberWeekToRollUp,
): Promise<void> {
  const values = [teamId, memberId, from, to];
  const read = async (name: string, text: string): Promise<string[]> => {
    const { rows } = await client.query<string[]>({ name, text, values, rowMode: 'array' });
    return rows[0] ?? [];
  };
  const [opened, merged, ...rest] = await read('pull-requests', PULL_REQUESTS);
  const closed = rest.pop();
  const [reviews, reviewed] = await read('reviews', REVIEWS);
  const [commits] = await read('commits', COMMITS);
  const all = [opened, merged, closed, ...rest, reviews, commits, reviewed];
  const numbers = all.map((value) => value ?? '0');
  await client.query({
    name: 'upsert',
    text: UPSERT,
    values: [teamId, memberId, week, ...numbers],
  });
}

const wholeSeconds = (at: Date): bigint => BigInt(Math.floor(at.getTime() / 1000));

/** The same with four calls of Prisma per member week: it reads the rows and adds them up in memory. */
export async function rollUpMemberWeekThroughPrisma(
  db: Db,
  teamId: bigint,
  { memberId, week, from, to }: MemberWeekToRollUp,
): Promise<void> {
  const within = { gte: from, lt: to };
  const isWithin = (at: Date | null): boolean => at !== null && at >= from && at < to;
  const touched = await db.pullRequest.findMany({
    where: {
      teamId,
      authorId: memberId,
      OR: [{ createdAt: within }, { mergedAt: within }, { closedAt: within, mergedAt: null }],
    },
  });
  const reviews = await db.review.findMany({
    where: { teamId, reviewerId: memberId, submittedAt: within },
    include: { pullRequest: { select: { authorId: true } } },
  });
  const commits = await db.commit.findMany({
    where: { teamId, authorId: memberId, authoredAt: within },
    select: { sha: true },
  });
  const merged = touched.filter(({ mergedAt }) => isWithin(mergedAt));
  const sum = (value: (row: (typeof merged)[number]) => bigint | null): bigint =>
    merged.reduce((total, row) => total + (value(row) ?? 0n), 0n);
  const count = (rows: readonly unknown[]): bigint => BigInt(rows.length);
  const ofOthers = reviews.filter((row) => row.pullRequest.authorId !== memberId);
  const numbers = {
    pullRequestsOpened: count(touched.filter(({ createdAt }) => isWithin(createdAt))),
    pullRequestsMerged: count(merged),
    pullRequestsClosed: count(
      touched.filter(({ mergedAt, closedAt }) => mergedAt === null && isWithin(closedAt)),
    ),
    cycleTimeSeconds: sum((row) => row.cycleTimeSeconds),
    codingSeconds: sum((row) => row.codingSeconds),
    pickupSeconds: sum((row) => row.pickupSeconds),
    reviewSeconds: sum((row) => row.reviewSeconds),
    mergeWaitSeconds: sum((row) => row.mergeWaitSeconds),
    openToMergeSeconds: sum(({ mergedAt, createdAt }) =>
      mergedAt === null ? null : wholeSeconds(mergedAt) - wholeSeconds(createdAt),
    ),
    firstReviewSeconds: sum(({ firstReviewAt, createdAt }) =>
      firstReviewAt === null ? null : wholeSeconds(firstReviewAt) - wholeSeconds(createdAt),
    ),
    firstReviewCount: count(merged.filter(({ firstReviewAt }) => firstReviewAt !== null)),
    sizedCount: count(merged.filter(({ additions }) => additions !== null)),
    additions: sum((row) => row.additions),
    deletions: sum((row) => row.deletions),
    revertCount: count(merged.filter(({ isRevert }) => isRevert)),
    hotfixCount: count(merged.filter(({ isHotfix }) => isHotfix)),
    reviewsSubmitted: count(ofOthers),
    reviewedPullRequests: BigInt(new Set(ofOthers.map((row) => row.pullRequestId)).size),
    commits: BigInt(new Set(commits.map(({ sha }) => sha)).size),
    aiSuggestionsShown: 0n,
    aiSuggestionsAccepted: 0n,
    aiActiveDays: 0n,
    definitionVersion: 'v1',
    computedAt: new Date(),
  };
  const weekStart = new Date(`${week}T00:00:00Z`);
  const key = { teamId, generation: BASELINE_GENERATION, memberId, weekStart };
  await db.weeklyMetrics.upsert({
    where: { teamId_generation_memberId_weekStart: key },
    create: { ...key, ...numbers },
    update: numbers,
  });
}
