import type { InputFieldMap } from '@pothos/core';
import { graphql, isNonNullType, isUnionType } from 'graphql';
import ts from 'typescript';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { createApiSchema } from '../../../../src/api/api-schema.ts';
import { builder } from '../../../../src/api/core/builder.ts';
import { beginObservation } from '../../../../src/api/core/observation.ts';
import type { ApiContext } from '../../../../src/api/core/context.ts';
import { CLIENT_IS_GONE, TIME_IS_UP } from '../../../../src/api/core/operation-end.ts';
import type { RequestWrites } from '../../../../src/api/core/request-writes.ts';
import { MUTATION_ERRORS, type MutationErrorCode } from '../../../../src/api/core/typed-errors.ts';
import {
  defineMutation,
  GENERAL_ERRORS,
  type MutationDefinition,
} from '../../../../src/api/mutations/define-mutation.ts';
import type { Written } from '../../../../src/db/core/admin-audit.ts';
import { DomainError, type DomainErrorCode } from '../../../../src/domain/core/errors.ts';
import { findNodes, parseFolder } from '../../../support/sources/declarations.ts';

type ProbeDefinition = MutationDefinition<InputFieldMap, { readonly done: boolean }>;

/** What the probes throw. */
const thrown: { error: Error | null } = { error: null };

const product = Object.values(createApiSchema().getMutationType()?.getFields() ?? {});

const probe = {
  description: 'Probes.',
  input: {
    description: 'What to probe.',
    fields: (t: Parameters<ProbeDefinition['input']['fields']>[0]) => ({ note: t.string() }),
  },
  payload: builder.objectRef<{ readonly done: boolean }>('ProbePayload').implement({
    fields: (t) => ({ done: t.exposeBoolean('done') }),
  }),
  may: 'probe',
  run: async () => {
    if (thrown.error !== null) {
      throw thrown.error;
    }
    return { done: true };
  },
} as const;

defineMutation({
  ...probe,
  name: 'probeTeam',
  errors: ['GITHUB_NOT_CONNECTED', 'TEMPORAL_UNAVAILABLE'],
  role: 'ADMIN',
  team: () => 7n,
});
defineMutation({
  ...probe,
  name: 'probeAnyTeam',
  errors: [],
  role: 'ADMIN',
  orOperator: true,
  team: () => 7n,
});
defineMutation({ ...probe, name: 'probeInstallation', errors: [], role: 'OPERATOR' });
const schema = createApiSchema();

// The schema is built from what modules have declared: files that come later in this process get one without the probes.
afterAll(() => {
  vi.resetModules();
});

function toContext(viewer: object, signal: AbortSignal): ApiContext {
  const observed = beginObservation();
  // A team of any id is there.
  const reads = { load: async () => ({ id: 7n }) };
  const context: unknown = { viewer, signal, observed, services: { launcher: {} }, reads };
  return context as ApiContext;
}

async function ask(
  name: string,
  viewer: object,
  error: Error | null = null,
  signal = new AbortController().signal,
) {
  thrown.error = error;
  const { data, errors } = await graphql({
    schema,
    source: `mutation { ${name}(input: {}) { __typename ... on UserError { code message } } }`,
    contextValue: toContext(viewer, signal),
  });
  return { answer: data?.[name], errors };
}

const ADMIN = { userId: 1n, teamIds: [7n], adminTeamIds: [7n], instanceRole: null };
const MEMBER = { ...ADMIN, adminTeamIds: [] };
const STRANGER = { ...MEMBER, teamIds: [] };
const OPERATOR = { ...STRANGER, instanceRole: 'OPERATOR' };

describe('each mutation of the schema', () => {
  it('is one of 32', () => expect(product).toHaveLength(32));

  it.each(product)(
    '$name takes one input and answers its payload or a failure as data',
    (field) => {
      expect(field.args.map(({ name, type }) => [name, isNonNullType(type)])).toEqual([
        ['input', true],
      ]);
      const union = isNonNullType(field.type) ? field.type.ofType : field.type;
      if (!isUnionType(union)) {
        throw new Error(`${field.name} answers no union`);
      }
      const names = union.getTypes().map(({ name }) => name);
      expect(names).toEqual(
        expect.arrayContaining(GENERAL_ERRORS.map((code) => MUTATION_ERRORS[code].name)),
      );
      expect(names.filter((name) => !name.endsWith('Error'))).toHaveLength(1);
      expect(field.description).toMatch(/For (admins|operators|admins and operators)\.$/);
    },
  );

  it('is defined in one way, and writes in one way', async () => {
    const uses = { mutationField: new Set<string>(), writes: new Set<string>() };
    for (const { path, source } of await parseFolder('src/api')) {
      for (const { expression, name } of findNodes(source, ts.isPropertyAccessExpression)) {
        if (/^mutationFields?$/.test(name.text)) {
          uses.mutationField.add(path);
        }
        if (name.text === 'writes' && expression.getText(source).endsWith('services')) {
          uses.writes.add(path);
        }
      }
      for (const { moduleSpecifier } of findNodes(source, ts.isImportDeclaration)) {
        if (/\/(team-transaction|write-source)\.ts'$/.test(moduleSpecifier.getText(source))) {
          uses.writes.add(path);
        }
      }
    }
    expect([...uses.mutationField]).toEqual(['src/api/mutations/define-mutation.ts']);
    // The types alone in the first, which resolvers get as their services.
    expect([...uses.writes]).toEqual(['src/api/core/context.ts', 'src/api/core/request-writes.ts']);
  });
});

