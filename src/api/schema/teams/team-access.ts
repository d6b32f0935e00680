import type { Row } from '../../../db/core/tables.ts';
import { readTeamsBySlug } from '../../../db/reads/rows-by-key.ts';
import { isSlug } from '../../../domain/teams/names.ts';
import { builder } from '../../core/builder.ts';
import type { ApiContext } from '../../core/context.ts';
import { invalidInput, notFound } from '../../core/errors.ts';
import { readTeamId } from '../../core/global-id.ts';
import { loadRowOrNull } from '../../core/load-row.ts';
import { TeamAccess } from '../../core/team-access.ts';
import { requireAdminOrOperator } from '../../core/team-admin.ts';

builder.queryField('teamAccess', (t) =>
  t.field({
    type: TeamAccess,
    nullable: true,
    authScopes: { viewer: true },
    description:
      'Who may use a team, by its id or its slug. For its admins and for operators; null, with an error, for everyone else.',
    args: {
      teamId: t.arg.id({ description: 'Id of the team.' }),
      slug: t.arg.string({ description: 'Slug of the team.' }),
    },
    resolve: async (_root, { teamId, slug }, context) => {
      if ((teamId == null) === (slug == null)) {
        throw invalidInput('Name the team by its id or by its slug.');
      }
      const team = await findTeam(context, teamId ?? null, slug ?? '');
      if (team === null) {
        throw notFound('team');
      }
      await requireAdminOrOperator(context, team.id, 'team', 'see who may use it');
      return team;
    },
  }),
);

async function findTeam(
  context: ApiContext,
  teamId: string | null,
  slug: string,
): Promise<Row<'Team'> | null> {
  if (teamId !== null) {
    return loadRowOrNull(context, 'Team', { teamId: readTeamId(teamId) });
  }
  return isSlug(slug) ? context.reads.load(readTeamsBySlug, { slug }) : null;
}
