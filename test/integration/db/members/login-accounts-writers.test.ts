import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DbTransaction } from '../../../../src/db/core/client.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { holdMembers } from '../../../../src/db/members/members-lock.ts';
import { upsertInternalMembers } from '../../../../src/db/members/members.ts';
import { storeNumbered } from '../../../../src/db/sync/numbered-pull-requests.ts';
import { classifyActor, idOfLogin, type ActorFact } from '../../../../src/domain/members/actor.ts';
import { anActor, aPullRequest } from '../../../support/rows/facts.ts';
import { addTeam, beginWork, openScene, readNumber, type Scene, type SceneTeam } from '../scene.ts';

let scene: Scene;
let teams = 0;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene.close());

function newTeam(): Promise<SceneTeam> {
  teams += 1;
  return addTeam(scene.sql, `writers-${teams}`);
}

const EVE = anActor({ login: 'Eve' });
const EVE_BY_LOGIN: ActorFact = {
  githubId: idOfLogin('eve'),
  login: 'eve',
  name: null,
  ...classifyActor('eve', 'EnterpriseUserAccount'),
};

async function membersOf({ teamId }: SceneTeam): Promise<{ id: string; github: string }[]> {
  const { rows } = await scene.sql.query<{ id: string; github: string }>(
    'SELECT id, github_id AS github FROM member WHERE team_id = $1',
    [teamId],
  );
  return rows;
}

/** How many sessions wait for a lock. */
function countWaiting(): Promise<number> {
  return readNumber(
    scene.sql,
    `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
}

async function isWaiting(): Promise<boolean> {
  return (await countWaiting()) > 0;
}

describe('two transactions that write at the same time', () => {
  const write =
    ({ teamId }: SceneTeam, actor: ActorFact) =>
    (tx: DbTransaction) =>
      upsertInternalMembers(tx, teamId, [actor]);

  it.each([
    ['the login first', EVE_BY_LOGIN, EVE],
    ['the id first', EVE, EVE_BY_LOGIN],
    ['both by the login', EVE_BY_LOGIN, EVE_BY_LOGIN],
  ])('make one member of one account: %s', async (_, first, second) => {
    const team = await newTeam();
    const open = await beginWork(scene.anotherDb(), team.teamId, write(team, first));
    const later = withTeam(scene.db, team.teamId, write(team, second));
    await expect.poll(isWaiting).toBe(true);
    await open.commit();
    const written = await later;
    const members = await membersOf(team);
    expect(members.map(({ id }) => BigInt(id))).toEqual([written.of(second).id]);
  });

  it('take one member over together', async () => {
    const team = await newTeam();
    const { of } = await withTeam(scene.db, team.teamId, write(team, EVE_BY_LOGIN));
    const open = await beginWork(scene.anotherDb(), team.teamId, write(team, EVE));
    const later = withTeam(scene.db, team.teamId, write(team, EVE));
    await expect.poll(isWaiting).toBe(true);
    await open.commit();
    await later;
    expect(await membersOf(team)).toEqual([
      { id: String(of(EVE_BY_LOGIN).id), github: String(EVE.githubId) },
    ]);
  });

  it('and meet an account without an id in several repositories wait for each other, and none is refused', async () => {
    const team = await newTeam();
    const { teamId } = team;
    const { rows } = await scene.sql.query<{ id: string }>(
      `INSERT INTO repository (team_id, connection_id, github_id, owner, name)
       SELECT $1, $2, n, 'octo', 'hello-' || n FROM generate_series(1, 3) n RETURNING id`,
      [teamId, team.connectionId],
    );
    const gap = { list: 'PULL_REQUEST', item: 'author', field: 'account', word: null } as const;
    const found = {
      pullRequests: [
        aPullRequest({ author: EVE_BY_LOGIN, gaps: [{ ...gap, reason: 'without an id' }] }),
      ],
      rejected: [],
      gone: [],
      syncedAt: new Date('2026-01-31T00:00:00Z'),
    };
    // So that all of them have begun before the first can go on.
    const barrier = await beginWork(scene.anotherDb(), teamId, (tx) => holdMembers(tx, teamId));
    const stored = rows.map(({ id }) =>
      withTeam(scene.anotherDb(), teamId, (tx) =>
        storeNumbered(tx, { teamId, repositoryId: BigInt(id), ...found }),
      ),
    );
    await expect.poll(countWaiting).toBe(3);
    await barrier.commit();
    expect(await Promise.all(stored)).toEqual(rows.map(() => ({ repaired: 1, removed: 0 })));
    expect(await membersOf(team)).toHaveLength(1);
  });
});
