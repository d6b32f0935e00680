import { DomainError } from '../../../domain/core/errors.ts';
import { builder } from '../../core/builder.ts';
import { readRowId } from '../../core/global-id.ts';
import { temporalUrl } from '../../core/temporal-url.ts';
import {
  rereadConnection,
  SCHEDULED_DESCRIPTION,
  showConnection,
  startTest,
  type ConnectionTest,
} from '../../mutations/connection-test.ts';
import { defineMutation } from '../../mutations/define-mutation.ts';

const Payload = builder.objectRef<ConnectionTest>('TestConnectionPayload').implement({
  description: 'A test of a connection.',
  fields: (t) => ({
    connection: t.field({
      type: 'GithubConnection',
      description: 'The connection, with what the test found.',
      resolve: ({ key }, _args, context) => showConnection(context, key),
    }),
    isDone: t.exposeBoolean('isDone', {
      description: 'False when the test goes on: ask for the connection again in a moment.',
    }),
    isScheduled: t.exposeBoolean('isScheduled', { description: SCHEDULED_DESCRIPTION }),
    temporalUrl: t.string(temporalUrl('Address of the test')),
  }),
});

defineMutation({
  name: 'testConnection',
  // Schedules that the team lacks are made too: so a test repairs what a connection without Temporal left out.
  description:
    'Asks GitHub whose a credential is and which permissions it lacks, and makes the schedules that the team lacks; waits 10 s for the answer.',
  input: {
    description: 'Which connection to test.',
    fields: (t) => ({ connectionId: t.id({ required: true, description: 'The connection.' }) }),
  },
  payload: Payload,
  errors: ['GITHUB_NOT_CONNECTED', 'TEMPORAL_UNAVAILABLE'],
  role: 'ADMIN',
  may: 'test its connection to GitHub',
  team: ({ connectionId }) => readRowId(connectionId, 'GithubConnection').teamId,
  names: 'connection',
  run: async ({ input, context }) => {
    const key = readRowId(input.connectionId, 'GithubConnection');
    const found = await rereadConnection(context, key);
    if (found.status === 'DISCONNECTED') {
      throw new DomainError(
        'GITHUB_NOT_CONNECTED',
        'The connection was ended and has no credential any more: connect the team again.',
      );
    }
    return startTest(context, key, found.testedAt?.getTime() ?? 0);
  },
});
