import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AI_DETECTOR_VERSION } from '../../../../src/domain/pulls/ai-signals.ts';
import type { PullRequestFact } from '../../../../src/domain/pulls/github-facts.ts';
import {
  aCheck,
  aComment,
  aCommit,
  aFile,
  anActor,
  aPullRequest,
  aReadyEvent,
  aReview,
  aSignal,
  hoursAfter,
} from '../../../support/rows/facts.ts';
import { addTeam, openScene, type Scene, type SceneTeam } from '../scene.ts';
import { clearDirtyMarks, dumpFacts, readDirtyWeeks, store } from '../stored-rows.ts';

const CREATED = new Date('2025-12-16T10:00:00Z');
const BO = anActor({ login: 'bo' });
const at = (hours: number): Date => hoursAfter(CREATED, hours);

const ASKED = {
  ...aReadyEvent(at(1)),
  eventId: 'asked',
  kind: 'REVIEW_REQUESTED',
  subject: anActor({ login: 'cy' }),
  subjectName: 'cy',
} as const;
const PUSHED = {
  ...aReadyEvent(at(3)),
  eventId: 'pushed',
  kind: 'FORCE_PUSHED',
  actor: null,
  before: 'aaaa',
  after: 'bbbb',
} as const;

/** A pull request with something in every list that is not reviews, commits, labels or files. */
function full(given: Partial<PullRequestFact> = {}): PullRequestFact {
  return aPullRequest({
    createdAt: CREATED,
    body: '## Why',
    commentCount: 3,
    checkState: 'FAILURE',
    comments: [aComment({ createdAt: at(2) }), aComment({ createdAt: at(4), body: '' })],
    events: [ASKED, PUSHED, aReadyEvent(at(1))],
    checks: [
      aCheck({ name: 'lint', conclusion: 'FAILURE' }),
      aCheck({ name: 'test', status: 'IN_PROGRESS', conclusion: null, completedAt: null }),
    ],
    aiSignals: [aSignal(), aSignal({ location: 'commit:c0ffee', kind: 'CO_AUTHOR' })],
    reviews: [aReview({ author: BO, body: 'Fine', submittedAt: at(2) })],
    commits: [aCommit({ body: 'Because.' })],
    files: [aFile()],
    labels: ['bug'],
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

/** Rows of a table as objects, without whose they are, in the order of a column. */
async function rowsOf(team: SceneTeam, table: string, order: string): Promise<object[]> {
  const { rows } = await scene.sql.query<{ row: object }>(
    `SELECT to_jsonb(t) - '{team_id,pull_request_id}'::text[] AS row FROM "${table}" t
     WHERE team_id = $1 ORDER BY "${order}"::text COLLATE "C"`,
    [team.teamId],
  );
  return rows.map(({ row }) => row);
}

async function listOf(team: SceneTeam, table: string, column: string): Promise<string[]> {
  const { rows } = await scene.sql.query<{ value: string }>(
    `SELECT "${column}" AS value FROM "${table}" WHERE team_id = $1 ORDER BY 1`,
    [team.teamId],
  );
  return rows.map(({ value }) => value);
}

async function memberId(team: SceneTeam, login: string): Promise<number> {
  const { rows } = await scene.sql.query<{ id: string }>(
    'SELECT id FROM member WHERE team_id = $1 AND login = $2',
    [team.teamId, login],
  );
  return Number(rows[0]?.id);
}

describe('what is nested in a pull request', () => {
  it('is stored with its accounts as members', async () => {
    const team = await newTeam();
    expect(await store(scene.db, team, [full()])).toMatchObject({
      inserted: 1,
      childrenIn: 13,
      childrenWritten: 13,
    });
    const [bo, cy, ana] = [
      await memberId(team, 'bo'),
      await memberId(team, 'cy'),
      await memberId(team, 'ana'),
    ];
    expect(await rowsOf(team, 'comment', 'body')).toMatchObject([
      { kind: 'ISSUE', body: '', author_id: bo, path: null },
      { kind: 'ISSUE', body: 'Looks right', author_id: bo, review_id: null },
    ]);
    expect(await rowsOf(team, 'pull_request_event', 'event_id')).toMatchObject([
      { event_id: 'asked', kind: 'REVIEW_REQUESTED', actor_id: ana, subject_id: cy, subject: 'cy' },
      { event_id: 'pushed', kind: 'FORCE_PUSHED', actor_id: null, before: 'aaaa', after: 'bbbb' },
      { kind: 'READY_FOR_REVIEW', actor_id: ana, subject_id: null, subject: null },
    ]);
    expect(await rowsOf(team, 'check_run', 'check_id')).toMatchObject([
      { check_id: 'CHECK_RUN:lint', head_sha: 'f00d', status: 'COMPLETED', conclusion: 'FAILURE' },
      { check_id: 'CHECK_RUN:test', status: 'IN_PROGRESS', conclusion: null, completed_at: null },
    ]);
    expect(await rowsOf(team, 'ai_signal', 'location')).toEqual([
      {
        tool: 'claude-code',
        kind: 'TEXT',
        location: 'body',
        evidence: 'Generated with Claude Code',
        detector_version: AI_DETECTOR_VERSION,
        strength: 'STRONG',
      },
      expect.objectContaining({ kind: 'CO_AUTHOR', location: 'commit:c0ffee' }),
    ]);
    expect(await rowsOf(team, 'pull_request', 'title')).toMatchObject([
      { body: '## Why', comment_count: 3, check_state: 'FAILURE', complete: true },
    ]);
    expect(await listOf(team, 'review', 'body')).toEqual(['Fine']);
    expect(await listOf(team, 'commit', 'body')).toEqual(['Because.']);
  });

  it('changes nothing the second time, and marks nothing dirty', async () => {
    const team = await newTeam();
    await store(scene.db, team, [full()]);
    await clearDirtyMarks(scene.sql, team);
    const before = await dumpFacts(scene.sql, team);
    const again = await store(scene.db, team, [full()], new Date('2026-02-28T00:00:00Z'));
    expect(again).toMatchObject({ unchanged: 1, childrenIn: 13, childrenWritten: 0, changed: [] });
    expect(await dumpFacts(scene.sql, team)).toEqual(before);
    expect(await readDirtyWeeks(scene.sql, team)).toEqual([]);
  });

  it('marks no week dirty when only comments, checks or signals changed: they are in no number', async () => {
    const team = await newTeam();
    await store(scene.db, team, [full()]);
    await clearDirtyMarks(scene.sql, team);
    const changed = full({ comments: [], checks: [], aiSignals: [] });
    expect(await store(scene.db, team, [changed])).toMatchObject({ changed: [expect.any(BigInt)] });
    expect(await readDirtyWeeks(scene.sql, team)).toEqual([]);
  });

  it('from an older page changes nothing', async () => {
    const team = await newTeam();
    await store(scene.db, team, [full({ updatedAt: at(30) })]);
    const before = await dumpFacts(scene.sql, team);
    await store(scene.db, team, [full({ updatedAt: at(3), comments: [], events: [], checks: [] })]);
    expect(await dumpFacts(scene.sql, team)).toEqual(before);
  });
});

describe('what a list no longer has', () => {
  const less = { comments: [], events: [], checks: [], aiSignals: [], labels: [], files: [] };

  it('is removed, list by list', async () => {
    const team = await newTeam();
    await store(scene.db, team, [full(), full({ number: 2, ...less, reviews: [] })]);
    await store(scene.db, team, [
      full({ ...less, comments: [aComment({ createdAt: at(2) })], events: [PUSHED] }),
    ]);
    expect(await listOf(team, 'comment', 'body')).toEqual(['Looks right']);
    expect(await listOf(team, 'pull_request_event', 'event_id')).toEqual(['pushed']);
    expect(await listOf(team, 'check_run', 'name')).toEqual([]);
    expect(await listOf(team, 'ai_signal', 'location')).toEqual([]);
  });

  it.each([
    ['TIMELINE', { comment: 2, pull_request_event: 3, check_run: 0, pull_request_label: 0 }],
    ['CHECKS', { comment: 0, pull_request_event: 0, check_run: 2, pull_request_label: 0 }],
    ['LABELS', { comment: 0, pull_request_event: 0, check_run: 0, pull_request_label: 1 }],
  ] as const)('stays where the list did not come in whole: %s', async (list, expected) => {
    const team = await newTeam();
    await store(scene.db, team, [full()]);
    await store(scene.db, team, [full({ ...less, unread: [{ list, cursor: 'on' }] })]);
    for (const [table, count] of Object.entries(expected)) {
      expect({ table, rows: (await rowsOf(team, table, 'team_id')).length }).toEqual({
        table,
        rows: count,
      });
    }
    // Signals come from all lists: as long as one is not whole, none is known to be gone.
    expect(await listOf(team, 'ai_signal', 'location')).toEqual(['body', 'commit:c0ffee']);
  });

  it('gets no checks from a source that does not know them', async () => {
    const team = await newTeam();
    await store(scene.db, team, [full()]);
    await store(scene.db, team, [full({ checks: null })]);
    expect(await listOf(team, 'check_run', 'name')).toEqual(['lint', 'test']);
  });

  it('are not comments on lines: those have a stage of their own', async () => {
    const team = await newTeam();
    await store(scene.db, team, [full()]);
    await scene.sql.query(
      `UPDATE comment SET kind = 'REVIEW', path = 'a.ts' WHERE team_id = $1 AND body = ''`,
      [team.teamId],
    );
    await store(scene.db, team, [full({ comments: [] })]);
    expect(await listOf(team, 'comment', 'kind')).toEqual(['REVIEW']);
  });

  it('is a check that a new head commit replaced', async () => {
    const team = await newTeam();
    await store(scene.db, team, [full()]);
    const checks = [aCheck({ name: 'lint', headSha: 'beef', conclusion: 'SUCCESS' })];
    await store(scene.db, team, [full({ checks, headSha: 'beef', checkState: 'SUCCESS' })]);
    expect(await rowsOf(team, 'check_run', 'check_id')).toMatchObject([
      { check_id: 'CHECK_RUN:lint', head_sha: 'beef', conclusion: 'SUCCESS' },
    ]);
  });
});

describe('an edited comment', () => {
  it('is overwritten by a newer text and not by an older one', async () => {
    const team = await newTeam();
    const comment = aComment({ createdAt: at(2), updatedAt: at(5), body: 'Second thought' });
    await store(scene.db, team, [full({ comments: [comment] })]);
    await store(scene.db, team, [
      full({ comments: [{ ...comment, updatedAt: at(2), body: 'First thought' }] }),
    ]);
    expect(await listOf(team, 'comment', 'body')).toEqual(['Second thought']);
    await store(scene.db, team, [
      full({ comments: [{ ...comment, updatedAt: at(6), body: 'Third thought' }] }),
    ]);
    expect(await listOf(team, 'comment', 'body')).toEqual(['Third thought']);
  });
});
