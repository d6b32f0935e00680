import { readBackfillReadiness } from '../../db/reads/backfill-readiness.ts';
import type { RowKey } from '../../db/reads/rows-by-key.ts';
import { DomainError } from '../../domain/core/errors.ts';
import { formatRepositoryName, parseRepositoryName } from '../../domain/sync/repository-name.ts';
import type { ApiContext } from '../core/context.ts';
import { githubNotConnected, requireTeamAdmin } from '../core/team-admin.ts';

export const DEFAULT_DAYS_BACK = 90;
export const MAX_DAYS_BACK = 36_500;

/** Names in one request. */
const MAX_REPOSITORIES = 500;

const DAY_MS = 24 * 60 * 60 * 1000;

export interface StartBackfillRequest {
  readonly teamId: string;
  readonly repositories?: readonly string[] | null | undefined;
  readonly daysBack: number;
  readonly since?: Date | null | undefined;
}

export interface StartedBackfill {
  readonly run: RowKey;
  readonly workflowId: string;
  /** True when a backfill was already going on and this one joined it. */
  readonly joined: boolean;
}

/**
 * Starts the backfill of a team, or joins the one that runs. Everything is checked first; nothing is written before
 * Temporal has taken the workflow.
 * @throws DomainError NOT_FOUND, FORBIDDEN, INVALID_INPUT, GITHUB_NOT_CONNECTED, TEMPORAL_UNAVAILABLE
 */
export async function startBackfill(
  context: ApiContext,
  request: StartBackfillRequest,
): Promise<StartedBackfill> {
  const { launcher, recordBackfill } = context.services;
  const { teamId, userId } = requireTeamAdmin(context, request.teamId, 'start a backfill');
  const since = toSince(request, context.services.now());
  const repositories = toNames(request.repositories ?? []);
  await checkReadiness(context, teamId, repositories);
  const launched = await launcher.startBackfill({
    teamId: String(teamId),
    repositories,
    since: since.toISOString(),
    requestedBy: String(userId),
  });
  const id = await recordBackfill({
    teamId,
    workflowId: launched.workflowId,
    workflowRunId: launched.workflowRunId,
    since,
    repositories,
    requestedBy: userId,
  });
  // The answer shows what was just written, so it reads from a new moment.
  await context.reads.refresh();
  return { run: { teamId, id }, workflowId: launched.workflowId, joined: launched.joined };
}

function toSince(request: StartBackfillRequest, now: Date): Date {
  if (request.since !== null && request.since !== undefined) {
    if (request.since > now) {
      throw new DomainError(
        'INVALID_INPUT',
        'since lies in the future: name an instant before now.',
      );
    }
    return request.since;
  }
  if (request.daysBack < 1 || request.daysBack > MAX_DAYS_BACK) {
    throw new DomainError(
      'INVALID_INPUT',
      `daysBack must lie between 1 and ${MAX_DAYS_BACK}, it is ${request.daysBack}.`,
    );
  }
  return new Date(now.getTime() - request.daysBack * DAY_MS);
}

/** Checked names, each once, in the order in which they were given. */
function toNames(names: readonly string[]): string[] {
  if (names.length > MAX_REPOSITORIES) {
    throw new DomainError(
      'INVALID_INPUT',
      `Name ${MAX_REPOSITORIES} repositories at a time at the most, or none for all of the team.`,
    );
  }
  const byKey = new Map<string, string>();
  for (const name of names) {
    const formatted = formatRepositoryName(parseRepositoryName(name));
    const key = formatted.toLowerCase();
    byKey.set(key, byKey.get(key) ?? formatted);
  }
  return [...byKey.values()];
}

async function checkReadiness(
  context: ApiContext,
  teamId: bigint,
  repositories: readonly string[],
): Promise<void> {
  const readiness = await readBackfillReadiness(context.reads.session, teamId);
  if (!readiness.hasConnection) {
    throw githubNotConnected();
  }
  if (repositories.length === 0 && readiness.repositories === 0) {
    throw new DomainError(
      'INVALID_INPUT',
      'The team has no repositories yet: name at least one as owner/name in input.repositories.',
    );
  }
}
