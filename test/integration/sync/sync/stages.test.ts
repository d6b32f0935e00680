import { afterEach, expect, it } from 'vitest';
import { SYNC_STAGES } from '../../../../src/domain/sync/sync-stage.ts';
import { newPullRequest, type GitHubData } from '../../../../src/demo/core/github-data.ts';
import { dumpBusinessRows } from '../../../support/rows/business-rows.ts';
import { aSource } from '../../../unit/demo/small-world.ts';
import { openStageWorld, type StageWorld } from '../stage-world.ts';

const NOW = new Date('2026-03-10T12:00:00Z');
const SINCE = new Date('2026-02-01T00:00:00Z');

let worlds: StageWorld[] = [];

afterEach(async () => {
  await Promise.all(worlds.map((world) => world.close()));
  worlds = [];
});

const day = (n: number): string => new Date(Date.UTC(2026, 1, n)).toISOString().replace('.000', '');
const oid = (n: number): string => n.toString(16).padStart(40, '0');

/** Something of every stage: 120 comments on lines, 5 running checks, 10 deployments, 120 releases. */
function everything(): GitHubData {
  const numbers = Array.from({ length: 5 }, (_, index) => index + 1);
  return aSource(
    numbers.map((number) =>
      newPullRequest({
        databaseId: 1_000 + number,
        number,
        title: `Change ${number}`,
        author: 'ada',
        createdAt: day(number),
        mergedAt: day(number + 1),
        mergedBy: 'bo',
        mergeCommitOid: oid(number),
        reviewComments: Array.from({ length: 24 }, (_, n) => ({
          databaseId: number * 100 + n,
          reviewId: null,
          author: n === 1 ? null : 'bo',
          authorAssociation: 'MEMBER' as const,
          createdAt: day(number),
          body: 'Why?',
          path: 'a.ts',
        })),
        headOid: oid(500 + number),
        checks: [
          {
            databaseId: number,
            headOid: oid(500 + number),
            name: 'ci',
            app: 'github-actions',
            startedAt: '2026-03-10T11:00:00Z',
            completedAt: '2026-03-10T13:00:00Z',
            conclusion: 'SUCCESS',
          },
        ],
      }),
    ),
    {
      history: [0, ...numbers].map((n) => ({
        oid: oid(n),
        parents: n === 0 ? [] : [oid(n - 1)],
        at: day(n === 0 ? 1 : n + 1),
      })),
      deployments: numbers.flatMap((n) =>
        ['production', 'staging'].map((environment, index) => ({
          databaseId: n * 2 + index,
          environment,
          ref: 'main',
          oid: oid(n),
          creator: 'bo',
          description: null,
          createdAt: day(n + 1),
          statuses: [{ state: 'SUCCESS', at: day(n + 1) }],
        })),
      ),
      releases: Array.from({ length: 120 }, (_, n) => ({
        databaseId: n + 1,
        tag: `v${n}`,
        name: null,
        oid: null,
        isDraft: n === 3,
        isPrerelease: false,
        author: 'ada',
        createdAt: day(1 + (n % 35)),
        publishedAt: n === 3 ? null : day(1 + (n % 35)),
      })),
    },
  );
}

async function open(): Promise<StageWorld> {
  const world = await openStageWorld(everything(), NOW);
  worlds.push(world);
  return world;
}

/** Syncs the pull requests, and then runs the stages that are due, taking up again what a kill left. */
async function runAll(world: StageWorld, listen: (() => void) | null): Promise<void> {
  const due = await world.syncPullRequests(SINCE);
  world.setNow(new Date('2026-03-10T14:00:00Z'));
  world.onFailpoint(listen);
  for (const stage of SYNC_STAGES.filter((one) => due.includes(one))) {
    for (let isOver = false; !isOver;) {
      isOver = await world.step(stage).then(
        ({ next }) => next === 'DONE',
        (error: Error) => {
          if (error.message !== 'killed') {
            throw error;
          }
          return false;
        },
      );
    }
  }
}

it('comes out the same when the activity ends before a request, before its commit and behind it', async () => {
  const [calm, killed] = [await open(), await open()];
  await runAll(calm, null);
  let failpoints = 0;
  await runAll(killed, () => {
    failpoints += 1;
    // A step has four failpoints: these two kill at one after another, and let every few steps through.
    if (failpoints % 5 === 0 || failpoints % 7 === 0) {
      throw new Error('killed');
    }
  });
  expect(failpoints).toBeGreaterThan(50);
  const [expected, actual] = await Promise.all(
    [calm, killed].map((world) => dumpBusinessRows(world.scene.maintenanceDb())),
  );
  expect(expected?.['deployment_commit']?.length).toBe(8);
  expect(expected?.['release']?.length).toBe(120);
  expect(expected?.['comment']?.length).toBe(120);
  expect(actual).toEqual(expected);
});

it('has all its tries again for what fails behind a commit', async () => {
  const { syncPullRequests, step, run, rows, onFailpoint } = await open();
  await syncPullRequests(SINCE);
  let commits = 0;
  onFailpoint((failpoint) => {
    commits += failpoint === 'before-commit' ? 1 : 0;
    if (commits === 3) {
      throw new Error('broken off');
    }
  });
  expect(await step('DEPLOYMENTS')).toEqual({ next: 'MORE' });
  onFailpoint((failpoint) => {
    if (failpoint === 'before-commit') {
      throw new Error('broken off');
    }
  });
  await expect(step('DEPLOYMENTS')).rejects.toThrow('broken off');
  onFailpoint(null);
  await run('DEPLOYMENTS');
  expect(await rows('SELECT count(*)::int FROM deployment_commit')).toEqual([[8]]);
});

it('waits for a limit that stands, shows it in the run, and goes on behind it', async () => {
  const { syncPullRequests, run, step, rows, github, setNow } = await open();
  await syncPullRequests(SINCE);
  github.failNext({ retryAfter: 30 });
  const waiting = await step('DEPLOYMENTS');
  expect(waiting).toMatchObject({ next: 'WAIT' });
  const shown = await rows(
    `SELECT stage, waiting_until IS NOT NULL, waiting_reason IS NOT NULL FROM sync_run WHERE repository_id IS NOT NULL`,
  );
  expect(shown).toEqual([['DEPLOYMENTS', true, true]]);
  setNow(new Date(NOW.getTime() + 60_000));
  await run('DEPLOYMENTS');
  expect(await rows('SELECT count(*)::int FROM deployment_commit')).toEqual([[8]]);
  expect(await rows('SELECT waiting_until FROM sync_run WHERE repository_id IS NOT NULL')).toEqual([
    [null],
  ]);
});
