import { afterEach, describe, expect, it } from 'vitest';
import { createReconcileActivities } from '../../../../src/activities/sync/reconcile.ts';
import { storePullRequestsByNumber } from '../../../../src/activities/pulls/store-by-number.ts';
import type { GitHubContext } from '../../../../src/activities/requests/request-slot.ts';
import type { DriftRange, RepairRangeResult } from '../../../../src/contracts/reconcile.ts';
import type { GitHubData, PullRequestData } from '../../../../src/demo/core/github-data.ts';
import { aPullRequest, aSource } from '../../../unit/demo/small-world.ts';
import { openAskingWorld, type AskingWorld } from '../requests/asking-world.ts';

/** Pull requests 1 to 12, four a month from January to March, on the hour. */
function opened(number: number): PullRequestData {
  const month = String(1 + Math.floor((number - 1) / 4)).padStart(2, '0');
  return aPullRequest(number, {
    createdAt: `2026-${month}-10T${String(number).padStart(2, '0')}:00:00Z`,
  });
}

const ALL = Array.from({ length: 12 }, (_, index) => opened(index + 1));

let world: AskingWorld;
let worker: GitHubContext;
let repositoryId: bigint;

afterEach(() => world.close());

/** A team that has stored these pull requests of the source, and was synced from mid January to the end of March. */
async function open(source: GitHubData, stored: readonly number[]): Promise<void> {
  world = await openAskingWorld(source);
  worker = world.aWorker();
  repositoryId = await world.addRepository('acme/api');
  await store(stored);
  await world.scene.sql.query(
    `UPDATE repository SET sync_state = 'ACTIVE', complete_from = '2026-01-05T00:00:00Z',
      watermark = '2026-03-31T12:00:00Z'`,
  );
}

async function store(numbers: readonly number[]): Promise<void> {
  const { teamId } = world;
  const request = { teamId, repositoryId, numbers, priority: 'BACKGROUND' } as const;
  await storePullRequestsByNumber(worker, request);
}

function ids() {
  return { teamId: String(world.teamId), repositoryId: String(repositoryId) };
}

function verify(isSecondPass = false) {
  return createReconcileActivities(worker).verifyRepository({ ...ids(), isSecondPass });
}

/** Repairs ranges as the workflow does. */
async function repair(
  drift: readonly DriftRange[],
): Promise<{ repaired: number; removed: number; splits: number }> {
  const sum = { repaired: 0, removed: 0, splits: 0 };
  const ranges = [...drift];
  for (let range = ranges.pop(); range !== undefined; range = ranges.pop()) {
    const step: RepairRangeResult = await createReconcileActivities(worker).repairRange({
      ...ids(),
      ...range,
    });
    if (step.next === 'SPLIT') {
      sum.splits += 1;
      ranges.push({ ...range, from: step.at }, { ...range, to: step.at });
    } else if (step.next === 'DONE') {
      sum.repaired += step.repaired;
      sum.removed += step.removed;
    } else {
      throw new Error(step.reason);
    }
  }
  return sum;
}

async function driftOf(isSecondPass = false): Promise<readonly DriftRange[]> {
  const step = await verify(isSecondPass);
  if (step.next !== 'DONE') {
    throw new Error(step.reason);
  }
  return step.drift;
}

function months() {
  return world.rows(
    `SELECT month::text, on_github AS "onGitHub", stored, repaired, removed FROM repository_month ORDER BY month`,
  );
}

async function repository(): Promise<unknown> {
  const [row] = await world.rows(
    `SELECT completeness::float8, last_verified_at IS NOT NULL AS verified, sync_state AS state FROM repository`,
  );
  return row;
}

async function numbersWhere(condition: string): Promise<number[]> {
  const rows = await world.rows<{ number: number }>(
    `SELECT number FROM pull_request WHERE ${condition} ORDER BY number`,
  );
  return rows.map(({ number }) => number);
}

function without(...gone: readonly number[]): GitHubData {
  return aSource(ALL.filter(({ number }) => !gone.includes(number)));
}

const NUMBERS = ALL.map(({ number }) => number);

