import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DbTransaction } from '../../../../src/db/core/client.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { mergeLoginAccounts } from '../../../../src/db/members/login-account-merges.ts';
import { settleLoginAccounts } from '../../../../src/db/members/login-accounts.ts';
import { holdMembers } from '../../../../src/db/members/members-lock.ts';
import { upsertInternalMembers } from '../../../../src/db/members/members.ts';
import { storeNumbered } from '../../../../src/db/sync/numbered-pull-requests.ts';
import { classifyActor, idOfLogin, type ActorFact } from '../../../../src/domain/members/actor.ts';
import type { PullRequestFact } from '../../../../src/domain/pulls/github-facts.ts';
import { anActor, aPullRequest } from '../../../support/rows/facts.ts';
import {
  addTeam,
  beginWork,
  countStatements,
  openScene,
  readNumber,
  type Scene,
  type SceneTeam,
} from '../scene.ts';
import { store } from '../stored-rows.ts';

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
const CY = anActor({ login: 'cy' });
const EVE_BY_LOGIN: ActorFact = {
  githubId: idOfLogin('eve'),
  login: 'eve',
  name: null,
  ...classifyActor('eve', 'EnterpriseUserAccount'),
};

/** The account of Eve before it was given the login by which another member is known. */
const EVELYN: ActorFact = { ...EVE, login: 'evelyn' };

const found = (pullRequests: readonly PullRequestFact[]) => ({
  pullRequests,
  rejected: [],
  gone: [],
  syncedAt: new Date('2026-01-31T00:00:00Z'),
});

const GAP = { list: 'PULL_REQUEST', item: 'author', field: 'account', word: null } as const;
const BY_LOGIN = aPullRequest({
  author: EVE_BY_LOGIN,
  gaps: [{ ...GAP, reason: 'without an id' }],
});

async function addRepositories({ teamId, connectionId }: SceneTeam): Promise<bigint[]> {
  const { rows } = await scene.sql.query<{ id: string }>(
    `INSERT INTO repository (team_id, connection_id, github_id, owner, name)
     SELECT $1, $2, n, 'octo', 'hello-' || n FROM generate_series(1, 3) n RETURNING id`,
    [teamId, connectionId],
  );
  return rows.map(({ id }) => BigInt(id));
}

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
    const repositories = await addRepositories(team);
    // So that all of them have begun before the first can go on.
    const barrier = await beginWork(scene.anotherDb(), teamId, (tx) => holdMembers(tx, teamId));
    const stored = repositories.map((repositoryId) =>
      withTeam(scene.anotherDb(), teamId, (tx) =>
        storeNumbered(tx, { teamId, repositoryId, ...found([BY_LOGIN]) }),
      ),
    );
    await expect.poll(countWaiting).toBe(3);
    await barrier.commit();
    expect(await Promise.all(stored)).toEqual(
      repositories.map(() => ({ repaired: 1, removed: 0 })),
    );
    expect(await membersOf(team)).toHaveLength(1);
  });

  it('name an account whose two members are stored, and neither waits: the next call merges them', async () => {
    const team = await newTeam();
    const { teamId } = team;
    const [first, second] = await addRepositories(team);
    await store(scene.db, team, [BY_LOGIN]);
    // Known by an account of that login, the two are not one before that has it.
    await store(scene.db, team, [aPullRequest({ number: 18, author: EVELYN })]);
    await scene.sql.query('UPDATE member SET login = $2 WHERE team_id = $1 AND github_id > 0', [
      teamId,
      EVE.login,
    ]);
    const page = (repositoryId: bigint | undefined) => (tx: DbTransaction) =>
      storeNumbered(tx, {
        teamId,
        repositoryId: repositoryId ?? 0n,
        ...found([aPullRequest({ author: EVE })]),
      });
    const open = await beginWork(scene.anotherDb(), teamId, page(first));
    // Done while the other one is open.
    await withTeam(scene.anotherDb(), teamId, page(second));
    await open.commit();
    expect(await membersOf(team)).toHaveLength(2);
    expect(await mergeLoginAccounts(scene.db, teamId)).toBe(1);
    expect(
      await readNumber(
        scene.sql,
        `SELECT count(DISTINCT author_id) FROM pull_request WHERE team_id = $1`,
        [teamId],
      ),
    ).toBe(1);
  });

  it('merge the same members at once: one does it, and it is in the audit once', async () => {
    const team = await newTeam();
    const { teamId } = team;
    await store(scene.db, team, [BY_LOGIN]);
    await store(scene.db, team, [aPullRequest({ number: 18, author: EVELYN })]);
    await store(scene.db, team, [aPullRequest({ number: 18, author: EVE })]);
    // So that both have found the two before one of them can merge.
    const barrier = await beginWork(scene.anotherDb(), teamId, (tx) => holdMembers(tx, teamId));
    const merges = [1, 2].map(() => mergeLoginAccounts(scene.anotherDb(), teamId));
    await expect.poll(countWaiting).toBe(2);
    await barrier.commit();
    const [one, other] = await Promise.all(merges);
    expect((one ?? 0) + (other ?? 0)).toBe(1);
    const audits = `SELECT count(*) FROM admin_audit WHERE team_id = $1 AND action = 'MEMBER_MERGE'`;
    expect(await readNumber(scene.sql, audits, [teamId])).toBe(1);
  });
});

describe('the statements of a transaction', () => {
  async function countOf(
    { teamId }: SceneTeam,
    actor: ActorFact,
    isLocked: boolean,
  ): Promise<number> {
    return withTeam(scene.db, teamId, async (tx) => {
      const counted = countStatements(tx);
      await settleLoginAccounts(counted.tx, teamId, [actor], isLocked);
      return counted.count();
    });
  }

  it('that names accounts with ids are two more: the lock, and whether one is known by its login', async () => {
    const team = await newTeam();
    expect(await countOf(team, EVE, false)).toBe(2);
    await store(scene.db, team, [BY_LOGIN]);
    expect(await countOf(team, CY, false)).toBe(2);
  });

  it('that names an account by its login are planned once where the lock was decided on before', async () => {
    const team = await newTeam();
    await store(scene.db, team, [aPullRequest({ author: EVE })]);
    expect(await countOf(team, EVE_BY_LOGIN, false)).toBe(5);
    expect(await countOf(team, EVE_BY_LOGIN, true)).toBe(3);
  });

  it('that names an account whose two members are stored are no more: they are not merged here', async () => {
    const team = await newTeam();
    await store(scene.db, team, [BY_LOGIN]);
    await store(scene.db, team, [aPullRequest({ number: 18, author: EVELYN })]);
    expect(await countOf(team, EVE, false)).toBe(3);
  });
});
