import { describe, expect, it } from 'vitest';
import type { GitHubData } from '../../../../src/demo/core/github-data.ts';
import { SINCE, useStageWorlds, type StageWorld } from '../stage-world.ts';
import { deploymentsOf, historySource, instant, line, sha, START } from './history-source.ts';

const open = useStageWorlds();

/** Requests for ranges that one run of the stage sent: of histories, and of comparisons. */
async function readRanges(of: StageWorld, fault?: Failing) {
  await of.syncPullRequests(SINCE);
  const before = of.github.stats().requests;
  let pagesOfDeployments = 0;
  let left = fault?.times ?? 0;
  of.onFailpoint(async (failpoint) => {
    if (failpoint === 'before-fetch') {
      const [[cursor]] = (await of.rows(
        `SELECT coalesce(cursor, 'list ') FROM repository_stage WHERE stage = 'DEPLOYMENTS'`,
      )) as [[string]];
      const isList = cursor.startsWith('list ');
      pagesOfDeployments += isList ? 1 : 0;
      if (fault !== undefined && !isList && left > 0) {
        left -= 1;
        of.github.failNext(fault.failing);
      }
    }
  });
  await of.run('DEPLOYMENTS');
  of.onFailpoint(null);
  const after = of.github.stats().requests;
  return {
    history: after.graphql - before.graphql - pagesOfDeployments,
    compared: after.rest - before.rest,
  };
}

const STATES = `SELECT compare_state, count(*)::int FROM deployment GROUP BY 1 ORDER BY 1`;

/** What GitHub answers to the first questions for history. */
interface Failing {
  readonly failing: Parameters<StageWorld['github']['failNext']>[0];
  readonly times: number;
}

async function syncOf(source: GitHubData, failing?: Failing) {
  const of = await open(source);
  return { of, requests: await readRanges(of, failing) };
}

const NO_SUCH_FIELD = {
  message: "Field 'history' doesn't exist on type 'Commit'",
  extensions: { code: 'undefinedField' },
};

/** Each range as it is stored, by its deployment. */
async function storedRanges(of: StageWorld): Promise<ReadonlyMap<number, readonly string[]>> {
  const rows = await of.rows(`SELECT d.github_id::int,
      array(SELECT c.sha FROM deployment_commit c WHERE c.deployment_id = d.github_id ORDER BY c.sha)
    FROM deployment d WHERE d.compare_state = 'COMPARED' ORDER BY 1`);
  return new Map(rows as [number, string[]][]);
}

const every = (step: number, to: number): string[] =>
  Array.from({ length: Math.floor(to / step) }, (_, index) => sha((index + 1) * step));

