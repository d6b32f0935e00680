import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { mergeLoginAccounts } from '../../../../src/db/members/login-account-merges.ts';
import { setMemberExternal } from '../../../../src/db/members/member-external.ts';
import { upsertInternalMembers } from '../../../../src/db/members/members.ts';
import {
  addInsideMember,
  storeOrganizationMembers,
} from '../../../../src/db/members/organization-members.ts';
import { readMembersByLogin } from '../../../../src/db/usage/ai-usage-import.ts';
import { classifyActor, idOfLogin, type ActorFact } from '../../../../src/domain/members/actor.ts';
import {
  aCommit,
  anActor,
  aPullRequest,
  aReview,
  hoursAfter,
} from '../../../support/rows/facts.ts';
import { openMemberScene, type MemberScene } from './member-scene.ts';
import { addTeam, type SceneTeam } from '../scene.ts';
import { clearDirtyMarks, dumpFacts, readDirtyWeeks, store } from '../stored-rows.ts';

let scene: MemberScene;
let teams = 0;

beforeAll(async () => {
  scene = await openMemberScene();
});

afterAll(() => scene.close());

function newTeam(): Promise<SceneTeam> {
  teams += 1;
  return addTeam(scene.sql, `logins-${teams}`);
}

/** An account that GitHub names without an id. */
function byLogin(login: string, apiType = 'EnterpriseUserAccount'): ActorFact {
  return { githubId: idOfLogin(login), login, name: null, ...classifyActor(login, apiType) };
}

function byId(login: string, apiType = 'User', githubId?: bigint): ActorFact {
  const id = githubId === undefined ? {} : { githubId };
  return anActor({ login, ...classifyActor(login, apiType), ...id });
}

const CREATED = new Date('2025-12-16T10:00:00Z');
const at = (hours: number): Date => hoursAfter(CREATED, hours);
const CY = byId('cy');

/** Opened by one, reviewed by another after an hour and by Cy after four. */
const reviewed = (author: ActorFact, reviewer: ActorFact, number = 17) =>
  aPullRequest({
    number,
    author,
    createdAt: CREATED,
    mergedAt: at(10),
    mergedBy: CY,
    reviews: [
      aReview({ author: reviewer, state: 'APPROVED', submittedAt: at(1) }),
      aReview({ author: CY, state: 'APPROVED', submittedAt: at(4) }),
    ],
    commits: [aCommit({ author: reviewer, authoredAt: at(-2) })],
  });

interface StoredMember {
  readonly login: string;
  readonly id: string | null;
  readonly kind: string;
}

/** Members that count, with GitHub's id where it is known. */
function membersOf(team: SceneTeam): Promise<StoredMember[]> {
  return scene.read<StoredMember>(
    team,
    `SELECT login, CASE WHEN github_id > 0 THEN github_id::text END AS id, kind FROM member
     WHERE team_id = $1 AND merged_into_id IS NULL ORDER BY login, github_id`,
  );
}

const stored = ({ login, githubId, kind }: ActorFact): StoredMember => ({
  login,
  id: githubId > 0n ? String(githubId) : null,
  kind,
});

const inTeam = <T>({ teamId }: SceneTeam, work: Parameters<typeof withTeam<T>>[2]): Promise<T> =>
  withTeam(scene.db, teamId, work);

const mergeIn = ({ teamId }: SceneTeam): Promise<number> => mergeLoginAccounts(scene.db, teamId);

const EVE = byId('Eve');
const EVE_BY_LOGIN = byLogin('eve');

