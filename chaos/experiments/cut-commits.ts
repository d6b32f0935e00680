import { withDirectConnection } from '../../src/db/core/direct-connection.ts';
import { compare, toVerdict, makeHistory, runBackfill, type Experiment } from '../experiment.ts';
import { createSequence } from '../lab.ts';
import { startWorkerProcess } from '../worker.ts';

/** One of so many commits is cut off: a page that was cut off may be so once more, and then Temporal waits longer. */
const MOST_PASSED = 3;

const OPEN_TRANSACTIONS = `SELECT pid FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle in transaction'`;
const END = `SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid`;

/** F5: PostgreSQL ends the connection of a transaction that is about to commit, or that commits at that moment. */
export const cutCommits: Experiment = {
  id: 'F5',
  fault: 'pg_terminate_backend at COMMIT',
  async run(lab) {
    const cuts = lab.quick ? 6 : 50;
    const next = createSequence(lab.seed);
    const { source, all: request } = makeHistory(lab);
    const compared = await compare(lab, {
      id: 'F5',
      options: { source, parallelRepositories: 1 },
      request,
      disturb: (world) =>
        withDirectConnection(world.database.superuserUrl, async (superuser) => {
          const cut = { before: 0, during: 0 };
          let left = 1;
          const endings: Promise<void>[] = [];
          const worker = await startWorkerProcess(lab, world, async (failpoint) => {
            left -= failpoint === 'before-commit' ? 1 : 0;
            if (left > 0 || failpoint !== 'before-commit' || cut.before + cut.during === cuts) {
              return true;
            }
            left = 1 + Math.floor(next() * MOST_PASSED);
            const { rows } = await superuser.query<{ pid: number }>(OPEN_TRANSACTIONS);
            if (rows.length === 0) {
              return true;
            }
            const ending = superuser.query(END, [rows.map(({ pid }) => pid)]);
            if (next() < 0.5) {
              cut.before += 1;
              await ending;
            } else {
              // The worker goes on meanwhile: whether its COMMIT is faster is open.
              cut.during += 1;
              endings.push(ending.then(() => undefined));
            }
            lab.onProgress(`F5: ${cut.before + cut.during} of ${cuts} commits cut off`);
            return true;
          });
          const outcome = await runBackfill(world, request);
          await Promise.all(endings);
          await worker.kill();
          const twice = await world.maintenance.$queryRaw<unknown[]>`
            SELECT sync_run_id, page FROM sync_page GROUP BY 1, 2 HAVING count(*) > 1`;
          return { cut, outcome, twice: twice.length };
        }),
    });
    const { cut, outcome, twice } = compared.found;
    return toVerdict(
      'same rows; no page is in the ledger twice',
      `${cut.before} connections ended before COMMIT, ${cut.during} while it ran; outcome ${outcome}`,
      [
        ...compared.checks,
        { what: `outcome ${outcome}`, holds: outcome === 'COMPLETED' },
        {
          what: `${cut.before + cut.during} were cut off`,
          holds: cut.before + cut.during === cuts,
        },
        { what: `${twice} pages are there twice`, holds: twice === 0 },
      ],
    );
  },
};
