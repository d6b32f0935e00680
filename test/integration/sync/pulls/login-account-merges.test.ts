import { describe, expect, it } from 'vitest';
import { idOfLogin } from '../../../../src/domain/members/actor.ts';
import { aSource } from '../../../unit/demo/small-world.ts';
import { SINCE, useStageWorlds, type StageWorld } from '../stage-world.ts';
import { at, pull } from './long-pull-requests.ts';

const SMALL = { reviews: 1, comments: 1, commits: 1, files: 1, labels: 1 };
const open = useStageWorlds();

/** A world in whose team one account is two members: by an id and by its login alone. */
async function openWithTwo(): Promise<StageWorld> {
  const of = await open(aSource([pull(1, SMALL, { updatedAt: at(1_000) })]));
  await of.scene.sql.query(
    `INSERT INTO member (team_id, github_id, login, kind, kind_rule, is_external)
     VALUES ($1, 900001, 'Eve', 'HUMAN', 'GitHub says it is a user', true),
       ($1, $2, 'eve', 'UNKNOWN', 'GitHub says it is another kind of account', true)`,
    [of.teamId, idOfLogin('eve')],
  );
  return of;
}

const OPEN = `SELECT login FROM member WHERE lower(login) = 'eve' AND merged_into_id IS NULL ORDER BY login`;
const STORED = 'SELECT count(*)::int FROM pull_request';

describe('members that are one account', () => {
  it('are merged before the pages of an activity', async () => {
    const of = await openWithTwo();
    const seen: unknown[][][] = [];
    of.onFailpoint(async (failpoint) => {
      if (failpoint === 'before-fetch') {
        seen.push(await of.rows(OPEN));
      }
    });
    await of.syncPullRequests(SINCE);
    expect(seen).toEqual([[['Eve']]]);
    expect(await of.rows(STORED)).toEqual([[1]]);
  });

  it('stay two where they cannot be merged, and the pages are stored', async () => {
    const of = await openWithTwo();
    await of.scene.sql.query(
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no merge today'; END $$`,
    );
    await of.scene.sql.query(
      `CREATE TRIGGER refuse BEFORE INSERT ON admin_audit FOR EACH ROW WHEN (NEW.action = 'MEMBER_MERGE') EXECUTE FUNCTION refuse()`,
    );
    await of.syncPullRequests(SINCE);
    expect(await of.rows(STORED)).toEqual([[1]]);
    expect(await of.rows(OPEN)).toEqual([['Eve'], ['eve']]);
    await of.scene.sql.query('DROP TRIGGER refuse ON admin_audit');
    await of.syncPullRequests(null);
    expect(await of.rows(OPEN)).toEqual([['Eve']]);
  });
});
