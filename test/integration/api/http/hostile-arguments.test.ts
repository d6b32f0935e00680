import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLObjectType,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiSchema } from '../../../../src/api/api-schema.ts';
import type { Gateway } from '../../../../src/runtime/http/gateway.ts';
import { PATIENT } from '../../../support/patience.ts';
import { noteTried } from '../../../support/reliability/tried.ts';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedPullRequests, seedTeam, type SeededTeam } from '../seed-team.ts';

/** Every argument of every field that can be reached with a team, filled with what no column holds. */

const schema = createApiSchema();

const TEXTS = ['', '\0', 'a\0b', '\uD800', '\u202E\u200B', 'x'.repeat(20_000), "'; --", '%', '\\'];
const IDS = [
  ...TEXTS,
  'Team:9223372036854775807',
  'Team:9223372036854775808',
  `Team:${'9'.repeat(40)}`,
  'Team:-1',
  'Repository:1:9223372036854775808',
  'Member:99999999999999999999:1',
  'SyncRun:1:-1',
].map((text, index) => (index < TEXTS.length ? text : btoa(text)));

/** Values of a scalar that its parser takes or refuses; the answer is never INTERNAL. */
const HOSTILE: Readonly<Record<string, readonly unknown[]>> = {
  String: TEXTS,
  ID: IDS,
  Int: [0, -1, 1, 2 ** 31 - 1, -(2 ** 31)],
  Float: [0, -1, 1e308, -1e308, 5e-324],
  Boolean: [true, false],
  BigInt: ['0', '-1', '9223372036854775807', '-9223372036854775807', '9223372036854775808'],
  DateTime: [
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00Z',
    '1970-01-01T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2100-12-31T23:59:59.999Z',
    '9999-12-31T23:59:59Z',
    '10000-01-01T00:00:00Z',
    '+275760-09-13T00:00:00Z',
    'infinity',
  ],
  Date: ['0000-01-01', '1970-01-01', '2026-02-30', '2100-12-31', '9999-12-31', '10000-01-01'],
};

const BELOW = ['1', '0', '-1'];
const CURSOR_PARTS = [
  '0000-01-01T00:00:00.000Z',
  '2026-02-30T00:00:00.000Z',
  '+010000-01-01T00:00:00.000Z',
  '1970-01-01T00:00:00.000Z',
  '2100-12-31T23:59:59.999Z',
  '9999-12-31T00:00:00.000Z',
  '2147483648',
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775808',
  'a\0b',
  '\uD800',
  'x'.repeat(20_000),
  'NaN',
  '',
];

/** Cursors by hand: of one, two and three parts, with something wrong in the first or in the last. */
const CURSORS = CURSOR_PARTS.flatMap((part) => [
  [part],
  ...BELOW.flatMap((rest) => [
    [part, rest],
    [rest, part],
    [part, rest, rest],
    [rest, rest, part],
  ]),
]).map((parts) => Buffer.from(JSON.stringify(parts)).toString('base64'));

let world: ApiWorld;
let team: SeededTeam;
let gateway: Gateway;

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'alpha' });
  await seedPullRequests(world, team, { count: 3, reviews: 1, commits: 1 });
  // A test of a connection, which nobody makes here, is not waited for.
  const requests = { ...PATIENT.requests, connectionTestMs: 0 };
  gateway = world.createGateway({ deadlines: { ...PATIENT, requests } });
});
afterAll(async () => {
  await gateway?.dispose();
  await world?.close();
});

/** A value that the argument takes, so that what is asked goes as far as it can. */
function usual(argument: GraphQLArgument | GraphQLInputField): unknown {
  return usualOf(argument.name, argument.type);
}

function usualOf(name: string, type: GraphQLInputType): unknown {
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    return [usualOf(name, nullable.ofType)];
  }
  if (isEnumType(nullable)) {
    return nullable.getValues()[0]?.name;
  }
  if (isInputObjectType(nullable)) {
    const required = Object.values(nullable.getFields()).filter((field) => isRequired(field));
    return Object.fromEntries(required.map((field) => [field.name, usual(field)]));
  }
  const { repositoryIds, memberIds } = team;
  const byName: Readonly<Record<string, unknown>> = {
    teamId: globalId.team(team.teamId),
    repositoryId: globalId.row('Repository', team.teamId, repositoryIds[0] ?? ''),
    member: globalId.row('Member', team.teamId, memberIds[0] ?? ''),
    from: globalId.row('Member', team.teamId, memberIds[0] ?? ''),
    into: globalId.row('Member', team.teamId, memberIds[1] ?? ''),
    name: 'acme/repo-001',
    date: '2026-03-02',
    login: 'dev-001',
  };
  const byType: Readonly<Record<string, unknown>> = {
    ID: globalId.team(team.teamId),
    String: 'text',
    Int: 30,
    Float: 1,
    Boolean: false,
    BigInt: '1',
    DateTime: '2026-01-01T00:00:00Z',
    Date: '2026-01-01',
  };
  const typeName = getNamedType(type).name;
  return typeName === 'Date' ? byType['Date'] : (byName[name] ?? byType[typeName]);
}

