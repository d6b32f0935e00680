import { toRetentionStart } from '../../contracts/retention.ts';
import { planTeamRetention, type TeamRetentionPlan } from '../../db/retention/retention.ts';
import { retentionCutoff, type RetentionKind } from '../../domain/retention/retention.ts';
import type { ApiContext } from '../core/context.ts';
import { notFound } from '../core/errors.ts';
import { requireTeamAdmin } from '../core/team-admin.ts';

export interface ApplyRetentionRequest {
  readonly teamId: string;
  readonly table?: RetentionKind | null | undefined;
  readonly days?: number | null | undefined;
  readonly dryRun: boolean;
}

export interface AppliedRetention {
  readonly plan: TeamRetentionPlan;
  /** Null in a dry run. */
  readonly workflow: { readonly workflowId: string; readonly joined: boolean } | null;
}

/**
 * Counts what is older than a team keeps it and, unless it is a dry run, starts its removal or joins the one that
 * runs. Partitions belong to all teams and are left to the schedule.
 * @throws DomainError NOT_FOUND, FORBIDDEN, INVALID_INPUT, TEMPORAL_UNAVAILABLE
 */
export async function applyRetention(
  context: ApiContext,
  request: ApplyRetentionRequest,
): Promise<AppliedRetention> {
  const { teamId, userId } = requireTeamAdmin(context, request.teamId, 'remove its old data');
  const now = context.services.now();
  const days = request.days ?? null;
  const kind = request.table ?? null;
  if (days !== null) {
    // Refused before anything is counted.
    retentionCutoff(now, days);
  }
  const { session } = context.reads;
  const plan = await planTeamRetention((text, values) => session.query(text, values), teamId, {
    now,
    days,
    kind,
  });
  if (plan === null) {
    throw notFound('team');
  }
  if (request.dryRun) {
    return { plan, workflow: null };
  }
  const workflow = await context.services.launcher.startWorkflow(
    toRetentionStart({
      teamId: String(teamId),
      days,
      kind,
      requestedBy: String(userId),
    }),
  );
  return { plan, workflow };
}
