import { setTimeout as delay } from 'node:timers/promises';
import type { LaunchedWorkflow, WorkflowLauncher } from '../../src/contracts/launcher.ts';
import { isDomainError } from '../../src/domain/core/errors.ts';
import {
  invariants,
  toVerdict,
  makeHistory,
  openWorld,
  outcomeOf,
  type Experiment,
} from '../experiment.ts';
import { startWorkerProcess } from '../worker.ts';

const STARTS = 50;
/** The starts are spread over so many: one gateway makes one of those that are the same. */
const GATEWAYS = 5;

/** Whoever is refused tries again, as the refusal says: Temporal takes ten joins at a time, a busy machine fewer. */
const MOST_TRIES = 10;
const RETRY_MS = 500;

/** F33: many starts at once are one run. */
export const duplicateStarts: Experiment = {
  id: 'F33',
  fault: `${STARTS} startBackfill at once`,
  async run(lab) {
    const { source, first: request } = makeHistory(lab);
    const world = await openWorld(lab, { source });
    const gateways = Array.from({ length: GATEWAYS }, () => world.anotherLauncher());
    let refused = 0;
    const start = async (gateway: WorkflowLauncher): Promise<LaunchedWorkflow> => {
      for (let tries = 1; ; tries += 1) {
        try {
          return await gateway.startBackfill({
            teamId: String(world.teamId),
            repositories: request.repositories,
            since: request.since.toISOString(),
            requestedBy: null,
          });
        } catch (error) {
          const isRefusal = isDomainError(error) && error.code === 'TEMPORAL_UNAVAILABLE';
          if (!isRefusal || tries === MOST_TRIES) {
            throw error;
          }
          refused += 1;
          await delay(RETRY_MS);
        }
      }
    };
    // However busy the machine is, the run is still going on when the last start arrives: it is held until then.
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const worker = await startWorkerProcess(lab, world, () => held.then(() => true));
    const starts = await Promise.allSettled(
      Array.from({ length: STARTS / GATEWAYS }, () => gateways.map(start)).flat(),
    );
    letGo();
    const answers = starts.filter((each) => each.status === 'fulfilled').map(({ value }) => value);
    const outcome = await outcomeOf(world, answers[0]?.workflowId ?? '');
    await worker.kill();
    const jobs = await world.maintenance.syncRun.count({ where: { parentId: null } });
    const broken = await invariants(world);
    await world.close();
    const runs = new Set(answers.map((answer) => answer.workflowRunId)).size;
    const first = answers.filter((answer) => !answer.joined).length;
    return toVerdict(
      'one run, equal answers, all but one joined',
      `${STARTS} starts: ${answers.length} answers (${refused} refusals on the way), ${runs} run, ${jobs} job row, ${first} not joined, outcome ${outcome}`,
      [
        ...broken,
        { what: `${answers.length} answers`, holds: answers.length === STARTS },
        { what: `${runs} runs`, holds: runs === 1 },
        { what: `${jobs} job rows`, holds: jobs === 1 },
        // The answer to the very first may have been lost with a refusal.
        {
          what: `${first} start says that it was the first`,
          holds: first === 1 || (first === 0 && refused > 0),
        },
        { what: `outcome ${outcome}`, holds: outcome === 'COMPLETED' },
        // A clock judges on a quiet machine only.
        { what: `${refused} refusals`, holds: lab.quick || refused === 0 },
      ],
    );
  },
};