describe('the commits of deployments', () => {
  it('of one branch come from its history, a hundred a request, instead of one comparison each', async () => {
    const { of, requests } = await syncOf(historySource(line(450), deploymentsOf(every(9, 450))));
    expect(requests).toEqual({ history: 5, compared: 0 });
    expect(await of.rows(STATES)).toEqual([
      ['COMPARED', 49],
      ['FIRST', 1],
    ]);
    const ranges = await storedRanges(of);
    expect(ranges.get(2)).toEqual(Array.from({ length: 9 }, (_, index) => sha(10 + index)));
    expect(new Set([...ranges.values()].map(({ length }) => length))).toEqual(new Set([9]));
  });

  it('are read of a second environment by one request more', async () => {
    const { requests } = await syncOf(
      historySource(line(450), [
        ...deploymentsOf(every(9, 450)),
        ...deploymentsOf(every(10, 440), 'staging', 101),
      ]),
    );
    expect(requests).toEqual({ history: 5, compared: 0 });
  });

  it('are read of new deployments only as far as they are new', async () => {
    const history = line(500);
    const { of } = await syncOf(historySource(history, deploymentsOf(every(10, 300))));
    of.github.setSource(historySource(history, deploymentsOf(every(10, 500))));
    expect(await readRanges(of)).toEqual({ history: 1, compared: 0 });
    expect(await of.rows(STATES)).toEqual([
      ['COMPARED', 49],
      ['FIRST', 1],
    ]);
  });

  it('are compared where these are few, and where history would take as many requests', async () => {
    const few = await syncOf(historySource(line(60), deploymentsOf(every(20, 60))));
    expect(few.requests).toEqual({ history: 0, compared: 2 });
    expect([...(await storedRanges(few.of)).values()].map(({ length }) => length)).toEqual([
      20, 20,
    ]);
  });

  it('never take more requests than comparing, however long they are', async () => {
    const { of, requests } = await syncOf(
      historySource(line(2_000), deploymentsOf(every(200, 2_000))),
    );
    expect(requests.history + requests.compared).toBeLessThanOrEqual(9 * 2);
    expect([...(await storedRanges(of)).values()].map(({ length }) => length)).toEqual(
      Array<number>(9).fill(200),
    );
  });

  it('of the same commit as before are none, without a request', async () => {
    const { of, requests } = await syncOf(
      historySource(line(3), deploymentsOf([sha(1), ...Array<string>(60).fill(sha(2)), sha(3)])),
    );
    expect(requests).toEqual({ history: 0, compared: 2 });
    expect(
      await of.rows('SELECT commit_count, count(*)::int FROM deployment GROUP BY 1 ORDER BY 1'),
    ).toEqual([
      [0, 59],
      [1, 2],
      [null, 1],
    ]);
  });

  it('of previews take one request for the first nine environments, and one for each other', async () => {
    // Each branch leaves the main line at another commit and has twelve of its own, all deployed.
    const main = line(50);
    const branches = Array.from({ length: 12 }, (_, branch) =>
      Array.from({ length: 12 }, (__, index) => ({
        oid: sha(1_000 * (branch + 1) + index),
        parents: [index === 0 ? sha(4 * (branch + 1)) : sha(1_000 * (branch + 1) + index - 1)],
        at: instant(START + 1_000 + branch * 100 + index),
      })),
    );
    const deployments = branches.flatMap((commits, branch) =>
      deploymentsOf(
        commits.map(({ oid }) => oid),
        `preview-${branch}`,
        1 + branch * 100,
      ),
    );
    const { of, requests } = await syncOf(
      historySource([...main, ...branches.flat()], deployments),
    );
    expect(requests).toEqual({ history: 4, compared: 0 });
    expect(await of.rows(STATES)).toEqual([
      ['COMPARED', 132],
      ['FIRST', 12],
    ]);
  });

  it('of a rollback and what follows it are right', async () => {
    const { of, requests } = await syncOf(
      historySource(
        line(40),
        deploymentsOf([sha(10), sha(20), sha(30), sha(20), sha(40), sha(40)]),
      ),
    );
    expect(requests).toEqual({ history: 1, compared: 0 });
    const lengths = [...(await storedRanges(of))].map(([id, { length }]) => [id, length]);
    expect(lengths).toEqual([
      [2, 10],
      [3, 10],
      [4, 0],
      [5, 20],
      [6, 0],
    ]);
  });

  it('are told although the newest deployed commit is gone, which is compared', async () => {
    const { of, requests } = await syncOf(
      historySource(line(200), deploymentsOf([...every(10, 200), 'f'.repeat(40)])),
    );
    expect(requests.compared).toBe(1);
    expect(requests.history).toBeLessThanOrEqual(4);
    expect(await of.rows(STATES)).toEqual([
      ['COMPARED', 19],
      ['FIRST', 1],
      ['UNAVAILABLE', 1],
    ]);
  });

  it('are compared where the token may not read the history, or the server does not tell it', async () => {
    const { of, requests } = await syncOf(historySource(line(40), deploymentsOf(every(10, 40))), {
      failing: { status: 200, body: { errors: [NO_SUCH_FIELD] } },
      times: 1,
    });
    expect(requests).toEqual({ history: 1, compared: 3 });
    expect(await of.rows(STATES)).toEqual([
      ['COMPARED', 3],
      ['FIRST', 1],
    ]);
  });

  it('are read in smaller pages, and compared where GitHub does not answer for these either', async () => {
    const source = historySource(line(100), deploymentsOf(every(10, 100)));
    const smaller = await syncOf(source, { failing: { status: 502 }, times: 1 });
    expect(smaller.requests.compared).toBe(0);
    const none = await syncOf(source, { failing: { status: 502 }, times: 2 });
    expect(none.requests).toEqual({ history: 2, compared: 9 });
    for (const { of } of [smaller, none]) {
      expect(await of.rows(STATES)).toEqual([
        ['COMPARED', 9],
        ['FIRST', 1],
      ]);
    }
  });

  it('go on after a kill at each commit, and are what one run finds', async () => {
    const of = await open(historySource(line(450), deploymentsOf(every(9, 450))));
    await of.syncPullRequests(SINCE);
    let kills = 0;
    for (let isOver = false; !isOver;) {
      of.onFailpoint((failpoint) => {
        if (failpoint === 'after-commit' || (failpoint === 'before-commit' && kills % 3 === 0)) {
          kills += 1;
          throw new Error('killed');
        }
      });
      isOver = await of.step('DEPLOYMENTS').then(
        ({ next }) => next === 'DONE',
        () => false,
      );
    }
    expect(kills).toBeGreaterThan(10);
    const ranges = await storedRanges(of);
    expect(ranges.size).toBe(49);
    expect(new Set([...ranges.values()].map(({ length }) => length))).toEqual(new Set([9]));
  });

  it('of a stage that was begun by an older version, which compares, are compared on', async () => {
    const of = await open(historySource(line(40), deploymentsOf(every(10, 40))));
    await of.syncPullRequests(SINCE);
    of.onFailpoint((failpoint) => {
      if (failpoint === 'after-commit') {
        throw new Error('killed');
      }
    });
    expect(await of.step('DEPLOYMENTS')).toEqual({ next: 'MORE' });
    of.onFailpoint(null);
    await of.rows(`UPDATE repository_stage SET cursor = 'ranges 0:1' WHERE stage = 'DEPLOYMENTS'`);
    const { rest } = of.github.stats().requests;
    await of.run('DEPLOYMENTS');
    expect(of.github.stats().requests.rest - rest).toBe(3);
    expect(await of.rows(STATES)).toEqual([
      ['COMPARED', 3],
      ['FIRST', 1],
    ]);
  });

  it('are told of ranges that GitHub did not answer for before, which then are resolved', async () => {
    const of = await open(historySource(line(40), deploymentsOf(every(10, 40))));
    await of.syncPullRequests(SINCE);
    await of.run('DEPLOYMENTS');
    await of.rows(`INSERT INTO dead_letter (team_id, repository_id, entity, natural_key, reason_code, reason,
        first_seen_at, last_seen_at, retry_requested_at)
      SELECT team_id, repository_id, 'deployment_ranges', github_id::text, 'NOT_ANSWERED', 'gone', now(), now(), now()
      FROM deployment WHERE github_id = 3`);
    await of.rows(
      `UPDATE deployment SET compare_state = 'UNAVAILABLE', compare_reason = 'gone', commit_count = NULL WHERE github_id = 3`,
    );
    await of.rows('DELETE FROM deployment_commit WHERE deployment_id = 3');
    await of.setDue('DEPLOYMENTS');
    const { rest } = of.github.stats().requests;
    await of.run('DEPLOYMENTS');
    expect(of.github.stats().requests.rest).toBe(rest);
    expect((await storedRanges(of)).get(3)).toHaveLength(10);
    expect(
      await of.rows('SELECT count(*)::int FROM dead_letter WHERE resolved_at IS NULL'),
    ).toEqual([[0]]);
  });
});
