import type { RowKey } from '../../../db/reads/rows-by-key.ts';
import { createTeam } from '../../../db/teams/teams.ts';
import { readName, readSlug } from '../../../domain/teams/names.ts';
import { builder } from '../../core/builder.ts';
import { loadRow } from '../../core/load-row.ts';
import { TeamAccess } from '../../core/team-access.ts';
import { defineMutation } from '../../mutations/define-mutation.ts';

type CreatedTeam = Pick<RowKey, 'teamId'>;

const Payload = builder.objectRef<CreatedTeam>('CreateTeamPayload').implement({
  description: 'A team that was created.',
  fields: (t) => ({
    team: t.field({
      type: TeamAccess,
      description: 'The team, which has no users yet: addUser gives it some.',
      resolve: ({ teamId }, _args, context) => loadRow(context, 'Team', { teamId }),
    }),
  }),
});

defineMutation({
  name: 'createTeam',
  description: 'Creates a team without users.',
  input: {
    description: 'The team to create.',
    fields: (t) => ({
      slug: t.string({
        required: true,
        description:
          'Short name for URLs and commands that no other team has: 1 to 63 small letters, digits and hyphens.',
      }),
      name: t.string({ description: 'Display name; the slug when it is absent.' }),
    }),
  },
  payload: Payload,
  errors: [],
  role: 'OPERATOR',
  may: 'create teams',
  run: async ({ input, context }) => {
    const slug = readSlug(input.slug);
    const name = readName('name', input.name ?? slug);
    const teamId = await context.writes.asOperator((tx) => createTeam(tx, { slug, name }));
    return { teamId };
  },
});
