import { cleanText } from '../../domain/core/clean-text.ts';
import { DomainError } from '../../domain/core/errors.ts';
import type { ApiContext } from '../core/context.ts';
import { requireTeamAdmin } from '../core/team-admin.ts';

/** A source that was made; the secret is shown this once. */
export interface CreatedIncidentSource {
  readonly teamId: bigint;
  readonly id: bigint;
  readonly name: string;
  readonly secret: string;
}

const MAX_NAME_CHARACTERS = 100;

/** Source of incidents that people report. */
const MANUAL = 'MANUAL';

const SECRET_BYTES = 32;

/**
 * Makes a source that tells of incidents by webhook, with a secret of its own.
 * @throws DomainError NOT_FOUND, FORBIDDEN, INVALID_INPUT; then nothing is made
 */
export async function createIncidentSource(
  context: ApiContext,
  request: { readonly teamId: string; readonly name: string },
): Promise<CreatedIncidentSource> {
  const { teamId, userId: actorId } = requireTeamAdmin(
    context,
    request.teamId,
    'add sources of incidents',
  );
  const name = cleanText(request.name).text.trim();
  if (name === '' || name.length > MAX_NAME_CHARACTERS || name.toUpperCase() === MANUAL) {
    throw new DomainError(
      'INVALID_INPUT',
      `name must have 1 to ${MAX_NAME_CHARACTERS} characters and not be ${MANUAL}: that stands for reports by hand.`,
    );
  }
  const random = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  const secret = [...random].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const id = await context.services.incidentLog.createSource({ teamId, name, secret, actorId });
  if (id === null) {
    throw new DomainError(
      'INVALID_INPUT',
      `The team has a source ${name} already: give this one another name.`,
    );
  }
  return { teamId, id, name, secret };
}
