import { DomainError } from '../../domain/core/errors.ts';

/** Why an operation is given up: the reason with which its signal aborts. */
export const TIME_IS_UP = new DomainError(
  'LIMIT_EXCEEDED',
  'This operation takes too long: ask for less at a time, or try again when the server is less busy.',
);
export const CLIENT_IS_GONE = new DomainError(
  'LIMIT_EXCEEDED',
  'The client has gone before the answer.',
);

/** What a mutation says that was not reached before its operation was given up. */
export function notStarted({ reason }: AbortSignal): DomainError {
  const why =
    reason === CLIENT_IS_GONE
      ? 'the client had gone before its turn'
      : 'the time of the request was up before its turn';
  return new DomainError(
    'LIMIT_EXCEEDED',
    `This mutation was not started: ${why}. Nothing of it was done; send it again by itself.`,
  );
}
