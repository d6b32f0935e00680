import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PullRequestFact } from '../../../../src/domain/pulls/github-facts.ts';
import { aCommit, aFile, anActor, aPullRequest } from '../../../support/rows/facts.ts';
import { aReview, hoursAfter } from '../../../support/rows/facts.ts';
import { addTeam, openScene, readNumber, type Scene, type SceneTeam } from '../scene.ts';
import { clearDirtyMarks, dumpFacts, readDirtyWeeks, store } from '../stored-rows.ts';
const CREATED = new Date('2025-12-16T10:00:00Z');
const BO = anActor({ login: 'bo', name: 'Bo' });
const BOT = anActor({ login: 'dependabot', kind: 'BOT' });

/** Each list is longer than what came in. */
const EVERY_LIST = (['LABELS', 'TIMELINE', 'COMMITS', 'FILES', 'CHECKS'] as const).map((list) => ({
  list,
  cursor: 'on',
}));

/** A merged pull request with everything in it. */
function full(given: Partial<PullRequestFact> = {}): PullRequestFact {
  return aPullRequest({
    createdAt: CREATED,
    mergedAt: hoursAfter(CREATED, 20),
    mergedBy: BO,
    labels: ['bug', 'ui'],
    reviews: [
      aReview({ author: BO, submittedAt: hoursAfter(CREATED, 2) }),
      aReview({ author: BO, state: 'APPROVED', submittedAt: hoursAfter(CREATED, 5) }),
      aReview({ author: BOT, submittedAt: hoursAfter(CREATED, 1) }),
    ],
    commits: [
      aCommit({ authoredAt: hoursAfter(CREATED, -4), coAuthors: ['A "B", C', '{D}', 'E\\F'] }),
      aCommit({ authoredAt: hoursAfter(CREATED, -3), author: null, authorName: 'Zed' }),
    ],
    files: [aFile(), aFile({ path: 'README.md', category: 'DOCS' })],
    ...given,
  });
}

let scene: Scene;
let teams = 0;

beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

function newTeam(): Promise<SceneTeam> {
  teams += 1;
  return addTeam(scene.sql, `team-${teams}`);
}

async function readRow<Row>(team: SceneTeam, text: string): Promise<Row> {
  const { rows } = await scene.sql.query(text, [team.teamId]);
  return rows[0] as Row;
}

async function readList(team: SceneTeam, expression: string, table: string): Promise<string[]> {
  const { rows } = await scene.sql.query<{ value: string }>(
    `SELECT ${expression} AS value FROM "${table}" WHERE team_id = $1 ORDER BY 1`,
    [team.teamId],
  );
  return rows.map(({ value }) => value);
}