function isRequired(field: GraphQLArgument | GraphQLInputField): boolean {
  return getNullableType(field.type) !== field.type && field.defaultValue === undefined;
}

/** Hostile values of an argument, as deep as it goes. */
function hostile(argument: GraphQLArgument | GraphQLInputField): unknown[] {
  const nullable = getNullableType(argument.type);
  const named = getNamedType(argument.type);
  const values = isInputObjectType(named)
    ? Object.values(named.getFields()).flatMap((field) =>
        hostile(field).map((value) => ({
          ...(usualOf(argument.name, named) as object),
          [field.name]: value,
        })),
      )
    : [...(HOSTILE[named.name] ?? []), ...(argument.name === 'after' ? CURSORS : [])];
  return isListType(nullable) ? [[], ...values.map((value) => [value])] : values;
}

/** What is asked of a field: of a list its page and its length. */
function selectionOf(field: GraphQLField<unknown, unknown>): string {
  const type = getNamedType(field.type);
  if (!isCompositeType(type)) {
    return '';
  }
  const isPage = isObjectType(type) && 'totalCount' in type.getFields();
  return isPage ? '{ totalCount edges { cursor node { __typename } } }' : '{ __typename }';
}

interface Asked {
  readonly field: GraphQLField<unknown, unknown>;
  readonly kind: 'query' | 'mutation';
  /** The document around the field. */
  readonly within: (field: string) => string;
}

/** Asks for a field with each hostile value of each of its arguments. @returns what was answered INTERNAL, and how many were asked */
async function askHostile({ field, kind, within }: Asked) {
  const failed: unknown[] = [];
  let asked = 0;
  // One with a default may be left out.
  const declare = (argument: GraphQLArgument): string =>
    `$${argument.name}: ${String(isRequired(argument) ? argument.type : getNullableType(argument.type))}`;
  const variables = field.args.map((argument) => declare(argument)).join(', ');
  const given = field.args.map(({ name }) => `${name}: $${name}`).join(', ');
  const inner = `${field.name}(${given}) ${selectionOf(field)}`;
  const document = `${kind} (${variables}) ${within(inner)}`;
  const required = field.args.filter((argument) => isRequired(argument));
  const plain = Object.fromEntries(required.map((argument) => [argument.name, usual(argument)]));
  for (const argument of field.args) {
    for (const value of hostile(argument)) {
      asked += 1;
      const values = { ...plain, [argument.name]: value };
      const answer = await world.ask(team.adminToken, document, values, gateway);
      const isInternal = answer.errors.some(({ extensions }) => extensions?.code === 'INTERNAL');
      if (isInternal || answer.status >= 500) {
        const shown = JSON.stringify(value).slice(0, 200);
        failed.push({ field: field.name, argument: argument.name, shown, log: world.log.at(-1) });
      }
    }
  }
  return { failed, asked };
}

function fieldsOf(type: GraphQLObjectType | null | undefined): GraphQLField<unknown, unknown>[] {
  return Object.values(type?.getFields() ?? {}).filter(({ args }) => args.length > 0);
}

describe('no value of an argument is answered INTERNAL', () => {
  const inTeam = (inner: string) => `{ team(slug: "alpha") { ${inner} } }`;
  const inRepository = (inner: string) => inTeam(`repository(name: "acme/repo-001") { ${inner} }`);
  const inPullRequest = (inner: string) => inTeam(`pullRequests(first: 1) { nodes { ${inner} } }`);
  const inMember = (inner: string) => inTeam(`members(first: 1) { nodes { ${inner} } }`);
  const typeOf = (name: string) => schema.getType(name) as GraphQLObjectType;

  it.for([
    ['queries', 'query', () => schema.getQueryType(), (inner: string) => `{ ${inner} }`],
    ['a team', 'query', () => typeOf('Team'), inTeam],
    ['a repository', 'query', () => typeOf('Repository'), inRepository],
    ['a pull request', 'query', () => typeOf('PullRequest'), inPullRequest],
    ['a member', 'query', () => typeOf('Member'), inMember],
    ['mutations', 'mutation', () => schema.getMutationType(), (inner: string) => `{ ${inner} }`],
  ] as const)('of %s', async ([, kind, type, within], context) => {
    let asked = 0;
    const failed: unknown[] = [];
    for (const field of fieldsOf(type())) {
      const result = await askHostile({ field, kind, within });
      asked += result.asked;
      failed.push(...result.failed);
    }
    noteTried(context, asked);
    expect(failed).toEqual([]);
    expect(asked).toBeGreaterThan(10);
  });
});
