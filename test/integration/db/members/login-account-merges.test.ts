import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Db, DbTransaction } from '../../../../src/db/core/client.ts';
import { mergeLoginAccounts } from '../../../../src/db/members/login-account-merges.ts';
import { classifyActor, idOfLogin, type ActorFact } from '../../../../src/domain/members/actor.ts';
import { anActor, aPullRequest } from '../../../support/rows/facts.ts';
import { addTeam, readNumber, type SceneTeam } from '../scene.ts';
import { store } from '../stored-rows.ts';
import { openMemberScene, type MemberScene } from './member-scene.ts';

let scene: MemberScene;
let teams = 0;

beforeAll(async () => {
  scene = await openMemberScene();
});

afterAll(() => scene.close());

function newTeam(): Promise<SceneTeam> {
  teams += 1;
  return addTeam(scene.sql, `merges-${teams}`);
}

const EVE = anActor({ login: 'Eve' });
/** The account of Eve before it was given the login by which another member is known. */
const EVELYN: ActorFact = { ...EVE, login: 'evelyn' };
const EVE_BY_LOGIN: ActorFact = {
  githubId: idOfLogin('eve'),
  login: 'eve',
  name: null,
  ...classifyActor('eve', 'EnterpriseUserAccount'),
};
const BY_LOGIN = aPullRequest({ number: 19, author: EVE_BY_LOGIN });

describe('a merge of a member that is known by its login', () => {
  it('is in the audit, as what no admin asked for', async () => {
    const team = await newTeam();
    await store(scene.db, team, [aPullRequest({ author: EVELYN }), BY_LOGIN]);
    await scene.setKind(team, EVE_BY_LOGIN, 'BOT');
    await store(scene.db, team, [aPullRequest({ number: 18, author: EVE })]);
    await scene.sql.query('DELETE FROM admin_audit WHERE team_id = $1', [team.teamId]);
    await mergeLoginAccounts(scene.db, team.teamId);
    const [from, into] = [await scene.idOf(team, EVE_BY_LOGIN), await scene.idOf(team, EVE)];
    const merge = { from: String(from), into: String(into), logins: ['eve', 'Eve'] };
    const kind = { member: String(into), login: 'Eve', from: 'HUMAN', to: 'BOT' };
    expect(
      await scene.read(
        team,
        'SELECT actor_id AS by, action, details FROM admin_audit WHERE team_id = $1 ORDER BY id',
      ),
    ).toEqual([
      { by: null, action: 'MEMBER_MERGE', details: { ...merge, automatic: true } },
      { by: null, action: 'MEMBER_KIND', details: { ...kind, automatic: true } },
    ]);
  });

  it('is left to the next call where the time to begin one is over', async () => {
    const team = await newTeam();
    await store(scene.db, team, [aPullRequest({ author: EVELYN }), BY_LOGIN]);
    await store(scene.db, team, [aPullRequest({ number: 18, author: EVE })]);
    expect(await mergeLoginAccounts(scene.db, team.teamId, 0)).toBe(0);
    expect(await mergeLoginAccounts(scene.db, team.teamId)).toBe(1);
  });

  it('handles 500 pull requests at once', async () => {
    const team = await newTeam();
    const numbers = Array.from({ length: 1_200 }, (_, index) => index + 1);
    await store(
      scene.db,
      team,
      numbers.map((number) => aPullRequest({ number, author: EVE_BY_LOGIN })),
    );
    await store(scene.db, team, [aPullRequest({ number: 1_201, author: EVELYN })]);
    await store(scene.db, team, [aPullRequest({ number: 1_201, author: EVE })]);
    const sizes: number[] = [];
    expect(await mergeLoginAccounts(watchLists(scene.db, sizes), team.teamId)).toBe(1);
    // Of each of the 500 a week of one member is left, and one of the other is entered.
    expect(Math.max(...sizes)).toBe(1_000);
    expect(new Set(sizes)).toContain(200);
    const authors = 'SELECT count(DISTINCT author_id) FROM pull_request WHERE team_id = $1';
    expect(await readNumber(scene.sql, authors, [team.teamId])).toBe(1);
  });
});

/** A client that notes how many elements the lists have that its statements are given. */
function watchLists(db: Db, sizes: number[]): Db {
  const watch = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(of, name) {
        const value: unknown = Reflect.get(of, name);
        if (name === '$transaction') {
          return (work: (tx: DbTransaction) => unknown, options: object) =>
            db.$transaction((tx) => Promise.resolve(work(watch(tx))), options);
        }
        if (typeof value !== 'function' || !/^\$(query|execute)Raw/.test(String(name))) {
          return value;
        }
        return (...parameters: unknown[]): unknown => {
          const lists = parameters.filter((one) => typeof one === 'string' && one.startsWith('{'));
          sizes.push(...lists.map((list) => String(list).split(',').length));
          return Reflect.apply(value, of, parameters);
        };
      },
    });
  return watch(db);
}