describe('a mutation', () => {
  it.each(Object.entries(MUTATION_ERRORS) as [MutationErrorCode, { readonly name: string }][])(
    'answers %s as data',
    async (code, { name }) => {
      const failure = new DomainError(code, 'Do this.');
      expect(await ask('probeTeam', ADMIN, failure)).toEqual({
        answer: { __typename: name, code, message: 'Do this.' },
        errors: undefined,
      });
    },
  );

  it.each([
    [TIME_IS_UP, 'was not started: the time of the request was up'],
    [CLIENT_IS_GONE, 'was not started: the client had gone'],
  ])('is not started when its request has ended, and says so as data: %s', async (why, says) => {
    const { answer, errors } = await ask(
      'probeTeam',
      ADMIN,
      new Error('it ran'),
      AbortSignal.abort(why),
    );
    expect(errors).toBeUndefined();
    expect(answer).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: expect.stringContaining(says) as string,
    });
  });

  it('answers a defect and a failure that it does not name as errors of the request', async () => {
    const unnamed = new DomainError('TEMPORAL_UNAVAILABLE', 'Later.');
    for (const error of [new Error('canary'), unnamed]) {
      const { answer, errors } = await ask('probeInstallation', OPERATOR, error);
      expect([answer, errors]).toMatchObject([undefined, [{ message: error.message }]]);
    }
  });

  it.each<[string, object, DomainErrorCode | null]>([
    ['probeTeam', ADMIN, null],
    ['probeTeam', MEMBER, 'FORBIDDEN'],
    ['probeTeam', STRANGER, 'NOT_FOUND'],
    ['probeTeam', OPERATOR, 'NOT_FOUND'],
    ['probeAnyTeam', ADMIN, null],
    ['probeAnyTeam', MEMBER, 'FORBIDDEN'],
    ['probeAnyTeam', STRANGER, 'NOT_FOUND'],
    ['probeAnyTeam', OPERATOR, null],
    ['probeInstallation', OPERATOR, null],
    ['probeInstallation', ADMIN, 'FORBIDDEN'],
  ])('%s checks the role before it runs', async (name, viewer, code) => {
    const { answer, errors } = await ask(name, viewer);
    expect(errors).toBeUndefined();
    expect(answer).toMatchObject(code === null ? { __typename: 'ProbePayload' } : { code });
  });

  it('cannot be written without role, errors or audit: the type check refuses it', () => {
    const whole = { ...probe, name: 'whole', errors: [], role: 'OPERATOR' } as const;
    const { role: _role, ...roleless } = whole;
    const { errors: _errors, ...errorless } = whole;
    const { may: _may, ...silent } = whole;
    const admin = { ...whole, role: 'ADMIN' } as const;
    const checked: unknown[] = [];
    const define = (definition: ProbeDefinition): void => void checked.push(definition);
    define(whole);
    // @ts-expect-error no role
    define(roleless);
    // @ts-expect-error no errors
    define(errorless);
    // @ts-expect-error not said what only the role may do
    define(silent);
    // @ts-expect-error for admins, and not said of which team
    define(admin);
    // @ts-expect-error UNAUTHENTICATED is no data
    define({ ...whole, errors: ['UNAUTHENTICATED'] });

    type Work = Parameters<RequestWrites['inTeam']>[1];
    const accept = (work: Work): void => void checked.push(work);
    accept(async (): Promise<Written<number>> => ({ result: 1, audit: 'UNCHANGED' }));
    accept(async () => ({ result: 1, audit: { action: 'PROBED', details: {} } }));
    // @ts-expect-error no audit
    accept(async () => ({ result: 1 }));
    // @ts-expect-error no audit
    accept(async () => undefined);
    // @ts-expect-error what was done is not said
    accept(async () => ({ result: 1, audit: { action: 'PROBED' } }));
    // Nothing is refused when it runs: npm run typecheck fails where one of the lines above is accepted.
    expect(checked).toHaveLength(11);
  });
});
