import type { RowKey } from '../../../db/reads/rows-by-key.ts';
import { renameTeam } from '../../../db/teams/teams.ts';
import { readName, readSlug } from '../../../domain/teams/names.ts';
import { builder } from '../../core/builder.ts';
import { invalidInput } from '../../core/errors.ts';
import { readTeamId } from '../../core/global-id.ts';
import { loadRow } from '../../core/load-row.ts';
import { TeamAccess } from '../../core/team-access.ts';
import { defineMutation } from '../../mutations/define-mutation.ts';

const Payload = builder.objectRef<Pick<RowKey, 'teamId'>>('RenameTeamPayload').implement({
  description: 'A team that was renamed.',
  fields: (t) => ({
    team: t.field({
      type: TeamAccess,
      description: 'The team as it is called now.',
      resolve: ({ teamId }, _args, context) => loadRow(context, 'Team', { teamId }),
    }),
  }),
});

defineMutation({
  name: 'renameTeam',
  description: 'Gives a team another name or slug. Its id stays.',
  input: {
    description: 'How a team is to be called; what is absent stays.',
    fields: (t) => ({
      teamId: t.id({ required: true, description: 'The team.' }),
      slug: t.string({
        description: 'A slug that no other team has: 1 to 63 small letters, digits and hyphens.',
      }),
      name: t.string({ description: 'Display name.' }),
    }),
  },
  payload: Payload,
  errors: [],
  role: 'ADMIN',
  orOperator: true,
  may: 'rename it',
  team: ({ teamId }) => readTeamId(teamId),
  run: async ({ input, context, teamId }) => {
    const slug = input.slug == null ? null : readSlug(input.slug);
    const name = input.name == null ? null : readName('name', input.name);
    if (slug === null && name === null) {
      throw invalidInput('Give the team a name or a slug.');
    }
    await context.writes.inTeam(teamId, (tx) => renameTeam(tx, { teamId, slug, name }));
    return { teamId };
  },
});
