import { GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createErrorMask } from '../../../../src/api/core/errors.ts';
import {
  MUTATION_ERRORS,
  withTypedErrors,
  type MutationErrorCode,
} from '../../../../src/api/core/typed-errors.ts';
import { DOMAIN_ERROR_CODES, DomainError } from '../../../../src/domain/core/errors.ts';

function createMask() {
  const logged: { fields: object; message: string }[] = [];
  const note = (fields: object, message: string) => void logged.push({ fields, message });
  return { mask: createErrorMask({ info: note, warn: note, error: note }), logged };
}

const located = (originalError: Error) =>
  new GraphQLError(originalError.message, { originalError, path: ['team', 'name'] });

describe('the error mask', () => {
  it.each(DOMAIN_ERROR_CODES)('passes %s with its sentence and code, without logging', (code) => {
    const { mask, logged } = createMask();
    const masked = mask(located(new DomainError(code, 'Do this.')), 'r1');
    expect(masked.message).toBe('Do this.');
    expect(masked.extensions).toMatchObject({ code, requestId: 'r1' });
    expect(masked.path).toEqual(['team', 'name']);
    expect(logged).toEqual([]);
  });

  it('tells the log why the database could not be used, and nobody else', () => {
    const { mask, logged } = createMask();
    const refusal = new DomainError('DATABASE_UNAVAILABLE', 'Try again.', {
      cause: new Error('connect ECONNREFUSED canary'),
    });
    expect(JSON.stringify(mask(located(refusal), 'r1'))).not.toContain('canary');
    // The same failure met every field that waited behind it.
    mask(located(refusal), 'r1');
    expect(logged).toEqual([
      {
        fields: { requestId: 'r1', reason: 'connect ECONNREFUSED canary' },
        message: 'the database could not be used',
      },
    ]);
  });

  it('hides every other error behind the id of the request', () => {
    class VendorError extends GraphQLError {}
    for (const error of [
      located(new Error('canary')),
      located(new VendorError('canary')),
      new VendorError('canary'),
      new Error('canary'),
      'canary',
      undefined,
      located(located(new Error('canary'))),
    ]) {
      const { mask, logged } = createMask();
      const masked = mask(error, 'r2');
      expect(JSON.stringify(masked)).not.toContain('canary');
      expect(masked.originalError).toBeUndefined();
      expect(masked.extensions).toEqual({ code: 'INTERNAL', requestId: 'r2' });
      expect(logged).toHaveLength(1);
    }
  });

  it('masks once: what it has masked passes unchanged', () => {
    const { mask, logged } = createMask();
    const masked = mask(new Error('canary'), 'r3');
    expect(mask(masked, 'r4')).toBe(masked);
    expect(logged).toHaveLength(1);
  });

  it('lets refusals of graphql-js through, with a code', () => {
    const { mask } = createMask();
    const refusal = new GraphQLError('Cannot query field', {
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    });
    expect(mask(refusal, 'r5').extensions['code']).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(mask(new GraphQLError('Variable "$x" …'), 'r6').extensions['code']).toBe(
      'BAD_USER_INPUT',
    );
  });
});

describe('a message', () => {
  it('is cut where it is long, as data and as an error', async () => {
    const { mask } = createMask();
    const long = new DomainError('INVALID_INPUT', `There is no ${'x'.repeat(1_000_000)}.`);
    const typed = await withTypedErrors(new Set(), () => Promise.reject(long)).catch(
      (error) => error as Error,
    );
    for (const { message } of [
      typed,
      mask(located(long), 'r7'),
      mask(new GraphQLError(long.message), 'r8'),
      mask(new GraphQLError(long.message, { extensions: { code: 'BAD_REQUEST' } }), 'r9'),
    ] as readonly Error[]) {
      expect(message).toMatch(/^There is no x+…$/);
      expect(message.length).toBeLessThan(310);
    }
  });
});

describe('withTypedErrors', () => {
  const REQUEST_CODES = ['UNAUTHENTICATED', 'QUERY_TOO_COMPLEX', 'RATE_LIMITED'] as const;

  it.each(
    DOMAIN_ERROR_CODES.filter(
      (code): code is MutationErrorCode => !REQUEST_CODES.some((other) => other === code),
    ),
  )('turns %s into the class that the schema knows', async (code) => {
    const refusal = new DomainError(code, 'Do this.');
    const codes = new Set<string>();
    const failure = await withTypedErrors(codes, () => Promise.reject(refusal)).catch(
      (error) => error,
    );
    expect([...codes]).toEqual([code]);
    expect(failure).toBeInstanceOf(MUTATION_ERRORS[code].type);
    expect(failure).toMatchObject({ code, message: 'Do this.', cause: refusal });
  });

  it('keeps everything else: what refuses a request as a whole, defects and answers', async () => {
    const refusals = REQUEST_CODES.map((code) => new DomainError(code, 'Not so.'));
    for (const error of [...refusals, new Error('canary')]) {
      await expect(withTypedErrors(new Set(), () => Promise.reject(error))).rejects.toBe(error);
    }
    await expect(withTypedErrors(new Set(), async () => 5)).resolves.toBe(5);
  });
});