describe('an account that is known by its login', () => {
  it('is the one with this login whose id is known, whose review of its own work is none', async () => {
    const team = await newTeam();
    await store(scene.db, team, [reviewed(EVE, EVE_BY_LOGIN)]);
    expect(await membersOf(team)).toEqual([stored(EVE), stored(CY)]);
    expect(await scene.pickupHours(team)).toBe(4);
    await clearDirtyMarks(scene.sql, team);
    const before = await dumpFacts(scene.sql, team);
    await store(scene.db, team, [reviewed(EVE, EVE_BY_LOGIN)]);
    expect(await dumpFacts(scene.sql, team)).toEqual(before);
    expect(await readDirtyWeeks(scene.sql, team)).toEqual([]);
  });

  it('is so in pages to come too, and inside where it is seen inside', async () => {
    const team = await newTeam();
    const outside = { authorIsInternal: false };
    await store(scene.db, team, [{ ...reviewed(EVE, CY), ...outside }]);
    await store(scene.db, team, [
      aPullRequest({ number: 18, author: EVE_BY_LOGIN, authorIsInternal: true }),
    ]);
    expect(
      await scene.read(
        team,
        'SELECT login, is_external AS external FROM member WHERE team_id = $1 ORDER BY 1',
      ),
    ).toEqual([
      { login: 'Eve', external: false },
      { login: 'cy', external: false },
    ]);
  });

  it('is taken over by the first account with an id that has the login, with all that it did', async () => {
    const team = await newTeam();
    await store(scene.db, team, [reviewed(CY, EVE_BY_LOGIN)]);
    expect(await membersOf(team)).toEqual([stored(CY), stored(EVE_BY_LOGIN)]);
    await store(scene.db, team, [aPullRequest({ number: 18, author: EVE })]);
    expect(await membersOf(team)).toEqual([stored(EVE), stored(CY)]);
    const [row] = await scene.read<{ n: string }>(
      team,
      `SELECT (SELECT count(*) FROM review r WHERE r.reviewer_id = m.id)
         + (SELECT count(*) FROM commit c WHERE c.author_id = m.id)
         + (SELECT count(*) FROM pull_request p WHERE p.author_id = m.id) AS n
       FROM member m WHERE m.team_id = $1 AND m.login = 'Eve'`,
    );
    expect(row?.n).toBe('3');
    // The page that named it by its login is read again: it is still the same one.
    await store(scene.db, team, [reviewed(CY, EVE_BY_LOGIN)]);
    expect(await membersOf(team)).toEqual([stored(EVE), stored(CY)]);
  });

  it.each([
    ['a list of members', storeOrganizationMembers],
    ['a webhook', addOne],
  ])('is taken over by %s', async (_, write) => {
    const team = await newTeam();
    await store(scene.db, team, [reviewed(CY, EVE_BY_LOGIN)]);
    const found = { organization: 'octo', members: [EVE], actor: EVE };
    await inTeam(team, async (tx) => void (await write(tx, team.teamId, found)));
    expect(await membersOf(team)).toEqual([stored(EVE), stored(CY)]);
  });

  function addOne(...[tx, teamId, found]: Parameters<typeof addInsideMember>): Promise<void> {
    return addInsideMember(tx, teamId, found);
  }

  it('turns out to be an agent: what it reviewed is reviewed by nobody, and that week is dirty', async () => {
    const team = await newTeam();
    const agent = byId('cursoragent');
    expect(agent.kind).toBe('AI_AGENT');
    await store(scene.db, team, [reviewed(EVE, byLogin('cursoragent'))]);
    expect(await scene.pickupHours(team)).toBe(1);
    await clearDirtyMarks(scene.sql, team);
    await store(scene.db, team, [aPullRequest({ number: 18, author: agent, createdAt: at(-900) })]);
    // The page leaves what was reviewed alone: there may be any number of it.
    expect(await scene.pickupHours(team)).toBe(1);
    expect(await readDirtyWeeks(scene.sql, team)).not.toContain('2025-12-15');
    expect(await mergeIn(team)).toBe(1);
    expect(await membersOf(team)).toEqual([stored(EVE), stored(agent), stored(CY)]);
    expect(await scene.pickupHours(team)).toBe(4);
    expect(await readDirtyWeeks(scene.sql, team)).toContain('2025-12-15');
  });

  it('is merged with a member that comes to have this login, dirty marks and phases with it', async () => {
    const team = await newTeam();
    const before = byId('evelyn', 'User', EVE.githubId);
    await store(scene.db, team, [reviewed(before, EVE_BY_LOGIN)]);
    expect(await membersOf(team)).toHaveLength(3);
    expect(await scene.pickupHours(team)).toBe(1);
    await clearDirtyMarks(scene.sql, team);
    await store(scene.db, team, [aPullRequest({ number: 18, author: EVE, createdAt: at(-900) })]);
    expect(await membersOf(team)).toHaveLength(3);
    expect(await scene.pickupHours(team)).toBe(1);
    expect(await readDirtyWeeks(scene.sql, team)).not.toContain('2025-12-15');
    expect(await mergeIn(team)).toBe(1);
    expect(await membersOf(team)).toEqual([stored(EVE), stored(CY)]);
    expect(await scene.pickupHours(team)).toBe(4);
    expect(await readDirtyWeeks(scene.sql, team)).toContain('2025-12-15');
    expect(await mergeIn(team)).toBe(0);
  });

  it('keeps what an admin has said of it when it is merged', async () => {
    const team = await newTeam();
    const { teamId } = team;
    const before = byId('evelyn', 'User', EVE.githubId);
    await store(scene.db, team, [reviewed(before, EVE_BY_LOGIN)]);
    await scene.setKind(team, EVE_BY_LOGIN, 'BOT');
    const id = await scene.idOf(team, EVE_BY_LOGIN);
    await inTeam(team, (tx) =>
      setMemberExternal(tx, { teamId, id, isExternal: true, actorId: scene.adminId }),
    );
    await store(scene.db, team, [aPullRequest({ number: 18, author: EVE })]);
    expect(await mergeIn(team)).toBe(1);
    expect(
      await scene.read(
        team,
        `SELECT kind, external_set AS external, external_set_by_id::text AS by FROM member
         WHERE team_id = $1 AND login = 'Eve'`,
      ),
    ).toEqual([{ kind: 'BOT', external: true, by: String(scene.adminId) }]);
  });

  it('may be either of two that have had the login, and is a member of its own', async () => {
    const team = await newTeam();
    const other = byId('eve', 'User', 999n);
    await store(scene.db, team, [reviewed(EVE, CY), aPullRequest({ number: 18, author: other })]);
    await store(scene.db, team, [reviewed(CY, EVE_BY_LOGIN, 19)]);
    expect(await membersOf(team)).toEqual([
      stored(EVE),
      stored(CY),
      stored(EVE_BY_LOGIN),
      stored(other),
    ]);
    await store(scene.db, team, [aPullRequest({ number: 20, author: EVE })]);
    expect(await mergeIn(team)).toBe(0);
    expect(await membersOf(team)).toHaveLength(4);
  });

  it('is an app, which may have the login of a user: they are two', async () => {
    const team = await newTeam();
    const user = byId('renovate');
    const app = byLogin('renovate', 'Bot');
    await store(scene.db, team, [reviewed(user, app)]);
    expect(await membersOf(team)).toEqual([stored(CY), stored(app), stored(user)]);
    const known = byId('renovate', 'Bot', 77n);
    expect(await mergeIn(team)).toBe(0);
    await store(scene.db, team, [aPullRequest({ number: 18, author: known })]);
    expect(await membersOf(team)).toEqual(
      [stored(CY), stored(user), stored(known)].toSorted(order),
    );
  });

  const order = (a: StoredMember, b: StoredMember): number =>
    a.login.localeCompare(b.login) || Number(a.id) - Number(b.id);

  it('counts as what it was merged into by an admin', async () => {
    const team = await newTeam();
    await store(scene.db, team, [reviewed(CY, EVE_BY_LOGIN)]);
    await scene.merge(team, EVE_BY_LOGIN, CY);
    await store(scene.db, team, [aPullRequest({ number: 18, author: EVE })]);
    await store(scene.db, team, [aPullRequest({ number: 19, author: EVE_BY_LOGIN })]);
    expect(await mergeIn(team)).toBe(0);
    expect(
      await scene.read(
        team,
        `SELECT p.number, m.login FROM pull_request p JOIN member m ON m.id = p.author_id
         WHERE p.team_id = $1 ORDER BY 1`,
      ),
    ).toEqual([
      { number: 17, login: 'cy' },
      { number: 18, login: 'Eve' },
      { number: 19, login: 'cy' },
    ]);
  });
});

