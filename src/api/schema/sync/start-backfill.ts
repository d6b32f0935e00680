import {
  readBackfillReadiness,
  type BackfillReadiness,
} from '../../../db/reads/backfill-readiness.ts';
import { describeSkew } from '../../../domain/core/clock-skew.ts';
import { daysBefore } from '../../../domain/core/instants.ts';
import { formatRepositoryName, parseRepositoryName } from '../../../domain/sync/repository-name.ts';
import { builder } from '../../core/builder.ts';
import type { ApiContext } from '../../core/context.ts';
import { invalidInput, readField } from '../../core/errors.ts';
import { readTeamId } from '../../core/global-id.ts';
import { loadRow } from '../../core/load-row.ts';
import { githubNotConnected } from '../../core/team-admin.ts';
import { temporalUrl } from '../../core/temporal-url.ts';
import { defineMutation } from '../../mutations/define-mutation.ts';
import { startSyncJob, type StartedJob } from '../../mutations/start-sync-job.ts';

const DEFAULT_DAYS_BACK = 90;
const MAX_DAYS_BACK = 36_500;

/** Names in one request. */
const MAX_REPOSITORIES = 500;

const Payload = builder.objectRef<StartedJob>('StartBackfillPayload').implement({
  description: 'The backfill that was started or joined.',
  fields: (t) => ({
    syncRun: t.prismaField({
      type: 'SyncRun',
      description: 'The job, with its progress.',
      resolve: (_query, { run }, _args, context) => loadRow(context, 'SyncRun', run),
    }),
    joined: t.exposeBoolean('joined', {
      description: 'Whether a backfill was already going on, which this one joined.',
    }),
    workflowId: t.exposeString('workflowId', { description: 'Id of the workflow in Temporal.' }),
    temporalUrl: t.string(temporalUrl('Address of the workflow')),
  }),
});

defineMutation({
  name: 'startBackfill',
  description:
    'Fetches the history of repositories from GitHub. A second start while one is going on joins it, and widens it where it asks for more.',
  input: {
    description: 'What to fetch from GitHub.',
    fields: (t) => ({
      teamId: t.id({ required: true, description: 'The team to fetch for.' }),
      repositories: t.stringList({
        description: 'Repositories as owner/name; all that the team has when absent or empty.',
      }),
      daysBack: t.int({
        required: true,
        defaultValue: DEFAULT_DAYS_BACK,
        description: `How many days back by the clock of the database, 1 to ${MAX_DAYS_BACK}, and to 1970 at most; unless since says it.`,
      }),
      since: t.field({
        type: 'DateTime',
        description: 'How far back: pull requests that changed since then; not in the future.',
      }),
    }),
  },
  payload: Payload,
  errors: ['GITHUB_NOT_CONNECTED', 'TEMPORAL_UNAVAILABLE'],
  role: 'ADMIN',
  may: 'start a backfill',
  team: ({ teamId }) => readTeamId(teamId),
  run: async ({ input, context, teamId, userId }) => {
    const repositories = toNames(input.repositories ?? []);
    const { now } = await checkReadiness(context, teamId, repositories);
    const since = toSince(input, now, context.services.now());
    return startSyncJob(context, { teamId, since, repositories, requestedBy: userId });
  },
});

/**
 * By the database's clock, which all gateways share: by one that is ahead, a backfill since a time that is still to come
 * would find nothing and be complete.
 */
function toSince(
  { since, daysBack }: { readonly since?: Date | null | undefined; readonly daysBack: number },
  now: Date,
  gatewayNow: Date,
): Date {
  if (since != null) {
    if (since > now) {
      const skew = describeSkew('the gateway', gatewayNow, "the database's", now);
      throw invalidInput(`since lies in the future: name an instant before now.${skew}`, 'since');
    }
    return since;
  }
  if (daysBack < 1 || daysBack > MAX_DAYS_BACK) {
    throw invalidInput(
      `daysBack must lie between 1 and ${MAX_DAYS_BACK}, it is ${daysBack}.`,
      'daysBack',
    );
  }
  return daysBefore(now, daysBack);
}

/** Checked names, each once, in the order in which they were given. */
function toNames(names: readonly string[]): string[] {
  if (names.length > MAX_REPOSITORIES) {
    throw invalidInput(
      `Name ${MAX_REPOSITORIES} repositories at a time at the most, or none for all of the team.`,
      'repositories',
    );
  }
  const byKey = new Map<string, string>();
  for (const name of names) {
    const formatted = readField('repositories', () =>
      formatRepositoryName(parseRepositoryName(name)),
    );
    const key = formatted.toLowerCase();
    byKey.set(key, byKey.get(key) ?? formatted);
  }
  return [...byKey.values()];
}

async function checkReadiness(
  context: ApiContext,
  teamId: bigint,
  repositories: readonly string[],
): Promise<BackfillReadiness> {
  const readiness = await readBackfillReadiness(context.reads.session, teamId);
  if (!readiness.hasConnection) {
    throw githubNotConnected();
  }
  if (repositories.length === 0 && readiness.repositories === 0) {
    throw invalidInput(
      'The team has no repositories yet: name at least one as owner/name in input.repositories.',
      'repositories',
    );
  }
  return readiness;
}
