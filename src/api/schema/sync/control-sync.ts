import type { SyncAction } from '../../../contracts/launcher.ts';
import type { RowKey } from '../../../db/reads/rows-by-key.ts';
import { endLostRun } from '../../../db/sync/sync-control.ts';
import { builder } from '../../core/builder.ts';
import { invalidInput, notFound } from '../../core/errors.ts';
import { readRowId } from '../../core/global-id.ts';
import { loadRow, loadRowOrNull } from '../../core/load-row.ts';
import type { MutationContext } from '../../core/request-writes.ts';
import { defineMutation } from '../../mutations/define-mutation.ts';

const CONTROLS = {
  PAUSE: {
    verb: 'Pause',
    description:
      'Pauses a sync after the page that runs: a job with all its repositories, or one repository. It goes on when it is resumed, where it stopped.',
  },
  RESUME: {
    verb: 'Resume',
    description: 'Resumes a paused sync where it stopped.',
  },
  CANCEL: {
    verb: 'Cancel',
    description:
      'Ends a sync after the page that runs: a job with all its repositories, or one repository. What is stored stays.',
  },
} as const satisfies Record<SyncAction, object>;

for (const action of ['PAUSE', 'RESUME', 'CANCEL'] as const) {
  const { verb, description } = CONTROLS[action];
  const act = verb.toLowerCase();
  defineMutation({
    name: `${act}Sync`,
    description,
    input: {
      description: `Which sync to ${act}.`,
      fields: (t) => ({
        syncRunId: t.id({
          required: true,
          description: 'Id of the job, or of the sync of one of its repositories.',
        }),
      }),
    },
    payload: builder.objectRef<RowKey>(`${verb}SyncPayload`).implement({
      description: 'The sync whose workflow was asked.',
      fields: (t) => ({
        syncRun: t.prismaField({
          type: 'SyncRun',
          description: 'The run; it changes when its workflow has taken the request.',
          resolve: (_query, key, _args, context) => loadRow(context, 'SyncRun', key),
        }),
      }),
    }),
    errors: ['TEMPORAL_UNAVAILABLE'],
    role: 'ADMIN',
    may: `${act} a sync`,
    team: ({ syncRunId }) => readRowId(syncRunId, 'SyncRun').teamId,
    names: 'sync run',
    run: ({ input, context }) =>
      controlSync(context, readRowId(input.syncRunId, 'SyncRun'), action, act),
  });
}

/** The row shows it when the workflow has taken it. A run whose workflow is gone is ended here when it is cancelled. */
async function controlSync(
  context: MutationContext,
  key: RowKey,
  action: SyncAction,
  act: string,
): Promise<RowKey> {
  const run = await loadRowOrNull(context, 'SyncRun', key);
  if (run === null) {
    throw notFound('sync run');
  }
  if (run.status !== 'RUNNING') {
    throw invalidInput(`This run has ended already (${run.status}): there is nothing to ${act}.`);
  }
  const { workflowId, workflowRunId } = run;
  const syncRunId = String(key.id);
  const audit = { action: `${action}_SYNC`, details: { syncRunId, workflowId } };
  const isTaken = await context.writes.asking(key.teamId, audit, async () => {
    const asked = { syncRunId, workflowId, workflowRunId };
    const isRunning = await context.services.launcher.controlSync(asked, action);
    if (!isRunning && action !== 'CANCEL') {
      throw invalidInput('The workflow of this run is gone: cancel the run, then start again.');
    }
    return isRunning;
  });
  if (!isTaken) {
    await context.writes.inTeam(key.teamId, (tx) =>
      endLostRun(tx, { teamId: key.teamId, syncRunId: key.id }),
    );
  }
  return key;
}