describe('two accounts with ids and one login', () => {
  it('stay two members', async () => {
    const team = await newTeam();
    const other = byId('eve', 'User', 999n);
    await store(scene.db, team, [reviewed(EVE, CY)]);
    await store(scene.db, team, [reviewed(other, CY, 18)]);
    await inTeam(team, (tx) => upsertInternalMembers(tx, team.teamId, [EVE, other]));
    expect(await membersOf(team)).toEqual([stored(EVE), stored(CY), stored(other)]);
  });
});

describe('a login in a file of usage', () => {
  it('is the account with an id, and no riddle because another row has it too', async () => {
    const team = await newTeam();
    const before = byId('evelyn', 'User', EVE.githubId);
    await store(scene.db, team, [reviewed(before, EVE_BY_LOGIN)]);
    await store(scene.db, team, [aPullRequest({ number: 18, author: EVE })]);
    await mergeIn(team);
    const read = () => inTeam(team, (tx) => readMembersByLogin(tx, team.teamId));
    const eve = await scene.idOf(team, EVE);
    expect((await read()).get('eve')).toBe(eve);
    await scene.sql.query(
      'UPDATE member SET merged_into_id = NULL WHERE team_id = $1 AND github_id < 0',
      [team.teamId],
    );
    expect((await read()).get('eve')).toBe(eve);
    const other = byId('EVE', 'User', 999n);
    await store(scene.db, team, [aPullRequest({ number: 19, author: other })]);
    expect((await read()).get('eve')).toBeNull();
  });
});
