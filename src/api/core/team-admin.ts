import { readBackfillReadiness } from '../../db/reads/backfill-readiness.ts';
import { DomainError } from '../../domain/core/errors.ts';
import { requireViewer, visibleTeamId, type ApiContext } from './context.ts';
import { notFound } from './errors.ts';
import { readTeamId } from './global-id.ts';

/** A viewer in a team of which they are an admin. */
export interface TeamAdmin {
  readonly teamId: bigint;
  readonly userId: bigint;
}

/**
 * The team and the viewer, who is an admin of it.
 * @param id opaque id of the team
 * @param action what only an admin may do, for the message: `start a backfill`
 * @throws DomainError UNAUTHENTICATED, NOT_FOUND, FORBIDDEN
 */
export function requireTeamAdmin(context: ApiContext, id: string, action: string): TeamAdmin {
  return requireAdminOf(context, readTeamId(id), 'team', action);
}

/**
 * As `requireTeamAdmin`, for something of a team that is named by its own id.
 * @param what what was named, for the message where the viewer may not know of it
 * @throws DomainError UNAUTHENTICATED, NOT_FOUND, FORBIDDEN
 */
export function requireAdminOf(
  context: ApiContext,
  teamId: bigint,
  what: string,
  action: string,
): TeamAdmin {
  const viewer = requireViewer(context);
  if (visibleTeamId(context, teamId) !== teamId) {
    throw notFound(what);
  }
  if (!viewer.adminTeamIds.includes(teamId)) {
    throw new DomainError('FORBIDDEN', `Only an admin of the team may ${action}: ask one of them.`);
  }
  return { teamId, userId: viewer.userId };
}

/** Work over GitHub needs a credential that works. @throws DomainError GITHUB_NOT_CONNECTED */
export async function requireGitHub(context: ApiContext, teamId: bigint): Promise<void> {
  const { hasConnection } = await readBackfillReadiness(context.reads.session, teamId);
  if (!hasConnection) {
    throw githubNotConnected();
  }
}

/** The team has no credential, or GitHub refused the one that it has. */
export function githubNotConnected(): DomainError {
  return new DomainError(
    'GITHUB_NOT_CONNECTED',
    'The team has no working connection to GitHub: an admin must connect it, or give it a new token, first.',
  );
}
