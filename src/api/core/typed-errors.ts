import { DomainError, isDomainError, type DomainErrorCode } from '../../domain/core/errors.ts';

/** Failures that a mutation answers as data: one class a code, because the schema tells types apart by class. */
export class InvalidInputError extends DomainError {
  constructor(message: string, options?: ErrorOptions) {
    super('INVALID_INPUT', message, options);
  }
}

export class ForbiddenError extends DomainError {
  constructor(message: string, options?: ErrorOptions) {
    super('FORBIDDEN', message, options);
  }
}

export class NotFoundError extends DomainError {
  constructor(message: string, options?: ErrorOptions) {
    super('NOT_FOUND', message, options);
  }
}

export class GithubNotConnectedError extends DomainError {
  constructor(message: string, options?: ErrorOptions) {
    super('GITHUB_NOT_CONNECTED', message, options);
  }
}

export class TemporalUnavailableError extends DomainError {
  constructor(message: string, options?: ErrorOptions) {
    super('TEMPORAL_UNAVAILABLE', message, options);
  }
}

type TypedErrorClass = new (message: string, options?: ErrorOptions) => DomainError;

const CLASSES: Partial<Record<DomainErrorCode, TypedErrorClass>> = {
  INVALID_INPUT: InvalidInputError,
  FORBIDDEN: ForbiddenError,
  NOT_FOUND: NotFoundError,
  GITHUB_NOT_CONNECTED: GithubNotConnectedError,
  TEMPORAL_UNAVAILABLE: TemporalUnavailableError,
};

/** Runs a mutation; expected failures of lower rooms come out as the class of their code. */
export async function withTypedErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const typed = isDomainError(error) ? CLASSES[error.code] : undefined;
    if (isDomainError(error) && typed !== undefined) {
      throw new typed(error.message, { cause: error });
    }
    throw error;
  }
}
