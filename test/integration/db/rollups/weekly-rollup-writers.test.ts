import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { storePullRequests } from '../../../../src/db/pulls/pull-requests.ts';
import type { PullRequestFact } from '../../../../src/domain/pulls/github-facts.ts';
import { anActor, aPullRequest } from '../../../support/rows/facts.ts';
import { addTeam, beginWork, openScene, readNumber, until } from '../scene.ts';
import type { OpenTransaction, Scene, SceneTeam } from '../scene.ts';
import { readDirtyWeeks, store } from '../stored-rows.ts';
import { readMemberWeeks, rollUp } from './stored-member-weeks.ts';

const WEEK = '2025-12-15';

let scene: Scene;
let team: SceneTeam;
let teams = 0;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene.close());

beforeEach(async () => {
  teams += 1;
  team = await addTeam(scene.sql, `team-${teams}`);
});

/** Facts and dirty marks are written, and not committed. */
function writeAndHold(...pullRequests: PullRequestFact[]): Promise<OpenTransaction> {
  return beginWork(scene.anotherDb(), team.teamId, (tx) =>
    storePullRequests(tx, { ...team, pullRequests, syncedAt: new Date() }),
  );
}

async function openedPerWeek(): Promise<Record<string, number>> {
  const memberWeeks = await readMemberWeeks(scene.sql, team);
  return Object.fromEntries(memberWeeks.map(({ week, opened }) => [week, opened]));
}

function countDirtyMarks(): Promise<number> {
  return readNumber(scene.sql, 'SELECT count(*) FROM rollup_dirty WHERE team_id = $1', [
    team.teamId,
  ]);
}

describe('a writer between its dirty mark and its commit', () => {
  it('keeps its dirty mark over a rollup of the same week, and the next rollup counts it', async () => {
    await store(scene.db, team, [aPullRequest({ number: 1 })]);
    const writer = await writeAndHold(aPullRequest({ number: 2 }));
    expect(await rollUp(scene.db, team)).toMatchObject({
      weeks: 1,
      dirtyMarksConsumed: 1,
      more: false,
    });
    expect(await openedPerWeek()).toEqual({ [WEEK]: 1 });
    expect(await countDirtyMarks()).toBe(0);
    await writer.commit();
    expect(await readDirtyWeeks(scene.sql, team)).toEqual([WEEK]);
    expect(await openedPerWeek()).toEqual({ [WEEK]: 1 });
    expect(await rollUp(scene.db, team)).toMatchObject({ dirtyMarksConsumed: 1 });
    expect(await openedPerWeek()).toEqual({ [WEEK]: 2 });
    expect(await countDirtyMarks()).toBe(0);
  });

  it('is not waited for, and does not wait itself, whichever dirty marks stand', async () => {
    const byWriter = (login: string, number: number, day: string): PullRequestFact =>
      aPullRequest({ number, author: anActor({ login }), createdAt: new Date(`${day}T10:00:00Z`) });
    const first = await writeAndHold(byWriter('bo', 1, '2025-12-16'));
    expect(await rollUp(scene.db, team)).toMatchObject({ weeks: 0 });
    await store(scene.db, team, [byWriter('ana', 2, '2025-12-02')]);
    const second = await writeAndHold(byWriter('ana', 3, '2025-12-03'));
    await rollUp(scene.db, team);
    await second.commit();
    await rollUp(scene.db, team);
    expect(await openedPerWeek()).toEqual({ '2025-12-01': 2 });
    await first.commit();
    await rollUp(scene.db, team);
    expect(await openedPerWeek()).toEqual({ '2025-12-01': 2, [WEEK]: 1 });
  });

  it('who moves a pull request away leaves no trace of it in the week before', async () => {
    const merged = new Date('2025-12-17T10:00:00Z');
    const moved = new Date('2026-02-03T10:00:00Z');
    const created = new Date('2025-11-04T10:00:00Z');
    await store(scene.db, team, [aPullRequest({ createdAt: created, mergedAt: merged })]);
    const writer = await writeAndHold(aPullRequest({ createdAt: created, mergedAt: moved }));
    await rollUp(scene.db, team);
    await writer.commit();
    await rollUp(scene.db, team);
    const memberWeeks = await readMemberWeeks(scene.sql, team);
    expect(memberWeeks.map(({ week, opened, merged: n }) => [week, opened, n])).toEqual([
      ['2025-11-03', 1, 0],
      ['2026-02-02', 0, 1],
    ]);
  });
});