describe('counts by month', () => {
  it('that agree make a repository complete, for two requests', async () => {
    await open(aSource(ALL), NUMBERS);
    const before = world.fake.stats().requests;
    expect(await verify()).toEqual({ next: 'DONE', drift: [] });
    const after = world.fake.stats().requests;
    expect([after.rest - before.rest, after.graphql - before.graphql]).toEqual([1, 1]);
    expect(await repository()).toEqual({ completeness: 1, verified: true, state: 'ACTIVE' });
    const month = (name: string) => ({
      month: name,
      onGitHub: 4,
      stored: 4,
      repaired: 0,
      removed: 0,
    });
    expect(await months()).toEqual(['2026-01-01', '2026-02-01', '2026-03-01'].map(month));
  });

  it('look at nothing before the repository is complete, nor beyond its last sync', async () => {
    await open(aSource(ALL), []);
    await world.scene.sql.query(
      `UPDATE repository SET complete_from = '2026-02-10T06:30:00Z', watermark = '2026-03-10T09:00:00Z'`,
    );
    const drift = await driftOf();
    expect(drift).toEqual([
      { month: '2026-02-01', from: '2026-02-10T06:30:00.000Z', to: '2026-03-01T00:00:00.000Z' },
      { month: '2026-03-01', from: '2026-03-01T00:00:00.000Z', to: '2026-03-10T09:00:01.000Z' },
    ]);
    await repair(drift);
    expect(await numbersWhere('true')).toEqual([7, 8, 9]);
    await world.scene.sql.query('UPDATE repository SET complete_from = NULL, watermark = NULL');
    expect(await verify()).toEqual({ next: 'DONE', drift: [] });
  });
});

describe('a dead letter without a number', () => {
  const OPEN = `SELECT natural_key FROM dead_letter WHERE resolved_at IS NULL ORDER BY natural_key`;

  it('is resolved once no pull request is missing, and no other one with it', async () => {
    await open(aSource(ALL), [1, 2, 3, 4, 5, 7, 9, 10, 11, 12]);
    await world.scene.sql.query(
      `INSERT INTO dead_letter (team_id, repository_id, entity, natural_key, reason_code, reason, first_seen_at, last_seen_at)
      SELECT team_id, id, 'pull_request', key, 'WITHHELD', 'Not for you.', '2026-01-01', '2026-01-01'
      FROM repository, (VALUES ('unknown'), ('99')) AS given(key)`,
    );
    const drift = await driftOf();
    expect(await world.rows(OPEN)).toHaveLength(2);
    await repair(drift);
    expect(await driftOf(true)).toEqual([]);
    expect(await world.rows(OPEN)).toEqual([{ natural_key: '99' }]);
  });
});

