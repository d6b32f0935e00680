import { toReconcileStart } from '../../contracts/reconcile.ts';
import type { ApiContext } from '../core/context.ts';
import { requireGitHub, requireTeamAdmin } from '../core/team-admin.ts';

/** A comparison with GitHub that was started or joined. */
export interface StartedReconcile {
  readonly teamId: bigint;
  readonly workflowId: string;
  /** True when one was already going on. */
  readonly joined: boolean;
}

/**
 * Starts the comparison of a team's repositories with GitHub, or joins the one that runs.
 * @throws DomainError UNAUTHENTICATED, NOT_FOUND, FORBIDDEN, GITHUB_NOT_CONNECTED, TEMPORAL_UNAVAILABLE
 */
export async function reconcileTeam(
  context: ApiContext,
  request: { readonly teamId: string },
): Promise<StartedReconcile> {
  const { teamId } = requireTeamAdmin(context, request.teamId, 'compare it with GitHub');
  await requireGitHub(context, teamId);
  const { workflowId, joined } = await context.services.launcher.startWorkflow(
    toReconcileStart(String(teamId)),
  );
  return { teamId, workflowId, joined };
}
