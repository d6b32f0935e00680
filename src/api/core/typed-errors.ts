import { DomainError, isDomainError, type DomainErrorCode } from '../../domain/core/errors.ts';

/** Codes that a mutation answers as data. Without a viewer nothing is answered: UNAUTHENTICATED is an error of the request. */
export type MutationErrorCode = Exclude<DomainErrorCode, 'UNAUTHENTICATED'>;

interface MutationError {
  /** Name of its type in the schema. */
  readonly name: string;
  readonly description: string;
  readonly type: typeof DomainError;
}

/** A class of its own for each code, because the schema tells the members of a union apart by class. */
function typed(name: string, description: string): MutationError {
  return { name, description, type: class extends DomainError {} };
}

/** Failures that a mutation answers as data; a new code of the closed list is given its type here. */
export const MUTATION_ERRORS: Readonly<Record<MutationErrorCode, MutationError>> = {
  FORBIDDEN: typed('ForbiddenError', 'Your role does not allow it.'),
  NOT_FOUND: typed('NotFoundError', 'What the input names does not exist, or you may not see it.'),
  INVALID_INPUT: typed(
    'InvalidInputError',
    'The input cannot be used as it is; the message says what to change.',
  ),
  CONFLICT: typed('ConflictError', 'Another change of the same data came in between: try again.'),
  LIMIT_EXCEEDED: typed(
    'LimitExceededError',
    'The request is larger than the server takes at a time.',
  ),
  OVERLOADED: typed('OverloadedError', 'The server is busy: try again in a few seconds.'),
  DATABASE_UNAVAILABLE: typed(
    'DatabaseUnavailableError',
    'The database does not answer at the moment: try again shortly.',
  ),
  GITHUB_NOT_CONNECTED: typed(
    'GithubNotConnectedError',
    'The team has no working connection to GitHub.',
  ),
  TEMPORAL_UNAVAILABLE: typed(
    'TemporalUnavailableError',
    'Temporal does not answer, or refused the request: nothing was started.',
  ),
};

/** Runs a mutation; expected failures come out as the class of their code. */
export async function withTypedErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isDomainError(error) && error.code !== 'UNAUTHENTICATED') {
      throw new MUTATION_ERRORS[error.code].type(error.code, error.message, { cause: error });
    }
    throw error;
  }
}