describe('storing pull requests', () => {
  it('writes everything nested in them, with phases that add up', async () => {
    const team = await newTeam();
    const counts = await store(scene.db, team, [full()]);
    expect(counts).toEqual({
      inserted: 1,
      updated: 0,
      unchanged: 0,
      childrenIn: 9,
      childrenWritten: 9,
      changed: [expect.any(BigInt)],
    });
    const row = await readRow(
      team,
      `SELECT p.state, p.started_at, p.ready_at, p.first_review_at, p.last_approval_at, p.complete,
        p.coding_seconds::int AS coding, p.pickup_seconds::int AS pickup, p.review_seconds::int AS review,
        p.merge_wait_seconds::int AS wait, p.cycle_time_seconds::int AS cycle, a.login AS author, m.login AS merger
      FROM pull_request p JOIN member a ON (a.team_id, a.id) = (p.team_id, p.author_id)
      JOIN member m ON (m.team_id, m.id) = (p.team_id, p.merged_by_id) WHERE p.team_id = $1`,
    );
    expect(row).toEqual({
      state: 'MERGED',
      started_at: hoursAfter(CREATED, -4),
      ready_at: CREATED,
      first_review_at: hoursAfter(CREATED, 2),
      last_approval_at: hoursAfter(CREATED, 5),
      complete: true,
      coding: 4 * 3600,
      pickup: 2 * 3600,
      review: 3 * 3600,
      wait: 15 * 3600,
      cycle: 24 * 3600,
      author: 'ana',
      merger: 'bo',
    });
    expect(await readList(team, 'label', 'pull_request_label')).toEqual(['bug', 'ui']);
    expect(await readList(team, 'path', 'pull_request_file')).toEqual([
      'README.md',
      'src/index.ts',
    ]);
    expect(await readList(team, 'co_authors', 'commit')).toEqual([[], ['A "B", C', '{D}', 'E\\F']]);
    expect(await readList(team, "login || ' ' || kind", 'member')).toEqual([
      'ana HUMAN',
      'bo HUMAN',
      'dependabot BOT',
    ]);
  });

  it('again changes nothing, touches no row and marks nothing dirty', async () => {
    const team = await newTeam();
    const facts = [full(), full({ number: 2, title: 'Other', reviews: [], commits: [] })];
    await store(scene.db, team, facts);
    expect(await readDirtyWeeks(scene.sql, team)).toEqual(['2025-12-15']);
    await clearDirtyMarks(scene.sql, team);
    const before = await dumpFacts(scene.sql, team);
    const later = new Date('2026-02-28T00:00:00Z');
    expect(await store(scene.db, team, facts.toReversed(), later)).toMatchObject({
      inserted: 0,
      updated: 0,
      unchanged: 2,
      childrenWritten: 0,
    });
    expect(await dumpFacts(scene.sql, team)).toEqual(before);
    expect(await readDirtyWeeks(scene.sql, team)).toEqual([]);
  });

  it('from a page that is older than what is stored changes nothing', async () => {
    const team = await newTeam();
    await store(scene.db, team, [full({ updatedAt: hoursAfter(CREATED, 30) })]);
    await clearDirtyMarks(scene.sql, team);
    const before = await dumpFacts(scene.sql, team);
    const stale = aPullRequest({
      createdAt: CREATED,
      title: 'As it was',
      updatedAt: hoursAfter(CREATED, 3),
      labels: ['old'],
      author: anActor(),
      reviews: [aReview({ author: BO, state: 'DISMISSED', submittedAt: hoursAfter(CREATED, 2) })],
    });
    expect(await store(scene.db, team, [stale])).toEqual({
      inserted: 0,
      updated: 0,
      unchanged: 1,
      childrenIn: 0,
      childrenWritten: 0,
      changed: [],
    });
    expect(await dumpFacts(scene.sql, team)).toEqual(before);
    expect(await readDirtyWeeks(scene.sql, team)).toEqual([]);
  });

  it('of nothing does nothing', async () => {
    const team = await newTeam();
    const none = { inserted: 0, updated: 0, unchanged: 0, childrenIn: 0, childrenWritten: 0 };
    expect(await store(scene.db, team, [])).toEqual({ ...none, changed: [] });
  });
});

describe('what GitHub no longer lists', () => {
  const changes = {
    labels: ['ui', 'ready'],
    reviews: [aReview({ author: BO, submittedAt: hoursAfter(CREATED, 2) })],
    commits: [aCommit({ headline: 'Squashed', authoredAt: hoursAfter(CREATED, -1) })],
    files: [aFile({ path: 'README.md', category: 'DOCS' })],
  };

  it('is removed: labels, reviews, commits of a force push, files', async () => {
    const team = await newTeam();
    await store(scene.db, team, [full(), full({ number: 2 })].map(distinct));
    await store(scene.db, team, [distinct(full(changes))]);
    const own = `(SELECT number FROM pull_request p WHERE p.team_id = $1 AND p.id = pull_request_id)`;
    expect(await readList(team, `${own} || ' ' || label`, 'pull_request_label')).toEqual([
      '1 ready',
      '1 ui',
      '2 bug',
      '2 ui',
    ]);
    expect(await readList(team, `${own} || ' ' || headline`, 'commit')).toEqual([
      '1 Squashed',
      '2 Change something',
      '2 Change something',
    ]);
    expect(await readList(team, `${own}::text`, 'review')).toEqual(['1', '2', '2', '2']);
    expect(await readList(team, `${own} || ' ' || path`, 'pull_request_file')).toEqual([
      '1 README.md',
      '2 README.md',
      '2 src/index.ts',
    ]);
  });

  it('stays while the lists did not come in whole', async () => {
    const team = await newTeam();
    await store(scene.db, team, [full()]);
    await store(scene.db, team, [full({ ...changes, unread: EVERY_LIST })]);
    expect(await readList(team, 'label', 'pull_request_label')).toEqual(['bug', 'ready', 'ui']);
    expect(await readNumberOf(team, 'commit')).toBe(3);
    expect(await readNumberOf(team, 'review')).toBe(3);
    expect(await readNumberOf(team, 'pull_request_file')).toBe(2);
  });

  it('gets no files from a source that has no list of them', async () => {
    const team = await newTeam();
    await store(scene.db, team, [full()]);
    await store(scene.db, team, [full({ labels: [], files: null })]);
    expect(await readNumberOf(team, 'pull_request_file')).toBe(2);
    expect(await readNumberOf(team, 'pull_request_label')).toBe(0);
  });

  function readNumberOf(team: SceneTeam, table: string): Promise<number> {
    return readNumber(scene.sql, `SELECT count(*) FROM "${table}" WHERE team_id = $1`, [
      team.teamId,
    ]);
  }
});

