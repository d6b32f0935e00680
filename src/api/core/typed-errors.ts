import { DomainError, isDomainError, type DomainErrorCode } from '../../domain/core/errors.ts';
import { cutMessage } from './errors.ts';

/** Codes of requests as a whole: without a viewer, or refused before it runs, no field is answered. */
const REQUEST_CODES = ['UNAUTHENTICATED', 'QUERY_TOO_COMPLEX', 'RATE_LIMITED'] as const;

/** Codes that a mutation answers as data. */
export type MutationErrorCode = Exclude<DomainErrorCode, (typeof REQUEST_CODES)[number]>;

function isMutationErrorCode(code: DomainErrorCode): code is MutationErrorCode {
  return !REQUEST_CODES.some((other) => other === code);
}

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
    'The request asks for more than the server does at a time, or takes longer than it may.',
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
    'Temporal did not answer, or did not take the request; the message says what is known of it and what to do.',
  ),
};

/** Runs a mutation; expected failures come out as the class of their code, which is noted in `codes`. */
export async function withTypedErrors<T>(codes: Set<string>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isDomainError(error) && isMutationErrorCode(error.code)) {
      codes.add(error.code);
      throw new MUTATION_ERRORS[error.code].type(error.code, cutMessage(error.message), {
        cause: error,
        field: error.field,
      });
    }
    throw error;
  }
}
