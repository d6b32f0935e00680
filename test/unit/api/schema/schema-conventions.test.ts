import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  isUnionType,
  type GraphQLNamedType,
  type GraphQLType,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { createApiSchema } from '../../../../src/api/api-schema.ts';

const schema = createApiSchema();
const types: GraphQLNamedType[] = Object.values(schema.getTypeMap()).filter(
  (type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type),
);

interface Element {
  /** `Type.field(argument)`. */
  readonly where: string;
  readonly name: string;
  readonly description: string | null | undefined;
  readonly type?: GraphQLType;
}

const fields: Element[] = types.flatMap((type) =>
  isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)
    ? Object.values(type.getFields()).map((field) => ({
        where: `${type.name}.${field.name}`,
        name: field.name,
        description: field.description,
        type: field.type,
      }))
    : [],
);

const args: Element[] = types.flatMap((type) =>
  isObjectType(type) || isInterfaceType(type)
    ? Object.values(type.getFields()).flatMap((field) =>
        field.args.map((argument) => ({
          where: `${type.name}.${field.name}(${argument.name})`,
          name: argument.name,
          description: argument.description,
          type: argument.type,
        })),
      )
    : [],
);

const enumValues: Element[] = types.flatMap((type) =>
  isEnumType(type)
    ? type.getValues().map((value) => ({
        where: `${type.name}.${value.name}`,
        name: value.name,
        description: value.description,
      }))
    : [],
);

const breaking = (elements: readonly Element[], isGood: (element: Element) => boolean): string[] =>
  elements.filter((element) => !isGood(element)).map((element) => element.where);

/** The type without its outer non-null. */
function nullable(type: GraphQLType): GraphQLType {
  return isNonNullType(type) ? type.ofType : type;
}

describe('the schema', () => {
  it('is large enough for the other checks to mean something', () => {
    expect(types.length).toBeGreaterThan(50);
    expect(fields.length).toBeGreaterThan(150);
    expect(args.length).toBeGreaterThan(20);
    expect(enumValues.length).toBeGreaterThan(30);
  });

  it('describes every type, field, argument and enum value in a sentence', () => {
    const all: Element[] = [
      ...types.map((type) => ({
        where: type.name,
        name: type.name,
        description: type.description,
      })),
      ...fields,
      ...args,
      ...enumValues,
    ];
    expect(breaking(all, ({ description }) => /^\S[\s\S]*[.`)"]$/.test(description ?? ''))).toEqual(
      [],
    );
  });

  it('names types in PascalCase, fields and arguments in camelCase, enum values in UPPER_SNAKE', () => {
    const typeNames = types.map(({ name }) => ({ where: name, name, description: '' }));
    expect(breaking(typeNames, ({ name }) => /^[A-Z][A-Za-z]+$/.test(name))).toEqual([]);
    expect(
      breaking([...fields, ...args], ({ name }) => /^(?!get[A-Z])[a-z][A-Za-z]*$/.test(name)),
    ).toEqual([]);
    expect(breaking(enumValues, ({ name }) => /^[A-Z]+(_[A-Z]+)*$/.test(name))).toEqual([]);
  });

  it('ends the names of inputs in Input, of unions in Result and of errors in Error', () => {
    expect(types.filter(isInputObjectType).filter(({ name }) => !name.endsWith('Input'))).toEqual(
      [],
    );
    expect(types.filter(isUnionType).filter(({ name }) => !name.endsWith('Result'))).toEqual([]);
    const userErrors = schema.getPossibleTypes(
      types.filter(isInterfaceType).find(({ name }) => name === 'UserError') ?? unreachable(),
    );
    expect(userErrors.length).toBeGreaterThan(0);
    expect(userErrors.filter(({ name }) => !name.endsWith('Error'))).toEqual([]);
  });

  it('gives lists that are never null, but for one that another system has and that fails alone', () => {
    const lists = fields.filter(({ where, type }) => {
      const owner = schema.getType(where.split('.')[0] ?? '');
      return type !== undefined && !isInputObjectType(owner) && isListType(nullable(type));
    });
    expect(lists.length).toBeGreaterThan(10);
    expect(breaking(lists, ({ type }) => isNonNullType(type))).toEqual(['Team.schedules']);
  });

  it('pages every connection by first and after, with a default', () => {
    const connections = types.filter(isObjectType).flatMap((type) =>
      Object.values(type.getFields())
        // How a team reaches GitHub is no list.
        .filter((field) => /^(?!GithubConnection$).*Connection$/.test(String(nullable(field.type))))
        .map((field) => ({
          where: `${type.name}.${field.name}`,
          names: field.args.map((argument) => argument.name),
          first: field.args.find((argument) => argument.name === 'first')?.defaultValue,
        })),
    );
    expect(connections.length).toBeGreaterThan(5);
    for (const { where, names, first } of connections) {
      expect([where, names, first]).toEqual([
        where,
        expect.arrayContaining(['first', 'after']),
        20,
      ]);
    }
  });

  it('guards every root field by a scope', () => {
    const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
    const rootFields = roots.flatMap((type) => Object.values(type?.getFields() ?? {}));
    expect(rootFields.length).toBeGreaterThan(7);
    const open = rootFields.filter((field) => {
      const options = field.extensions['pothosOptions'] as { authScopes?: { viewer?: boolean } };
      return options.authScopes?.viewer !== true;
    });
    expect(open.map((field) => field.name)).toEqual([]);
  });

  it('has custom scalars for instants, dates and large numbers only', () => {
    expect(
      types
        .filter(isScalarType)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['BigInt', 'Date', 'DateTime']);
  });
});

function unreachable(): never {
  throw new Error('the type is not in the schema');
}
