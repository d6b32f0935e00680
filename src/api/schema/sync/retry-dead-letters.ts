import { requestDeadLetterRetry } from '../../../db/sync/dead-letter-retries.ts';
import { builder } from '../../core/builder.ts';
import { notFound } from '../../core/errors.ts';
import { readRowId, readTeamId } from '../../core/global-id.ts';
import { loadRow, loadRowOrNull, teamOfRow } from '../../core/load-row.ts';
import { requireGitHub } from '../../core/team-admin.ts';
import { defineMutation } from '../../mutations/define-mutation.ts';
import { startSyncJob, type StartedJob } from '../../mutations/start-sync-job.ts';

interface RequestedRetry {
  readonly teamId: bigint;
  readonly letters: number;
  /** Null where there is nothing to try. */
  readonly job: StartedJob | null;
}

const Payload = builder.objectRef<RequestedRetry>('RetryDeadLettersPayload').implement({
  description: 'Another try of what could not be stored.',
  fields: (t) => ({
    requested: t.exposeInt('letters', {
      description:
        'Number of dead letters that are tried again. Where GitHub gave no number, all pull requests of the repository are read again.',
    }),
    syncRun: t.prismaField({
      type: 'SyncRun',
      nullable: true,
      description: 'The job that tries them; null when there is nothing to try.',
      resolve: (_query, { job }, _args, context) =>
        job === null ? null : loadRow(context, 'SyncRun', job.run),
    }),
    joined: t.boolean({
      description: 'Whether a job was already going on, which tries them after its own work.',
      resolve: ({ job }) => job?.joined ?? false,
    }),
    team: t.prismaField({
      type: 'Team',
      description: 'The team.',
      resolve: teamOfRow,
    }),
  }),
});

defineMutation({
  name: 'retryDeadLetters',
  description:
    'Tries at once to store what could not be stored, instead of at its next time: starts a sync of the repositories that have dead letters, or joins the one that is going on.',
  input: {
    description: 'What to try again.',
    fields: (t) => ({
      teamId: t.id({ required: true, description: 'The team whose dead letters to try again.' }),
      repositoryId: t.id({ description: 'Only those of this repository; of all when absent.' }),
    }),
  },
  payload: Payload,
  errors: ['GITHUB_NOT_CONNECTED', 'TEMPORAL_UNAVAILABLE'],
  role: 'ADMIN',
  may: 'have dead letters tried again',
  team: ({ teamId }) => readTeamId(teamId),
  run: async ({ input, context, teamId, userId }) => {
    const named = input.repositoryId ?? null;
    const repository = named === null ? null : readRowId(named, 'Repository');
    if (
      repository !== null &&
      (repository.teamId !== teamId ||
        (await loadRowOrNull(context, 'Repository', repository)) === null)
    ) {
      throw notFound('repository');
    }
    await requireGitHub(context, teamId);
    // The mark comes before the job: where Temporal is away, the next sync finds it all the same.
    const { letters, repositories } = await context.writes.inTeam(teamId, (tx) =>
      requestDeadLetterRetry(tx, { teamId, repositoryId: repository?.id ?? null }),
    );
    const job =
      letters === 0
        ? null
        : await startSyncJob(context, {
            teamId,
            since: null,
            repositories,
            requestedBy: userId,
            again: true,
          });
    return { teamId, letters, job };
  },
});
