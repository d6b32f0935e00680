import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DbTransaction } from '../../../../src/db/core/client.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { lockBases, refreshBaseKinds } from '../../../../src/db/pulls/base-kinds.ts';
import { storeNumbered } from '../../../../src/db/sync/numbered-pull-requests.ts';
import { saveRepositoryFact } from '../../../../src/db/sync/repository-facts.ts';
import { storeFacts } from '../../../../src/db/sync/store-facts.ts';
import type { PullRequestFact } from '../../../../src/domain/pulls/github-facts.ts';
import { eventually } from '../../../support/eventually.ts';
import { hoursAfter } from '../../../support/rows/facts.ts';
import { openScene, readNumber, type Scene, type SceneTeam } from '../scene.ts';
import { addTeamWithBranch, CREATED, pull, readBaseKinds } from './merges.ts';

let scene: Scene;
let teams = 0;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene.close());

function newTeam(): Promise<SceneTeam> {
  teams += 1;
  return addTeamWithBranch(scene.sql, `writers-${teams}`);
}

const SYNCED_AT = new Date('2026-01-31T00:00:00Z');

type Step = (tx: DbTransaction, team: SceneTeam) => Promise<void>;

const storing =
  (...pullRequests: readonly PullRequestFact[]): Step =>
  async (tx, team) => {
    await lockBases(tx, team);
    await storeFacts(tx, { ...team, pullRequests, rejected: [], syncedAt: SYNCED_AT });
  };

const run = (team: SceneTeam, step: Step): Promise<void> =>
  withTeam(scene.db, team.teamId, (tx) => step(tx, team));

const kinds = (team: SceneTeam) => readBaseKinds(scene.sql, team);

/** What is stored is what would be found out anew. */
async function expectSettled(team: SceneTeam): Promise<void> {
  expect(await withTeam(scene.db, team.teamId, (tx) => refreshBaseKinds(tx, team.teamId))).toBe(0);
}

describe('two transactions at the same time', () => {
  const BOTTOM = pull(1, 'b1>main');
  const TOP = pull(2, 'b2>b1');
  const STACKED = ['1 TRACKED', '2 PULL_REQUEST', '9 TRACKED'];
  /** A team that knows the people: the transactions do not wait for each other's members. */
  const teamWithMembers = async (): Promise<SceneTeam> => {
    const team = await newTeam();
    await run(team, storing(pull(9, 'b9>main')));
    return team;
  };
  const FACT = { owner: 'o', name: 'n', isPrivate: false, isArchived: false };
  const numbered =
    (...pullRequests: readonly PullRequestFact[]): Step =>
    async (tx, team) => {
      const found = { pullRequests, rejected: [], gone: [], syncedAt: SYNCED_AT };
      await storeNumbered(tx, { ...team, ...found });
    };

  /** Runs `first` to where it would commit, then `second` until it has ended or waits, and then both to their ends. */
  async function together(team: SceneTeam, first: Step, second: Step): Promise<void> {
    let commit: () => void = () => undefined;
    const mayCommit = new Promise<void>((resolve) => {
      commit = resolve;
    });
    let written: () => void = () => undefined;
    const isWritten = new Promise<void>((resolve) => {
      written = resolve;
    });
    const one = withTeam(scene.db, team.teamId, async (tx) => {
      await first(tx, team);
      written();
      await mayCommit;
    });
    await isWritten;
    let isOver = false;
    const two = run(team, second).finally(() => {
      isOver = true;
    });
    await eventually(async () => {
      const waiting = `SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      expect(isOver || (await readNumber(scene.sql, waiting)) > 0).toBe(true);
    });
    commit();
    await Promise.all([one, two]);
  }

  it.each<[string, Step, Step]>([
    ['the lower one first', storing(BOTTOM), storing(TOP)],
    ['the upper one first', storing(TOP), storing(BOTTOM)],
    ['a page and one that is asked for by its number', storing(TOP), numbered(BOTTOM)],
    ['two that are asked for by their numbers', numbered(BOTTOM), numbered(TOP)],
  ])('that store a stack give what one after the other gives: %s', async (_what, one, other) => {
    const team = await teamWithMembers();
    await together(team, one, other);
    expect(await kinds(team)).toEqual(STACKED);
    await expectSettled(team);
  });

  it('that store and change a stack that is stored do not wait for each other for ever', async () => {
    const team = await newTeam();
    await run(team, storing(BOTTOM, TOP));
    const updatedAt = hoursAfter(CREATED, 80);
    const renamed = { ...BOTTOM, headBranch: 'b8', updatedAt };
    await together(team, storing({ ...TOP, title: 'Changed', updatedAt }), storing(renamed));
    expect(await kinds(team)).toEqual(['1 TRACKED', '2 TRACKED']);
    await expectSettled(team);
  });

  it('of which one names another default branch give the same', async () => {
    const team = await newTeam();
    const name: Step = (tx, of) => saveRepositoryFact(tx, of, { ...FACT, defaultBranch: 'core' });
    await run(team, storing(pull(1, 'core>main')));
    await together(team, storing(pull(2, 'b2>core')), name);
    expect(await kinds(team)).toEqual(['1 TRACKED', '2 TRACKED']);
    await expectSettled(team);
  });

  it('of other repositories do not wait', async () => {
    const [team, other] = [await newTeam(), await newTeam()];
    await withTeam(scene.db, team.teamId, async (tx) => {
      await storing(BOTTOM)(tx, team);
      await run(other, storing(TOP));
    });
    expect(await kinds(other)).toEqual(['2 TRACKED']);
  });
});
