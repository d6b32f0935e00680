import {
  differences,
  fingerprint,
  invariants,
  judge,
  openWorld,
  outcomeOf,
  runUndisturbed,
  startBackfill,
  type Experiment,
  NOW,
  makeHistory,
} from '../experiment.ts';
import { startWorkerProcess } from '../worker.ts';

/** Pages that are read before the token is revoked. */
const PAGES_BEFORE = 2;

/** F16: GitHub refuses the token in the middle of a walk; an admin gives a new one. */
export const revokedToken: Experiment = {
  id: 'F16',
  fault: 'token revoked in mid sync',
  async run(lab) {
    const { source, first: wish } = makeHistory(lab);
    const options = { source, now: () => NOW };
    lab.onProgress('F16: a run without faults');
    const expected = await runUndisturbed(lab, options, wish);
    const world = await openWorld(lab, options);
    const state = { commits: 0, askedAtRevocation: 0 };
    const worker = await startWorkerProcess(lab, world, async (moment) => {
      state.commits += moment === 'after-commit' ? 1 : 0;
      if (moment === 'after-commit' && state.commits === PAGES_BEFORE) {
        state.askedAtRevocation = world.github.stats().requests.graphql;
        world.github.failNext({ status: 401, body: { message: 'Bad credentials' } }, 10);
      }
      return true;
    });
    lab.onProgress('F16: the token is revoked');
    const first = await outcomeOf(world, await startBackfill(world, wish));
    const refused = world.github.stats().requests.graphql - state.askedAtRevocation;
    const connection = await world.maintenance.githubConnection.findFirstOrThrow();
    const stopped = await world.maintenance.syncRun.findFirstOrThrow({
      where: { parentId: { not: null } },
      orderBy: { id: 'desc' },
    });
    // The faults that are left would meet the new token.
    world.github.forgetFaults();
    await world.maintenance.githubConnection.updateMany({
      data: { status: 'ACTIVE', statusReason: null },
    });
    const askedBefore = world.github.stats().requests.graphql;
    lab.onProgress('F16: a new token');
    const second = await outcomeOf(world, await startBackfill(world, wish));
    const again = world.github.stats().requests.graphql - askedBefore;
    await worker.kill();
    const found = await fingerprint(world);
    const broken = await invariants(world);
    await world.close();
    const differing = differences(expected.rows, found, ['sync_run', 'sync_page']);
    const left = expected.requests - PAGES_BEFORE;
    return judge(
      'two refused requests at most; NEEDS_REAUTH with what to do; a new token goes on at the cursor',
      `${refused} refused, connection ${connection.status}; stopped after ${stopped.pages} pages, ${again} more of ${expected.requests} in all; outcomes ${first.slice(0, 30)}, ${second}`,
      [
        ...broken,
        { what: `${refused} refused requests`, holds: refused <= 2 },
        { what: `connection ${connection.status}`, holds: connection.status === 'NEEDS_REAUTH' },
        {
          what: `"${connection.statusReason}" does not say what to do`,
          holds: /new one/i.test(connection.statusReason ?? ''),
        },
        { what: `outcome ${second}`, holds: second === 'COMPLETED' },
        { what: `${again} pages were asked for again`, holds: again <= left + 1 },
        { what: `tables differ: ${differing.join(', ')}`, holds: differing.length === 0 },
      ],
    );
  },
};
