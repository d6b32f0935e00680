import type { RowKey } from '../../../db/reads/rows-by-key.ts';
import { readTrackedBranches } from '../../../domain/pulls/tracked-branches.ts';
import { builder } from '../../core/builder.ts';
import { invalidInput, notFound, readField } from '../../core/errors.ts';
import { readRowId, readTeamId } from '../../core/global-id.ts';
import { loadRowOrNull, teamOfRow } from '../../core/load-row.ts';
import { defineMutation } from '../../mutations/define-mutation.ts';
import { changeTrackedBranches, TRACKED_BRANCHES } from '../../mutations/tracked-branches.ts';

interface TrackedBranches {
  readonly teamId: bigint;
  readonly repository: RowKey | null;
  readonly changed: number;
}

const Payload = builder.objectRef<TrackedBranches>('TrackBranchesPayload').implement({
  description: 'Whose branches they are, and what changed.',
  fields: (t) => ({
    team: t.prismaField({ type: 'Team', description: 'The team.', resolve: teamOfRow }),
    repository: t.prismaField({
      type: 'Repository',
      nullable: true,
      description: 'The repository; null when the branches are those of the team.',
      resolve: (_query, { repository }, _args, context) =>
        repository === null ? null : loadRowOrNull(context, 'Repository', repository),
    }),
    changedPullRequests: t.exposeInt('changed', {
      description:
        'Number of pull requests that count otherwise now. Their weeks are recomputed soon.',
    }),
  }),
});

defineMutation({
  name: 'trackBranches',
  description:
    'Sets which branches count: what was merged into another one is then not in weekly metrics. Weeks that change are computed anew.',
  input: {
    description: 'A team or one of its repositories, and the branches.',
    fields: (t) => ({
      teamId: t.id({ required: true, description: 'The team.' }),
      repositoryId: t.id({
        description:
          'A repository of the team whose branches these are instead of those of the team.',
      }),
      branches: t.stringList({
        required: true,
        description: `${TRACKED_BRANCHES} That of a repository follows the team.`,
      }),
    }),
  },
  payload: Payload,
  errors: [],
  role: 'ADMIN',
  may: 'choose the branches that count',
  team: ({ teamId }) => readTeamId(teamId),
  run: async ({ input, context, teamId }) => {
    const branches = readField('branches', () => readTrackedBranches(input.branches));
    const repository =
      input.repositoryId == null ? null : readRowId(input.repositoryId, 'Repository');
    if (repository !== null && repository.teamId !== teamId) {
      throw invalidInput(
        'The repository is none of the team: name one of its own.',
        'repositoryId',
      );
    }
    if (repository !== null && (await loadRowOrNull(context, 'Repository', repository)) === null) {
      throw notFound('repository');
    }
    const repositoryId = repository?.id ?? null;
    const changed = await changeTrackedBranches(context, { teamId, repositoryId, branches });
    return { teamId, repository, changed };
  },
});
