import {
  compare,
  toVerdict,
  makeHistory,
  SYNC_LOG_TABLES,
  runBackfill,
  type Experiment,
} from '../experiment.ts';
import { startWorkerProcess } from '../worker.ts';

/** Pages that are read before the token is revoked. */
const PAGES_BEFORE = 2;

/** F16: GitHub refuses the token in the middle of a sync; an admin gives a new one. */
export const revokedToken: Experiment = {
  id: 'F16',
  fault: 'token revoked during a sync',
  async run(lab) {
    const { source, first: request } = makeHistory(lab);
    const compared = await compare(lab, {
      id: 'F16',
      options: { source },
      request,
      without: SYNC_LOG_TABLES,
      async disturb(world) {
        const asked = () => world.github.stats().requests;
        const state = { commits: 0, askedAtRevocation: 0 };
        const worker = await startWorkerProcess(lab, world, async (failpoint) => {
          state.commits += failpoint === 'after-commit' ? 1 : 0;
          if (failpoint === 'after-commit' && state.commits === PAGES_BEFORE) {
            state.askedAtRevocation = sum(asked());
            world.github.failNext({ status: 401, body: { message: 'Bad credentials' } }, 10);
          }
          return true;
        });
        const first = await runBackfill(world, request);
        const refused = sum(asked()) - state.askedAtRevocation;
        const connection = await world.maintenance.githubConnection.findFirstOrThrow();
        const stopped = await world.maintenance.syncRun.findFirstOrThrow({
          where: { parentId: { not: null } },
          orderBy: { id: 'desc' },
        });
        // The faults that are left would meet the new token.
        world.github.clearFaults();
        await world.maintenance.githubConnection.updateMany({
          data: { status: 'ACTIVE', statusReason: null },
        });
        const askedBefore = asked().graphql;
        lab.onProgress('F16: a new token');
        const second = await runBackfill(world, request);
        await worker.kill();
        return {
          first,
          second,
          refused,
          connection,
          stopped,
          again: asked().graphql - askedBefore,
        };
      },
    });
    const { expected } = compared;
    const { first, second, refused, connection, stopped, again } = compared.found;
    const left = expected.requests - PAGES_BEFORE;
    return toVerdict(
      'two refused requests at most; NEEDS_REAUTH with what to do; a new token goes on at the cursor',
      `${refused} refused, connection ${connection.status}; stopped after ${stopped.pages} pages, ${again} more of ${expected.requests} in all; outcomes ${first.slice(0, 30)}, ${second}`,
      [
        ...compared.checks,
        { what: `${refused} refused requests`, holds: refused <= 2 },
        { what: `connection ${connection.status}`, holds: connection.status === 'NEEDS_REAUTH' },
        {
          what: `"${connection.statusReason}" does not say what to do`,
          holds: /new one/i.test(connection.statusReason ?? ''),
        },
        { what: `outcome ${second}`, holds: second === 'COMPLETED' },
        { what: `${again} pages were asked for again`, holds: again <= left + 1 },
      ],
    );
  },
};

function sum({ rest, graphql }: { readonly rest: number; readonly graphql: number }): number {
  return rest + graphql;
}
