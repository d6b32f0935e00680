import { continueAsNew, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type {
  ApplyRetentionInput,
  ApplyRetentionResult,
  ExpiredTable,
  RetentionActivities,
} from '../../contracts/retention.ts';
import { removesAiUsage } from '../../domain/retention/retention.ts';
import { activitiesOn } from '../core/activity-proxies.ts';

/** Plans of one run, each of fifty teams: with their deletions a run stays far below Temporal's 10,240 events. */
const PLANS_PER_RUN = 10;

/** After so many deleted rows of a table the planner's statistics are wrong. */
const MANY_ROWS = 10_000;

const activities = activitiesOn<RetentionActivities>('compute', '10m');

/**
 * Deletes what is older than each team's settings allow. AI usage is rolled up before it is deleted; where that is not
 * possible now, it stays until the next run, and the result says so. The months of AI usage that no team needs any more
 * are dropped first, as whole partitions (only when the run is for all teams); the rest is deleted in batches. Each
 * transaction writes what it deleted to the team's audit, so nothing is counted twice or missed, wherever a process dies;
 * a second run finds nothing left. After a cancellation no further batch is started. The workflow continues as new every
 * ten plans of fifty teams.
 */
export async function applyRetention(input: ApplyRetentionInput): Promise<ApplyRetentionResult> {
  const { teamId, days, kind, requestedBy } = input;
  let result = input.carryOver?.result ?? (await dropPartitions());
  let after = input.carryOver?.after ?? '0';
  for (let plans = 0; plans < PLANS_PER_RUN; plans += 1) {
    if (workflowInfo().continueAsNewSuggested) {
      break;
    }
    const plan = await activities.planRetention({ teamId, after, days, kind });
    await removeRows(plan.tables);
    result = { ...result, teams: result.teams + plan.teams };
    if (plan.next === null) {
      return result;
    }
    after = plan.next;
  }
  return continueAsNew<typeof applyRetention>({ ...input, carryOver: { after, result } });

  async function dropPartitions(): Promise<ApplyRetentionResult> {
    const nothing = {
      teams: 0,
      rowsDeleted: 0,
      rowsByTable: {},
      partitionsDropped: [],
      partitionsBusy: [],
      teamsWaiting: 0,
      skipped: [],
    };
    if (teamId !== null || !removesAiUsage(kind)) {
      return nothing;
    }
    setCurrentDetails('Rolling up all teams');
    for (let next: string | null = '0'; next !== null;) {
      ({ next } = await activities.rollUpTeams({ after: next }));
    }
    setCurrentDetails('Dropping the months of AI usage that no team needs any more');
    const partitions = await activities.dropExpiredPartitions({ days, requestedBy });
    return {
      ...nothing,
      rowsDeleted: partitions.rows,
      partitionsDropped: partitions.dropped,
      partitionsBusy: partitions.busy,
      skipped: partitions.skipped === null ? [] : [partitions.skipped],
    };
  }

  async function removeRows(tables: readonly ExpiredTable[]): Promise<void> {
    const deleted = new Map<string, number>();
    for (const expired of tables) {
      const { table, cutoff } = expired;
      for (let more = true; more;) {
        setCurrentDetails(
          `${result.rowsDeleted} rows deleted, now team ${expired.teamId}, ${table}`,
        );
        const batch = await activities.deleteExpiredRows({
          teamId: expired.teamId,
          table,
          cutoff,
          requestedBy,
        });
        deleted.set(table, (deleted.get(table) ?? 0) + batch.rows);
        result = {
          ...result,
          rowsDeleted: result.rowsDeleted + batch.rows,
          rowsByTable: {
            ...result.rowsByTable,
            [table]: (result.rowsByTable[table] ?? 0) + batch.rows,
          },
          teamsWaiting: result.teamsWaiting + (batch.isWaiting ? 1 : 0),
        };
        ({ more } = batch);
      }
    }
    const large = [...deleted].filter(([, rows]) => rows > MANY_ROWS).map(([table]) => table);
    if (large.length > 0) {
      await activities.refreshStatistics({ tables: large });
    }
  }
}
