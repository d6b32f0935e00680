import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeUserReport } from '../../../../src/db/usage/ai-usage-reports.ts';
import { connectAiUsageSource } from '../../../../src/db/usage/ai-usage-sources.ts';
import { setMemberExternal } from '../../../../src/db/members/member-external.ts';
import { mergeMembers } from '../../../../src/db/members/member-merge.ts';
import { upsertInternalMembers } from '../../../../src/db/members/members.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { rollUpDirtyWeeks } from '../../../../src/db/rollups/weekly-rollup.ts';
import { isDomainError } from '../../../../src/domain/core/errors.ts';
import { aPullRequest } from '../../../support/rows/facts.ts';
import { ANA, ANA_WORK, BO, openMemberScene, PULL, type MemberScene } from './member-scene.ts';
import { beginWork, type SceneTeam } from '../scene.ts';
import { clearDirtyMarks, dumpFacts, readDirtyWeeks, store } from '../stored-rows.ts';

let scene: MemberScene;

beforeAll(async () => {
  scene = await openMemberScene();
});

afterAll(() => scene.close());

const NAMES = `
  SELECT 'author' AS what, m.login FROM pull_request x JOIN member m ON m.id = x.author_id WHERE x.team_id = $1
  UNION ALL SELECT 'merger', m.login FROM pull_request x JOIN member m ON m.id = x.merged_by_id WHERE x.team_id = $1
  UNION ALL SELECT 'reviewer', m.login FROM review x JOIN member m ON m.id = x.reviewer_id WHERE x.team_id = $1
  UNION ALL SELECT 'committer', m.login FROM commit x JOIN member m ON m.id = x.author_id WHERE x.team_id = $1
  UNION ALL SELECT 'commenter', m.login FROM comment x JOIN member m ON m.id = x.author_id WHERE x.team_id = $1
  UNION ALL SELECT 'actor', m.login FROM pull_request_event x JOIN member m ON m.id = x.actor_id WHERE x.team_id = $1
  UNION ALL SELECT 'asked', m.login FROM pull_request_event x JOIN member m ON m.id = x.subject_id WHERE x.team_id = $1
  ORDER BY 1, 2`;

async function namesOf(team: SceneTeam): Promise<string[]> {
  const rows = await scene.read<{ what: string; login: string }>(team, NAMES);
  return rows.map(({ what, login }) => `${what} ${login}`);
}

const MERGED_NAMES = [
  'actor ana',
  'asked ana',
  'author ana',
  'commenter ana',
  'committer ana',
  'merger ana',
  'reviewer ana',
  'reviewer bo',
];

