import { builder } from '../../core/builder.ts';
import {
  ForbiddenError,
  GithubNotConnectedError,
  InvalidInputError,
  NotFoundError,
  TemporalUnavailableError,
} from '../../core/typed-errors.ts';

const UserError = builder
  .interfaceRef<{ readonly code: string; readonly message: string }>('UserError')
  .implement({
    description: 'An expected failure of a mutation.',
    fields: (t) => ({
      code: t.exposeString('code', { description: 'Stable error code.' }),
      message: t.exposeString('message', { description: 'One sentence that says what to do.' }),
    }),
  });

builder.objectType(InvalidInputError, {
  name: 'InvalidInputError',
  description: 'The input cannot be used as it is.',
  interfaces: [UserError],
});

builder.objectType(ForbiddenError, {
  name: 'ForbiddenError',
  description: 'Your role does not allow it.',
  interfaces: [UserError],
});

builder.objectType(NotFoundError, {
  name: 'NotFoundError',
  description: 'What is named is not there, or not yours.',
  interfaces: [UserError],
});

builder.objectType(GithubNotConnectedError, {
  name: 'GithubNotConnectedError',
  description: 'The team has no working connection to GitHub.',
  interfaces: [UserError],
});

builder.objectType(TemporalUnavailableError, {
  name: 'TemporalUnavailableError',
  description: 'Temporal does not answer; nothing was started and nothing was written.',
  interfaces: [UserError],
});
