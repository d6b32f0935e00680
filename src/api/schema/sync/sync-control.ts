import type { SyncAction } from '../../../contracts/launcher.ts';
import type { RowKey } from '../../../db/reads/rows-by-key.ts';
import { builder } from '../../core/builder.ts';
import { controlSync } from '../../mutations/control-sync.ts';
import {
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  TemporalUnavailableError,
  withTypedErrors,
} from '../../core/typed-errors.ts';

const CONTROLS = {
  PAUSE: {
    verb: 'Pause',
    description:
      'Pauses a sync after the page that runs: a job with all its walks, or one walk. It goes on when it is resumed, where it stopped. For admins.',
  },
  RESUME: {
    verb: 'Resume',
    description: 'Lets a paused sync go on where it stopped. For admins.',
  },
  CANCEL: {
    verb: 'Cancel',
    description:
      'Ends a sync after the page that runs: a job with all its walks, or one walk. What is stored stays. For admins.',
  },
} as const satisfies Record<SyncAction, object>;

for (const action of ['PAUSE', 'RESUME', 'CANCEL'] as const) {
  const { verb, description } = CONTROLS[action];
  const Input = builder.inputType(`${verb}SyncInput`, {
    description: `Which sync to ${verb.toLowerCase()}.`,
    fields: (t) => ({
      syncRunId: t.id({ required: true, description: 'Id of the job, or of one of its walks.' }),
    }),
  });
  const Payload = builder.objectRef<RowKey>(`${verb}SyncPayload`).implement({
    description: 'The sync that was told.',
    fields: (t) => ({
      syncRun: t.prismaField({
        type: 'SyncRun',
        description: 'The run; it changes when its workflow has taken what it was told.',
        resolve: (query, key, _args, context) =>
          context.reads.db.syncRun.findUniqueOrThrow({ ...query, where: { teamId_id: key } }),
      }),
    }),
  });
  builder.mutationField(`${verb.toLowerCase()}Sync`, (t) =>
    t.field({
      type: Payload,
      authScopes: { viewer: true },
      description,
      args: {
        input: t.arg({ type: Input, required: true, description: 'Which sync.' }),
      },
      errors: {
        types: [InvalidInputError, ForbiddenError, NotFoundError, TemporalUnavailableError],
        directResult: true,
        union: {
          name: `${verb}SyncResult`,
          description: 'The sync that was told, or why nothing was.',
        },
      },
      resolve: (_root, { input }, context) =>
        withTypedErrors(() => controlSync(context, input.syncRunId, action)),
    }),
  );
}
