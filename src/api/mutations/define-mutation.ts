import type {
  InputFieldBuilder,
  InputFieldMap,
  InputShapeFromFields,
  ObjectRef,
} from '@pothos/core';
import { builder, type BuilderTypes } from '../core/builder.ts';
import { requireViewer, type ApiContext } from '../core/context.ts';
import { costs } from '../core/field-cost.ts';
import { notStarted } from '../core/operation-end.ts';
import { toMutationContext, type MutationContext } from '../core/request-writes.ts';
import { requireAdminOf, requireAdminOrOperator, requireOperator } from '../core/team-admin.ts';
import { MUTATION_ERRORS, withTypedErrors, type MutationErrorCode } from '../core/typed-errors.ts';

/** What every mutation can meet: its role, its input, and the database. */
export const GENERAL_ERRORS = [
  'INVALID_INPUT',
  'FORBIDDEN',
  'NOT_FOUND',
  'CONFLICT',
  'LIMIT_EXCEEDED',
  'OVERLOADED',
  'DATABASE_UNAVAILABLE',
] as const satisfies readonly MutationErrorCode[];

/** What a mutation can meet beyond that, and names itself. */
export type FurtherError = Exclude<MutationErrorCode, (typeof GENERAL_ERRORS)[number]>;

interface Definition<Fields extends InputFieldMap, Payload extends object> {
  /** Name of the field. The types of its input and of its union are named by it: `<Name>Input`, `<Name>Result`. */
  readonly name: string;
  readonly description: string;
  readonly input: {
    readonly description: string;
    readonly fields: (t: InputFieldBuilder<BuilderTypes, 'InputObject'>) => Fields;
  };
  readonly payload: ObjectRef<BuilderTypes, Payload>;
  /** Beyond those that every mutation can meet. */
  readonly errors: readonly FurtherError[];
  /** What only this role may do, for the message: `start a backfill`. */
  readonly may: string;
}

/** What a mutation runs with. */
interface Run<Fields extends InputFieldMap> {
  readonly input: InputShapeFromFields<Fields>;
  readonly context: MutationContext;
  /** The viewer. */
  readonly userId: bigint;
}

/** A mutation for the admins of a team. */
interface AdminMutation<Fields extends InputFieldMap, Payload extends object> extends Definition<
  Fields,
  Payload
> {
  readonly role: 'ADMIN';
  /** The team whose admin the viewer must be. @throws DomainError INVALID_INPUT */
  readonly team: (input: InputShapeFromFields<Fields>) => bigint;
  /** What the input names, where it is not the team itself: viewers of other teams must not learn that it exists. */
  readonly names?: string;
  /** Whether operators may do it too, for any team. */
  readonly orOperator?: true;
  readonly run: (mutation: Run<Fields> & { readonly teamId: bigint }) => Promise<Payload>;
}

/** A mutation for those who run the installation. */
interface OperatorMutation<Fields extends InputFieldMap, Payload extends object> extends Definition<
  Fields,
  Payload
> {
  readonly role: 'OPERATOR';
  readonly run: (mutation: Run<Fields>) => Promise<Payload>;
}

/** A mutation as it is written down: one file, which registers it when it is imported. */
export type MutationDefinition<Fields extends InputFieldMap, Payload extends object> =
  AdminMutation<Fields, Payload> | OperatorMutation<Fields, Payload>;

function audienceOf(definition: { readonly role: string; readonly orOperator?: true }): string {
  if (definition.role === 'OPERATOR') {
    return 'For operators.';
  }
  return definition.orOperator === true ? 'For admins and operators.' : 'For admins.';
}

/**
 * Adds a mutation to the schema: it takes one `input`, checks the role of the viewer before anything else, and answers
 * its payload or, as data, the reason why it failed.
 */
export function defineMutation<Fields extends InputFieldMap, Payload extends object>(
  definition: MutationDefinition<Fields, Payload>,
): void {
  const { name, payload } = definition;
  const typeName = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  const Input = builder.inputType(`${typeName}Input`, definition.input);
  const codes: readonly MutationErrorCode[] = [...GENERAL_ERRORS, ...definition.errors];
  builder.mutationField(name, (t) =>
    t.field({
      ...costs({ points: 10 }),
      type: payload,
      authScopes: { viewer: true },
      description: `${definition.description} ${audienceOf(definition)}`,
      args: {
        input: t.arg({ type: Input, required: true, description: definition.input.description }),
      },
      errors: {
        types: codes.map((code) => MUTATION_ERRORS[code].type),
        directResult: true,
        union: {
          name: `${typeName}Result`,
          description: `The answer of ${name}: its payload, or the reason why it failed.`,
        },
      },
      // What Pothos makes of a generic input and payload is known where the mutation is defined.
      resolve: ((
        _root: unknown,
        args: { readonly input: InputShapeFromFields<Fields> },
        context: ApiContext,
      ) =>
        withTypedErrors(context.observed.codes, () =>
          runAs(definition, args.input, context),
        )) as never,
    }),
  );
}

async function runAs<Fields extends InputFieldMap, Payload extends object>(
  definition: MutationDefinition<Fields, Payload>,
  input: InputShapeFromFields<Fields>,
  request: ApiContext,
): Promise<Payload> {
  const { userId } = requireViewer(request);
  if (request.signal.aborted) {
    throw notStarted(request.signal);
  }
  const context = toMutationContext(request, userId);
  if (definition.role === 'OPERATOR') {
    requireOperator(request, definition.may);
    return definition.run({ input, context, userId });
  }
  const teamId = definition.team(input);
  const names = definition.names ?? 'team';
  if (definition.orOperator === true) {
    await requireAdminOrOperator(request, teamId, names, definition.may);
  } else {
    requireAdminOf(request, teamId, names, definition.may);
  }
  return definition.run({ input, context, userId, teamId });
}
