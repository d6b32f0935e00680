import { endConnection } from '../../../db/connections/connection-changes.ts';
import { readBackfillReadiness } from '../../../db/reads/backfill-readiness.ts';
import type { RowKey } from '../../../db/reads/rows-by-key.ts';
import { builder } from '../../core/builder.ts';
import { notFound } from '../../core/errors.ts';
import { readRowId } from '../../core/global-id.ts';
import { isTaken, showConnection } from '../../mutations/connection-test.ts';
import { defineMutation } from '../../mutations/define-mutation.ts';

const Payload = builder.objectRef<RowKey>('DisconnectGitHubPayload').implement({
  description: 'A connection that was ended.',
  fields: (t) => ({
    connection: t.field({
      type: 'GithubConnection',
      description: 'The connection, without its secrets.',
      resolve: (key, _args, context) => showConnection(context, key),
    }),
  }),
});

defineMutation({
  name: 'disconnectGitHub',
  description:
    'Ends a connection: its secrets are erased at once, what was read with it stays, and syncs end with the reason.',
  input: {
    description: 'Which connection to end.',
    fields: (t) => ({ connectionId: t.id({ required: true, description: 'The connection.' }) }),
  },
  payload: Payload,
  errors: [],
  role: 'ADMIN',
  may: 'disconnect it from GitHub',
  team: ({ connectionId }) => readRowId(connectionId, 'GithubConnection').teamId,
  names: 'connection',
  run: async ({ input, context, teamId }) => {
    const key = readRowId(input.connectionId, 'GithubConnection');
    const isKnown = await context.writes.inTeam(teamId, (tx) =>
      endConnection(tx, { teamId, connectionId: key.id }),
    );
    if (!isKnown) {
      throw notFound('connection');
    }
    const { hasConnection } = await readBackfillReadiness(context.reads.session, teamId);
    if (!hasConnection) {
      // Without Temporal the schedules stay, and find no credential to ask GitHub with.
      await isTaken(context.services.launcher.unscheduleTeam(String(teamId)));
    }
    return key;
  },
});
