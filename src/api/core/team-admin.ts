import type { SecretBox } from '../../db/core/secret-box.ts';
import { readBackfillReadiness } from '../../db/reads/backfill-readiness.ts';
import { DomainError } from '../../domain/core/errors.ts';
import { requireViewer, visibleTeamId, type ApiContext } from './context.ts';
import { invalidInput, notFound } from './errors.ts';
import { loadRowOrNull } from './load-row.ts';

/**
 * Refuses a viewer who is no admin of the team.
 * @param what what was named, for the message where the viewer may not know of it
 * @param action what only an admin may do, for the message: `start a backfill`
 * @throws DomainError UNAUTHENTICATED, NOT_FOUND, FORBIDDEN
 */
export function requireAdminOf(
  context: ApiContext,
  teamId: bigint,
  what: string,
  action: string,
): void {
  const viewer = requireViewer(context);
  if (visibleTeamId(context, teamId) !== teamId) {
    throw notFound(what);
  }
  if (!viewer.adminTeamIds.includes(teamId)) {
    throw new DomainError('FORBIDDEN', `Only an admin of the team may ${action}: ask one of them.`);
  }
}

/** Whether the viewer runs the installation. */
export function isOperator({ viewer }: ApiContext): boolean {
  return viewer?.instanceRole === 'OPERATOR';
}

/**
 * Refuses a viewer who is neither an admin of the team nor an operator. An operator need not belong to the team.
 * @throws DomainError UNAUTHENTICATED, NOT_FOUND, FORBIDDEN
 */
export async function requireAdminOrOperator(
  context: ApiContext,
  teamId: bigint,
  what: string,
  action: string,
): Promise<void> {
  requireViewer(context);
  if (!isOperator(context)) {
    requireAdminOf(context, teamId, what, action);
  } else if ((await loadRowOrNull(context, 'Team', { teamId })) === null) {
    throw notFound(what);
  }
}

/** Refuses a viewer who does not run the installation. @throws DomainError UNAUTHENTICATED, FORBIDDEN */
export function requireOperator(context: ApiContext, action: string): void {
  if (requireViewer(context).instanceRole !== 'OPERATOR') {
    throw new DomainError(
      'FORBIDDEN',
      `Only an operator may ${action}: ask one of them. \`throughline token create --operator\` makes one, on the connection of the owner of the tables.`,
    );
  }
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

/** What seals secrets. @throws DomainError INVALID_INPUT where the gateway was started without a key */
export function requireSecrets(context: ApiContext): SecretBox {
  const { secrets } = context.services;
  if (secrets === null) {
    throw invalidInput(
      'This gateway has no key to seal secrets with: set THROUGHLINE_ENCRYPTION_KEY first.',
    );
  }
  return secrets;
}
