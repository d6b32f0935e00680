import { toAiUsageStart } from '../../contracts/ai-usage.ts';
import { readAiUsageSources, type SourceKey } from '../../db/reads/ai-usage-sources.ts';
import { DomainError } from '../../domain/core/errors.ts';
import { parseOrganizationLogin } from '../../domain/members/organization-login.ts';
import type { ApiContext } from '../core/context.ts';
import { requireGitHub, requireTeamAdmin } from '../core/team-admin.ts';

const READ_USAGE = 'read AI usage from GitHub';

/** A sync of one source that was started or joined. */
export interface StartedAiUsageSync {
  readonly source: SourceKey;
  readonly workflowId: string;
  /** True when a sync was already going on and this one joined it. */
  readonly joined: boolean;
}

/**
 * Connects a team to the Copilot reports of an organisation, starts to read them and has them read every day. A second time joins the sync that
 * runs. Nothing is written before Temporal has taken the workflow, whose first step writes the same row.
 * @throws DomainError NOT_FOUND, FORBIDDEN, INVALID_INPUT, GITHUB_NOT_CONNECTED, TEMPORAL_UNAVAILABLE
 */
export async function connectCopilot(
  context: ApiContext,
  request: { readonly teamId: string; readonly organization: string },
): Promise<StartedAiUsageSync> {
  const { teamId } = requireTeamAdmin(context, request.teamId, READ_USAGE);
  const wanted = parseOrganizationLogin(request.organization);
  await requireGitHub(context, teamId);
  const known = await readAiUsageSources(context.reads.session, [{ teamId }]);
  const same = known
    .flat()
    .find(({ organization }) => organization.toLowerCase() === wanted.toLowerCase());
  const source = { teamId, source: 'COPILOT', organization: same?.organization ?? wanted } as const;
  const daily = toAiUsageStart({ teamId: String(teamId), organization: source.organization });
  await context.services.launcher.scheduleDaily(daily);
  const started = await start(context, source);
  await context.services.connectAiUsageSource(source);
  await context.reads.refresh();
  return started;
}

/**
 * Reads the usage reports of all sources of a team.
 * @throws DomainError NOT_FOUND, FORBIDDEN, INVALID_INPUT, GITHUB_NOT_CONNECTED, TEMPORAL_UNAVAILABLE
 */
export async function syncAiUsage(
  context: ApiContext,
  request: { readonly teamId: string },
): Promise<StartedAiUsageSync[]> {
  const { teamId } = requireTeamAdmin(context, request.teamId, READ_USAGE);
  await requireGitHub(context, teamId);
  const [sources = []] = await readAiUsageSources(context.reads.session, [{ teamId }]);
  if (sources.length === 0) {
    throw new DomainError(
      'INVALID_INPUT',
      'The team has no source of AI usage yet: connect one first, with connectCopilot.',
    );
  }
  const started: StartedAiUsageSync[] = [];
  for (const source of sources) {
    started.push(await start(context, source));
  }
  return started;
}

async function start(context: ApiContext, source: SourceKey): Promise<StartedAiUsageSync> {
  const { teamId, organization } = source;
  const { workflowId, joined } = await context.services.launcher.startWorkflow(
    toAiUsageStart({ teamId: String(teamId), organization }),
  );
  return { source, workflowId, joined };
}
