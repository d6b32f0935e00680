import { DomainError } from '../../domain/core/errors.ts';
import type { Written } from '../core/admin-audit.ts';
import type { DbTransaction } from '../core/client.ts';
import { sqlState } from '../core/sql-state.ts';

/** PostgreSQL's code for a value that another row has already. */
const UNIQUE_VIOLATION = '23505';

export interface CreateTeamInput {
  readonly slug: string;
  readonly name: string;
}

/**
 * Makes a team without users, in an operator's transaction.
 * @returns its id
 * @throws DomainError INVALID_INPUT when another team has the slug
 */
export async function createTeam(
  tx: DbTransaction,
  { slug, name }: CreateTeamInput,
): Promise<Written<bigint>> {
  const [team] = await tx.$queryRaw<{ id: bigint }[]>`
    INSERT INTO team (slug, name) VALUES (${slug}, ${name}) ON CONFLICT (slug) DO NOTHING RETURNING id`;
  if (team === undefined) {
    throw slugIsTaken(slug);
  }
  return {
    result: team.id,
    audit: { action: 'TEAM_CREATED', details: { teamId: String(team.id), slug, name } },
  };
}

export interface RenameTeamInput {
  readonly teamId: bigint;
  /** Null leaves it as it is. */
  readonly slug: string | null;
  readonly name: string | null;
}

/**
 * Gives a team another slug or name.
 * @throws DomainError INVALID_INPUT when another team has the slug
 */
export async function renameTeam(
  tx: DbTransaction,
  { teamId, slug, name }: RenameTeamInput,
): Promise<Written<void>> {
  try {
    const changed = await tx.$executeRaw`
      UPDATE team SET slug = coalesce(${slug}, slug), name = coalesce(${name}, name)
      WHERE id = ${teamId} AND (slug, name) IS DISTINCT FROM (coalesce(${slug}, slug), coalesce(${name}, name))`;
    return {
      result: undefined,
      audit:
        changed === 0
          ? 'UNCHANGED'
          : {
              action: 'TEAM_RENAMED',
              details: { ...(slug !== null && { slug }), ...(name !== null && { name }) },
            },
    };
  } catch (error) {
    throw slug !== null && sqlState(error) === UNIQUE_VIOLATION ? slugIsTaken(slug, error) : error;
  }
}

function slugIsTaken(slug: string, cause?: unknown): DomainError {
  return new DomainError(
    'INVALID_INPUT',
    `There is a team with the slug ${slug} already: give this one another slug.`,
    { cause },
  );
}
