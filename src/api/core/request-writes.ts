import type { WorkflowLauncher } from '../../contracts/launcher.ts';
import type { AuditRecord, Written } from '../../db/core/admin-audit.ts';
import type { DbTransaction } from '../../db/core/client.ts';
import type { TeamTransactionOptions } from '../../db/core/team-transaction.ts';
import { isDomainError } from '../../domain/core/errors.ts';
import type { ApiContext } from './context.ts';
import { orInstead } from './errors.ts';

/** What one mutation writes, in the name of its viewer. */
export interface RequestWrites {
  /**
   * Runs `work` in one transaction that sees and writes the rows of one team only. What it says for the audit is
   * recorded there under the viewer's name, and what follows is read from a new moment.
   * @returns the result of the work
   * @throws DomainError OVERLOADED, CONFLICT, LIMIT_EXCEEDED, DATABASE_UNAVAILABLE, and those of the work; then nothing
   * is stored
   */
  inTeam<Result>(
    teamId: bigint,
    work: (tx: DbTransaction) => Promise<Written<Result>>,
    options?: TeamTransactionOptions,
  ): Promise<Result>;
  /**
   * The same for what an operator changes of teams, users and tokens; the audit is that of the installation.
   */
  asOperator<Result>(work: (tx: DbTransaction) => Promise<Written<Result>>): Promise<Result>;
  /**
   * Asks Temporal for what an admin wants. Who wants what is recorded first, in a transaction of its own: it is not
   * lost when this process ends before Temporal has answered, and what cannot be recorded is not asked for. Where the
   * request fails, a second entry follows, `<ACTION>_FAILED` with the code: Temporal may have taken it, or parts of it,
   * all the same. A first entry without a second one says that it was asked for, not what came of it.
   * @throws DomainError as inTeam does; then Temporal was not asked. What `request` throws
   */
  asking<Answer>(
    teamId: bigint,
    audit: AuditRecord,
    request: () => Promise<Answer>,
  ): Promise<Answer>;
}

/** The context of a mutation: only there can be written. */
export interface MutationContext extends ApiContext {
  readonly writes: RequestWrites;
}

/**
 * Ends the read session before each call of Temporal, which may take seconds: a connection of the pool is not held
 * meanwhile, and what is read afterwards is read from a new moment.
 */
function releasingReads({ services, reads }: ApiContext): WorkflowLauncher {
  const { launcher } = services;
  const after =
    <Args extends readonly unknown[], Answer>(call: (...args: Args) => Promise<Answer>) =>
    async (...args: Args): Promise<Answer> => {
      await reads.refresh();
      return call(...args);
    };
  return {
    workflowIdOf: launcher.workflowIdOf,
    joinBackfill: after(launcher.joinBackfill),
    startBackfill: after(launcher.startBackfill),
    startWorkflow: after(launcher.startWorkflow),
    scheduleDaily: after(launcher.scheduleDaily),
    controlSync: after(launcher.controlSync),
    scheduleTeam: after(launcher.scheduleTeam),
    unscheduleTeam: after(launcher.unscheduleTeam),
    listSchedules: after(launcher.listSchedules),
    pauseSchedule: after(launcher.pauseSchedule),
    signalWebhooks: after(launcher.signalWebhooks),
    readQueues: launcher.readQueues,
    workflowUrl: launcher.workflowUrl,
  };
}

/** Gives a request its writes, and a launcher that holds no reads while Temporal is asked. */
export function toMutationContext(context: ApiContext, actorId: bigint): MutationContext {
  const inTeam: RequestWrites['inTeam'] = async (teamId, work, options) => {
    const result = await context.services.writes.inTeam(teamId, actorId, work, options);
    await context.reads.refresh();
    return result;
  };
  const record = (teamId: bigint, audit: AuditRecord): Promise<void> =>
    inTeam(teamId, async () => ({ result: undefined, audit }));
  return {
    ...context,
    services: { ...context.services, launcher: releasingReads(context) },
    writes: {
      inTeam,
      async asOperator(work) {
        const result = await context.services.writes.asOperator(actorId, work);
        await context.reads.refresh();
        return result;
      },
      async asking(teamId, audit, request) {
        await record(teamId, audit);
        try {
          return await request();
        } catch (error) {
          const { action, details } = audit;
          const code = isDomainError(error) ? error.code : 'UNEXPECTED';
          const failed = { action: `${action}_FAILED`, details: { ...details, code } };
          // Why the request failed matters more than that this could not be recorded.
          await orInstead(record(teamId, failed), undefined);
          throw error;
        }
      },
    },
  };
}