describe('two rollups at once', () => {
  it('take each dirty mark once and give the right numbers', async () => {
    const facts = Array.from({ length: 60 }, (_, index) =>
      aPullRequest({
        number: index + 1,
        createdAt: new Date(Date.UTC(2025, 0, 6 + 7 * (index % 20), 12)),
      }),
    );
    for (const part of [facts.slice(0, 30), facts.slice(30)]) {
      await store(scene.db, team, part);
    }
    const dirtyMarks = await countDirtyMarks();
    const clients = Array.from({ length: 4 }, () => scene.anotherDb(1));
    const results = await Promise.all(clients.map((db) => rollUp(db, team, 7)));
    const last = await rollUp(scene.db, team);
    const consumed = [...results, last].reduce((sum, result) => sum + result.dirtyMarksConsumed, 0);
    expect(consumed).toBe(dirtyMarks);
    expect(await countDirtyMarks()).toBe(0);
    const opened = await openedPerWeek();
    expect(Object.values(opened)).toEqual(Array.from({ length: 20 }, () => 3));
  });

  it('never let an older look overwrite a newer one', async () => {
    // A rollup that has looked at the facts and has not written yet is held up at a gate.
    const gate = new pg.Client({ connectionString: scene.database.superuserUrl });
    await gate.connect();
    await gate.query('SELECT pg_advisory_lock(42)');
    await scene.sql.query(`
      CREATE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF current_setting('application_name') = 'held-up' THEN PERFORM pg_advisory_xact_lock_shared(42); END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER wait_at_gate BEFORE INSERT ON weekly_metrics FOR EACH ROW EXECUTE FUNCTION wait_at_gate()`);
    await store(scene.db, team, [aPullRequest({ number: 1 })]);
    const first = rollUp(scene.anotherDb(1, 'held-up'), team);
    await until(async () => (await countWaiting()) === 1);
    await store(scene.db, team, [aPullRequest({ number: 2 })]);
    const second = rollUp(scene.db, team);
    await Promise.race([second, until(async () => (await countWaiting()) === 2)]);
    await gate.end();
    const results = await Promise.all([first, second]);
    await scene.sql.query('DROP TRIGGER wait_at_gate ON weekly_metrics');
    expect(results.map(({ dirtyMarksConsumed }) => dirtyMarksConsumed)).toEqual([1, 1]);
    expect(await openedPerWeek()).toEqual({ [WEEK]: 2 });
  });

  function countWaiting(): Promise<number> {
    return readNumber(
      scene.sql,
      `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
  }
});

describe('a rollup that dies', () => {
  it('in the middle of its writing leaves its dirty marks, and done again gives the same', async () => {
    const facts = [1, 2, 3].map((number) => aPullRequest({ number }));
    await store(scene.db, team, facts);
    const dirtyMarks = await countDirtyMarks();
    await scene.sql.query(`
      CREATE FUNCTION break_down() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'broken down'; END $$;
      CREATE TRIGGER break_down AFTER INSERT ON weekly_metrics FOR EACH ROW EXECUTE FUNCTION break_down()`);
    await expect(rollUp(scene.db, team)).rejects.toThrow('broken down');
    await scene.sql.query('DROP TRIGGER break_down ON weekly_metrics');
    expect(await countDirtyMarks()).toBe(dirtyMarks);
    expect(await openedPerWeek()).toEqual({});
    await rollUp(scene.db, team);
    expect(await openedPerWeek()).toEqual({ [WEEK]: 3 });
  });
});