describe('a month that differs', () => {
  it('is repaired: what is missing is fetched with all that belongs to it, the rest is left alone', async () => {
    await open(aSource(ALL), [1, 2, 3, 4, 5, 7, 9, 10, 11, 12]);
    const drift = await driftOf();
    expect(drift.map(({ month }) => month)).toEqual(['2026-02-01']);
    expect(await repository()).toMatchObject({ completeness: 0.83333 });
    expect(await repair(drift)).toEqual({ repaired: 2, removed: 0, splits: 0 });
    expect(await repair(drift)).toEqual({ repaired: 0, removed: 0, splits: 0 });
    expect(await driftOf(true)).toEqual([]);
    expect(await repository()).toMatchObject({ completeness: 1 });
    expect(await months()).toContainEqual({
      month: '2026-02-01',
      onGitHub: 4,
      stored: 4,
      repaired: 2,
      removed: 0,
    });
    expect(world.fake.stats().brokenRules).toEqual([]);
  });

  it('loses what is gone: its row stays, set deleted, it is in the audit, and its weeks are marked dirty', async () => {
    await open(aSource(ALL), NUMBERS);
    await world.scene.sql.query('DELETE FROM rollup_dirty');
    world.fake.setSource(without(6, 11));
    const drift = await driftOf();
    expect(await repair(drift)).toEqual({ repaired: 0, removed: 2, splits: 0 });
    expect(await numbersWhere('deleted_at IS NOT NULL')).toEqual([6, 11]);
    expect(await numbersWhere('true')).toEqual(NUMBERS);
    const weeks = await world.rows<{ week: string }>(
      'SELECT DISTINCT week_start::text AS week FROM rollup_dirty ORDER BY 1',
    );
    expect(weeks.map(({ week }) => week)).toEqual(['2026-02-09', '2026-03-09']);
    const audit = await world.rows(
      `SELECT action, details->'numbers' AS numbers FROM admin_audit ORDER BY id`,
    );
    expect(audit).toEqual(
      [[11], [6]].map((numbers) => ({ action: 'PULL_REQUESTS_GONE', numbers })),
    );
    expect(await driftOf(true)).toEqual([]);
    expect(await repository()).toMatchObject({ completeness: 1 });
  });

  it('takes back what is there again', async () => {
    await open(aSource(ALL), NUMBERS);
    world.fake.setSource(without(6));
    await repair(await driftOf());
    world.fake.setSource(aSource(ALL));
    await world.scene.sql.query('DELETE FROM rollup_dirty');
    expect(await repair(await driftOf())).toEqual({ repaired: 1, removed: 0, splits: 0 });
    expect(await numbersWhere('deleted_at IS NOT NULL')).toEqual([]);
    const [dirtyMarks] = await world.rows<{ count: number }>(
      'SELECT count(*)::integer AS count FROM rollup_dirty',
    );
    expect(dirtyMarks?.count).toBeGreaterThan(0);
  });

  it('of more than five hundred is repaired in halves', async () => {
    const source = aSource(
      Array.from({ length: 1_203 }, (_, index) =>
        aPullRequest(index + 1, {
          createdAt: new Date(Date.UTC(2026, 1, 10, 0, 0, 3 * index))
            .toISOString()
            .replace('.000', ''),
        }),
      ),
    );
    await open(source, [1, 2, 3]);
    const { repaired, splits } = await repair(await driftOf());
    expect({ repaired: repaired, isSplit: splits > 2 }).toEqual({ repaired: 1_200, isSplit: true });
    expect(await driftOf(true)).toEqual([]);
    expect(world.fake.stats().brokenRules).toEqual([]);
  });
});

describe('an answer that is not whole', () => {
  it('sets nothing deleted: GitHub fails, or shows the repository no more', async () => {
    await open(aSource(ALL), NUMBERS);
    world.fake.setSource(without(6));
    const drift = await driftOf();
    const range = { ...ids(), ...(drift[0] as DriftRange) };
    const { repairRange } = createReconcileActivities(worker);
    world.fake.failNext({ graphqlErrors: [{ message: 'Something went wrong' }] });
    await expect(repairRange(range)).rejects.toMatchObject({ kind: 'TRANSIENT' });
    world.fake.setSource({ ...without(6), repositories: [] });
    await expect(repairRange(range)).rejects.toMatchObject({ kind: 'NOT_FOUND' });
    expect(await verify()).toMatchObject({
      next: 'REFUSED',
      reason: expect.stringContaining('does not show acme/api any more') as string,
    });
    expect(await numbersWhere('deleted_at IS NOT NULL')).toEqual([]);
    expect(await repository()).toMatchObject({ state: 'GONE' });
  });

  it('of the search is not believed: a number counts as gone once GitHub says so of it', async () => {
    await open(aSource(ALL), NUMBERS);
    const range = {
      month: '2026-02-01',
      from: '2026-02-01T00:00:00.000Z',
      to: '2026-03-01T00:00:00.000Z',
    };
    const data = {
      rateLimit: null,
      repository: { databaseId: 77 },
      found: { issueCount: 0, pageInfo: { hasNextPage: false, endCursor: null }, nodes: [] },
    };
    world.fake.failNext({ status: 200, body: { data } });
    expect(await repair([range])).toEqual({ repaired: 0, removed: 0, splits: 0 });
    expect(await numbersWhere('deleted_at IS NOT NULL')).toEqual([]);
  });

  it('with a limit in between waits, and what is stored stays', async () => {
    await open(aSource(ALL), [1, 2, 3, 4]);
    const [range] = await driftOf();
    world.fake.failNext({ retryAfter: 40 });
    const { repairRange } = createReconcileActivities(worker);
    expect(await repairRange({ ...ids(), ...(range as DriftRange) })).toMatchObject({
      next: 'WAIT',
    });
    expect(await verify()).toMatchObject({ next: 'WAIT' });
    expect(world.fake.stats().brokenRules).toEqual([]);
  });
});
