import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { refreshBaseKinds } from '../../../../src/db/pulls/base-kinds.ts';
import { rollUpTeam } from '../../../../src/db/rollups/roll-up-team.ts';
import { commitNestedPage } from '../../../../src/db/sync/nested-lists.ts';
import { storeFacts } from '../../../../src/db/sync/store-facts.ts';
import type { DbTransaction } from '../../../../src/db/core/client.ts';
import type { CommitFact, PullRequestFact } from '../../../../src/domain/pulls/github-facts.ts';
import { aCommit, aPullRequest, hoursAfter } from '../../../support/rows/facts.ts';
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
  return addTeamWithBranch(scene.sql, `orders-${teams}`);
}

const SYNCED_AT = new Date('2026-01-31T00:00:00Z');
const COMMITS: readonly CommitFact[] = ['one', 'two', 'three'].map((headline) =>
  aCommit({ headline, authoredAt: CREATED }),
);

type Step = (tx: DbTransaction, team: SceneTeam) => Promise<void>;

const storing =
  (...pullRequests: readonly PullRequestFact[]): Step =>
  async (tx, team) => {
    await storeFacts(tx, { ...team, pullRequests, rejected: [], syncedAt: SYNCED_AT });
  };

/** A later page of the commits of a pull request, which ends the list unless another page follows. */
const page =
  (
    number: number,
    cursor: string,
    commits: readonly CommitFact[],
    nextCursor: string | null,
  ): Step =>
  async (tx, team) => {
    const { id } = await tx.pullRequest.findFirstOrThrow({
      where: { teamId: team.teamId, number },
    });
    await commitNestedPage(tx, {
      ...team,
      syncRunId: 0n,
      list: { pullRequestId: id, number, githubId: 1_000_000n, list: 'COMMITS', cursor },
      page: {
        facts: { ...aPullRequest(), commits, unread: [{ list: 'COMMITS', cursor: '' }] },
        checkState: null,
        checkStateRaw: null,
        nextCursor,
      },
    });
  };

const run = (team: SceneTeam, step: Step): Promise<void> =>
  withTeam(scene.db, team.teamId, (tx) => step(tx, team));

const kinds = (team: SceneTeam) => readBaseKinds(scene.sql, team);

/** What is stored is what would be found out anew. */
async function expectSettled(team: SceneTeam): Promise<void> {
  expect(await withTeam(scene.db, team.teamId, (tx) => refreshBaseKinds(tx, team.teamId))).toBe(0);
}

describe('commits that come with later pages', () => {
  const [first, second, third] = COMMITS as [CommitFact, CommitFact, CommitFact];
  const FORK = { isCrossRepository: true };
  const long = (commits: readonly CommitFact[]) => ({
    commits,
    unread: [{ list: 'COMMITS' as const, cursor: 'a' }],
  });

  it.each<[string, Step[]]>([
    [
      'of the one that was merged',
      [
        storing(
          pull(1, 'b1>main', { ...FORK, commits: [second] }),
          pull(2, 'b2>b1', long([first])),
        ),
        page(2, 'a', [second], null),
      ],
    ],
    [
      'of the head of a fork, before the last page',
      [
        storing(
          pull(1, 'b1>main', { ...FORK, ...long([first]) }),
          pull(2, 'b2>b1', { commits: [second] }),
        ),
        page(1, 'a', [second], 'b'),
      ],
    ],
    [
      'of both, on their last pages',
      [
        storing(
          pull(1, 'b1>main', { ...FORK, ...long([first]) }),
          pull(2, 'b2>b1', long([second])),
        ),
        page(1, 'a', [third], null),
        page(2, 'a', [third], null),
      ],
    ],
  ])('%s say that a pull request went along', async (_what, steps) => {
    const team = await newTeam();
    for (const step of steps) {
      await run(team, step);
    }
    expect((await kinds(team))[1]).toBe('2 PULL_REQUEST');
    await expectSettled(team);
  });

  it('and vanish with the last page say it no longer, and the weeks follow', async () => {
    const team = await newTeam();
    const fork = pull(1, 'b1>main', { ...FORK, commits: [first, second] });
    await run(team, storing(fork, pull(2, 'b2>b1', { commits: [second] })));
    expect((await kinds(team))[1]).toBe('2 PULL_REQUEST');
    await rollUpTeam(scene.db, team.teamId);
    const changed = { ...fork, ...long([first]), updatedAt: hoursAfter(CREATED, 90) };
    await run(team, storing(changed));
    await run(team, page(1, 'a', [third], null));
    expect((await kinds(team))[1]).toBe('2 TRACKED');
    await rollUpTeam(scene.db, team.teamId);
    const merged = 'SELECT sum(pull_requests_merged) FROM weekly_metrics WHERE team_id = $1';
    expect(await readNumber(scene.sql, merged, [team.teamId])).toBe(2);
  });
});

/** A pull request as one page has it, with pages of commits behind it. */
interface Version {
  readonly head: string;
  readonly base: string;
  readonly isMerged: boolean;
  readonly isFork: boolean | null;
  readonly first: readonly CommitFact[];
  readonly later: readonly (readonly CommitFact[])[] | null;
}

describe('the order in which pages arrive', () => {
  const branch = fc.constantFrom('b1', 'b2', 'b3', 'main');
  const commits = fc.subarray([...COMMITS]);
  const version: fc.Arbitrary<Version> = fc.record({
    head: branch,
    base: branch,
    isMerged: fc.boolean(),
    isFork: fc.constantFrom(true, false, null),
    first: commits,
    later: fc.option(fc.array(commits, { minLength: 1, maxLength: 2 })),
  });
  /** The versions of each pull request, and whose next page arrives. */
  const histories = fc
    .array(fc.array(version, { minLength: 1, maxLength: 2 }), { minLength: 2, maxLength: 4 })
    .chain((pulls) => {
      const turns = pulls.flatMap((versions, index) =>
        stepsOf(index + 1, versions).map(() => index),
      );
      const anyOrder = fc.shuffledSubarray(turns, { minLength: turns.length });
      return fc.tuple(fc.constant(pulls), anyOrder, anyOrder);
    });

  function stepsOf(number: number, versions: readonly Version[]): Step[] {
    return versions.flatMap(({ head, base, isMerged, isFork, first, later }, index) => {
      const cursors = (later ?? []).map((_, at) => `${index}-${at}`);
      const fact = pull(number, `${head}>${base}`, {
        ...(isMerged ? {} : { state: 'OPEN' as const }),
        isCrossRepository: isFork,
        updatedAt: hoursAfter(CREATED, 50 + index),
        commits: first,
        unread: cursors.slice(0, 1).map((cursor) => ({ list: 'COMMITS' as const, cursor })),
      });
      const pages = (later ?? []).map((some, at) =>
        page(number, cursors[at] ?? '', some, cursors[at + 1] ?? null),
      );
      return [storing(fact), ...pages];
    });
  }

  async function arrive(
    pulls: readonly (readonly Version[])[],
    turns: readonly number[],
  ): Promise<string[]> {
    const team = await newTeam();
    const left = pulls.map((versions, index) => stepsOf(index + 1, versions));
    for (const turn of turns) {
      const step = left[turn]?.shift();
      if (step !== undefined) {
        await run(team, step);
      }
    }
    await expectSettled(team);
    return kinds(team);
  }

  it('changes no kind of base', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async ([pulls, one, other]) => {
        expect(await arrive(pulls, other)).toEqual(await arrive(pulls, one));
      }),
      { numRuns: 30, endOnFailure: true },
    );
  }, 120_000);
});