describe('odd facts', () => {
  it('sizes are exact, and unknown stays unknown', async () => {
    const team = await newTeam();
    await store(scene.db, team, [
      aPullRequest({ number: 1, additions: 2n ** 53n, deletions: 2n ** 31n, changedFiles: 0n }),
      aPullRequest({
        number: 2,
        additions: null,
        deletions: null,
        changedFiles: null,
        files: null,
      }),
    ]);
    const sizes = "number || ' ' || coalesce(additions::text || '/' || deletions, 'unknown')";
    expect(await readList(team, sizes, 'pull_request')).toEqual([
      '1 9007199254740992/2147483648',
      '2 unknown',
    ]);
  });

  it('a merge before the creation is stored, with a phase below zero', async () => {
    const team = await newTeam();
    await store(scene.db, team, [
      aPullRequest({ createdAt: CREATED, mergedAt: hoursAfter(CREATED, -2) }),
    ]);
    const phases = 'pickup_seconds::int AS pickup, cycle_time_seconds::int AS cycle';
    expect(await readRow(team, `SELECT ${phases} FROM pull_request WHERE team_id = $1`)).toEqual({
      pickup: -7200,
      cycle: -7200,
    });
  });

  it('the years 1 and 9999, text of a megabyte and every tricky character are stored', async () => {
    const team = await newTeam();
    const title = `\u202E"{},\\\u0301\u{1F680}${'x'.repeat(1_000_000)}`;
    const fact = aPullRequest({
      title,
      createdAt: new Date('0001-01-01T00:00:00Z'),
      updatedAt: new Date('9999-12-31T23:59:59Z'),
      labels: ['"', '\\', '{', ''],
    });
    await store(scene.db, team, [fact]);
    expect(await store(scene.db, team, [fact])).toMatchObject({ unchanged: 1 });
    expect(await readList(team, 'title', 'pull_request')).toEqual([title]);
    expect(await readList(team, 'label', 'pull_request_label')).toHaveLength(4);
  });

  it('the longest path and label that come through the mapping fit into their keys', async () => {
    const team = await newTeam();
    const noise = randomBytes(1_250).toString('hex');
    await store(scene.db, team, [
      aPullRequest({ labels: [noise], files: [aFile({ path: noise })] }),
    ]);
    expect(await readList(team, 'path', 'pull_request_file')).toEqual([noise]);
  });

  it.each([
    ['Revert "Add cache"', true, false],
    ['This reverts the cache', true, false],
    ['Add a revert button', false, false],
    ['HOTFIX: login', false, true],
    ['A hot-fix for login', false, true],
    ['Shot fixtures', false, false],
    ['Revert hotfix', true, false],
  ])('%s: revert %s, hotfix %s', async (title, isRevert, isHotfix) => {
    const team = await newTeam();
    await store(scene.db, team, [aPullRequest({ title })]);
    const flags = 'SELECT is_revert, is_hotfix FROM pull_request WHERE team_id = $1';
    expect(await readRow(team, flags)).toEqual({ is_revert: isRevert, is_hotfix: isHotfix });
  });
});

/** The same with reviews of their own: GitHub's numbers of reviews are never those of two pull requests. */
function distinct(fact: PullRequestFact): PullRequestFact {
  const reviews = fact.reviews.map((review) => ({
    ...review,
    githubId: review.githubId * 10n + BigInt(fact.number),
  }));
  return { ...fact, reviews };
}