describe('two accounts of one person', () => {
  it("become one member: what one did is the other one's, and nobody reviews their own work", async () => {
    const team = await scene.newTeam();
    await scene.merge(team, ANA_WORK, ANA);
    expect(await namesOf(team)).toEqual(MERGED_NAMES);
    expect(await scene.pickupHours(team)).toBe(4);
    expect(await readDirtyWeeks(scene.sql, team)).toEqual(['2025-12-15']);
    const audit = await scene.read<object>(
      team,
      'SELECT action, details FROM admin_audit WHERE team_id = $1',
    );
    expect(audit).toMatchObject([
      { action: 'MEMBER_MERGE', details: { logins: ['ana-work', 'ana'] } },
    ]);
  });

  it('mark the week of both dirty: one lost what the other one got', async () => {
    const team = await scene.newTeam();
    await scene.merge(team, ANA_WORK, ANA);
    const dirtyRows = await scene.read<{ member: string | null }>(
      team,
      'SELECT DISTINCT member_id AS member FROM rollup_dirty WHERE team_id = $1',
    );
    const ids = dirtyRows.map(({ member }) => BigInt(member ?? 0));
    expect(ids).toContain(await scene.idOf(team, ANA));
    expect(ids).toContain(await scene.idOf(team, ANA_WORK));
  });

  it('have one week once that is computed anew: the other one has none', async () => {
    const team = await scene.newTeam();
    const weeks = async (): Promise<object[]> => {
      await scene.sql.query(
        `INSERT INTO rollup_dirty (team_id, week_start) SELECT $1, '2025-12-15' WHERE NOT EXISTS (
          SELECT 1 FROM rollup_dirty WHERE team_id = $1)`,
        [team.teamId],
      );
      await rollUpDirtyWeeks(scene.db, { teamId: team.teamId, maxWeeks: 10 });
      return scene.read(
        team,
        `SELECT m.login, w.commits::int, w.reviews_submitted::int AS reviews, w.pickup_seconds::int / 3600 AS pickup
         FROM weekly_metrics w JOIN member m ON m.id = w.member_id WHERE w.team_id = $1 ORDER BY 1`,
      );
    };
    expect(await weeks()).toEqual([
      { login: 'ana', commits: 0, reviews: 0, pickup: 1 },
      { login: 'ana-work', commits: 1, reviews: 1, pickup: 0 },
      { login: 'bo', commits: 0, reviews: 1, pickup: 0 },
    ]);
    await scene.merge(team, ANA_WORK, ANA);
    // Her own review of her own work is none.
    expect(await weeks()).toEqual([
      { login: 'ana', commits: 1, reviews: 0, pickup: 4 },
      { login: 'bo', commits: 0, reviews: 1, pickup: 0 },
    ]);
  });

  it('stay one in syncs to come, which change nothing by themselves', async () => {
    const team = await scene.newTeam();
    await scene.merge(team, ANA_WORK, ANA);
    await clearDirtyMarks(scene.sql, team);
    const before = await dumpFacts(scene.sql, team);
    expect(await store(scene.db, team, [PULL])).toMatchObject({ unchanged: 1, childrenWritten: 0 });
    expect(await dumpFacts(scene.sql, team)).toEqual(before);
    expect(await readDirtyWeeks(scene.sql, team)).toEqual([]);
    await store(scene.db, team, [aPullRequest({ number: 2, author: ANA_WORK })]);
    const authors = await scene.read<{ author_id: string }>(
      team,
      'SELECT DISTINCT author_id FROM pull_request WHERE team_id = $1',
    );
    expect(authors.map((row) => BigInt(row.author_id))).toEqual([await scene.idOf(team, ANA)]);
  });

  it('may be three: the first two follow into the third', async () => {
    const team = await scene.newTeam();
    await scene.merge(team, ANA_WORK, ANA);
    await scene.merge(team, ANA, BO);
    const rows = await scene.read<{ login: string; into: string | null }>(
      team,
      `SELECT m.login, i.login AS into FROM member m LEFT JOIN member i ON i.id = m.merged_into_id
       WHERE m.team_id = $1 ORDER BY 1`,
    );
    expect(rows).toEqual([
      { login: 'ana', into: 'bo' },
      { login: 'ana-work', into: 'bo' },
      { login: 'bo', into: null },
    ]);
    expect(new Set(await namesOf(team)).size).toBe(7);
    expect((await namesOf(team)).every((name) => name.endsWith(' bo'))).toBe(true);
  });

  it.each([
    ['of the one that goes', true, null, true],
    ['of the one that stays', null, true, true],
    ['of both, the one that stays first', true, false, false],
    ['of none: who is inside by either is inside', null, null, false],
  ])('keep the word of an admin on who is external: %s', async (_, ofFrom, ofInto, expected) => {
    const team = await scene.newTeam();
    const { teamId } = team;
    await scene.sql.query('UPDATE member SET is_external = login <> $2 WHERE team_id = $1', [
      teamId,
      ANA_WORK.login,
    ]);
    for (const [who, isExternal] of [
      [ANA_WORK, ofFrom],
      [ANA, ofInto],
    ] as const) {
      const id = await scene.idOf(team, who);
      await withTeam(scene.db, teamId, (tx) =>
        setMemberExternal(tx, { teamId, id, isExternal, actorId: scene.adminId }),
      );
    }
    await scene.merge(team, ANA_WORK, ANA);
    const external = () =>
      scene.read(
        team,
        `SELECT coalesce(external_set, is_external) AS is, external_set_by_id IS NOT NULL AS said FROM member
         WHERE team_id = $1 AND github_id = $2`,
        ANA.githubId,
      );
    expect(await external()).toEqual([{ is: expected, said: (ofFrom ?? ofInto) !== null }]);
    const id = await scene.idOf(team, ANA);
    await withTeam(scene.db, teamId, (tx) =>
      setMemberExternal(tx, { teamId, id, isExternal: null, actorId: scene.adminId }),
    );
    expect(await external()).toEqual([{ is: false, said: false }]);
  });

  it('merged once more change nothing', async () => {
    const team = await scene.newTeam();
    await scene.merge(team, ANA_WORK, ANA);
    await clearDirtyMarks(scene.sql, team);
    const before = await dumpFacts(scene.sql, team);
    await scene.merge(team, ANA_WORK, ANA);
    expect(await dumpFacts(scene.sql, team)).toEqual(before);
    expect(await readDirtyWeeks(scene.sql, team)).toEqual([]);
    expect(await scene.read(team, 'SELECT 1 FROM admin_audit WHERE team_id = $1')).toHaveLength(1);
  });

  it.each([
    ['with itself', ANA, ANA, 'INVALID_INPUT', /with itself/],
    ['into one that was merged', BO, ANA_WORK, 'INVALID_INPUT', /^ana-work was merged/],
    ['that was merged elsewhere', ANA_WORK, BO, 'INVALID_INPUT', /^ana-work was merged/],
  ])('cannot be one %s', async (_, from, into, code, message) => {
    const team = await scene.newTeam();
    await scene.merge(team, ANA_WORK, ANA);
    const before = await dumpFacts(scene.sql, team);
    const failure = await scene.merge(team, from, into).catch((error: unknown) => error);
    expect(isDomainError(failure) && failure.code).toBe(code);
    expect(failure).toHaveProperty('message', expect.stringMatching(message));
    expect(await dumpFacts(scene.sql, team)).toEqual(before);
  });

  it('of two teams are not there for each other', async () => {
    const [ours, theirs] = [await scene.newTeam(), await scene.newTeam()];
    const members = {
      teamId: ours.teamId,
      fromId: await scene.idOf(theirs, ANA_WORK),
      intoId: await scene.idOf(ours, ANA),
    };
    const failure = await withTeam(scene.db, ours.teamId, (tx) => mergeMembers(tx, members)).catch(
      (error: unknown) => error,
    );
    expect(isDomainError(failure) && failure.code).toBe('NOT_FOUND');
    expect(await namesOf(theirs)).toContain('merger ana-work');
  });

  it('waits for a page that is being written, so that nothing is written under the old one', async () => {
    const team = await scene.newTeam();
    const page = await beginWork(scene.anotherDb(), team.teamId, (tx) =>
      upsertInternalMembers(tx, team.teamId, [ANA_WORK]),
    );
    let isMerged = false;
    const merging = scene.merge(team, ANA_WORK, ANA).then(() => {
      isMerged = true;
    });
    await expect.poll(() => waitingLocks()).toBe(1);
    expect(isMerged).toBe(false);
    await page.commit();
    await merging;
    expect(await namesOf(team)).toEqual(MERGED_NAMES);
  });

  async function waitingLocks(): Promise<number> {
    const { rows } = await scene.sql.query(
      `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    return rows.length;
  }
});

describe('AI usage of two accounts', () => {
  const day = '2025-12-17';
  const usage = (suggestionsShown: number, credits: number | null) => ({
    date: day,
    source: 'COPILOT' as const,
    suggestionsShown,
    suggestionsAccepted: 1,
    linesSuggested: 2,
    linesAccepted: 1,
    interactions: 3,
    activeHours: null,
    credits,
  });
  const outcome = { state: 'STORED', reason: null, refused: 0 } as const;

  async function report(team: SceneTeam, hour: number): Promise<void> {
    const source = { teamId: team.teamId, source: 'COPILOT', organization: 'octo' } as const;
    const rows = [
      { actor: ANA, usage: usage(5, null) },
      { actor: ANA_WORK, usage: usage(7, 1.5) },
    ];
    await withTeam(scene.db, team.teamId, async (tx) => {
      await connectAiUsageSource(tx, source);
      const key = { ...source, kind: 'USERS', day } as const;
      const askedAt = new Date(`2025-12-18T0${hour}:00:00Z`);
      await writeUserReport(tx, key, rows, { ...outcome, askedAt });
    });
  }

  const stored = (team: SceneTeam) =>
    scene.read<object>(
      team,
      `SELECT m.login, u.suggestions_shown::int AS shown, u.suggestions_accepted::int AS accepted,
        u.interactions::int AS interactions, u.credits::float AS credits
       FROM ai_usage_daily u JOIN member m ON m.id = u.member_id WHERE u.team_id = $1 ORDER BY 1`,
    );
  const sum = { login: 'ana', shown: 12, accepted: 2, interactions: 6, credits: 1.5 };

  it('on one day is added up, and the weeks of both are marked dirty', async () => {
    const team = await scene.newTeam();
    await report(team, 1);
    expect(await stored(team)).toHaveLength(2);
    await clearDirtyMarks(scene.sql, team);
    await scene.merge(team, ANA_WORK, ANA);
    expect(await stored(team)).toEqual([sum]);
    expect(await readDirtyWeeks(scene.sql, team)).toEqual(['2025-12-15']);
  });

  it('is added up in reports to come, which change nothing when they say the same', async () => {
    const team = await scene.newTeam();
    await report(team, 1);
    await scene.merge(team, ANA_WORK, ANA);
    await clearDirtyMarks(scene.sql, team);
    await report(team, 2);
    expect(await stored(team)).toEqual([sum]);
    expect(await readDirtyWeeks(scene.sql, team)).toEqual([]);
  });
});
