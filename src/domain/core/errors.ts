/** The closed set of reasons for which an operation is refused. Each transport translates it once. */
export const DOMAIN_ERROR_CODES = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'INVALID_INPUT',
  'CONFLICT',
  'LIMIT_EXCEEDED',
  'QUERY_TOO_COMPLEX',
  'RATE_LIMITED',
  'OVERLOADED',
  'GITHUB_NOT_CONNECTED',
  'TEMPORAL_UNAVAILABLE',
  'DATABASE_UNAVAILABLE',
] as const;

export type DomainErrorCode = (typeof DOMAIN_ERROR_CODES)[number];

/**
 * An expected failure: the message is one sentence for the person who asked and says what to do.
 * Anything else that is thrown is a defect and is masked at the edge.
 */
export class DomainError extends Error {
  readonly code: DomainErrorCode;
  /** The field of the input that is to blame; null where it is not one alone. */
  readonly field: string | null;

  constructor(
    code: DomainErrorCode,
    message: string,
    options: ErrorOptions & { readonly field?: string | null } = {},
  ) {
    super(message, options);
    this.name = 'DomainError';
    this.code = code;
    this.field = options.field ?? null;
  }
}

export function isDomainError(error: unknown): error is DomainError {
  return error instanceof DomainError;
}
