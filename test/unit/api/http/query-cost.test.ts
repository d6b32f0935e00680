import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildSchema,
  execute,
  getIntrospectionQuery,
  getNamedType,
  getNullableType,
  getOperationAST,
  isEnumType,
  isInterfaceType,
  isLeafType,
  isListType,
  isObjectType,
  parse,
  type GraphQLField,
  type GraphQLResolveInfo,
  type GraphQLSchema,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { createApiSchema } from '../../../../src/api/api-schema.ts';
import { builder } from '../../../../src/api/core/builder.ts';
import type { ApiContext } from '../../../../src/api/core/context.ts';
import { enforceListSizes } from '../../../../src/api/core/list-sizes.ts';
import { costOf } from '../../../../src/api/core/field-cost.ts';
import { countAnswered } from '../../../../src/api/http/answered-cost.ts';
import { checkDocument } from '../../../../src/api/http/document-limits.ts';
import { estimateCost } from '../../../../src/api/http/query-cost.ts';
import { QUERY_LIMITS } from '../../../../src/domain/core/query-limits.ts';
import { PROJECT_DIRECTORY } from '../../../support/sources/scratch-tree.ts';

const schema = createApiSchema();
const NOW = new Date('2026-03-12T12:00:00Z');

function estimate(text: string, variables: Readonly<Record<string, unknown>> = {}) {
  const document = parse(text);
  const operation = getOperationAST(document, undefined);
  if (operation == null) {
    throw new Error('the document has no operation, or several');
  }
  return estimateCost({ schema, document, operation, variables, now: NOW });
}

const points = (text: string, variables?: Readonly<Record<string, unknown>>): number =>
  estimate(text, variables).points;

interface NamedField {
  readonly where: string;
  readonly field: GraphQLField<unknown, unknown>;
}

function fieldsOf(of: GraphQLSchema): readonly NamedField[] {
  return Object.values(of.getTypeMap())
    .filter((type) => isObjectType(type) || isInterfaceType(type))
    .filter(({ name }) => !name.startsWith('__'))
    .flatMap((type) =>
      Object.values(type.getFields()).map((field) => ({
        where: `${type.name}.${field.name}`,
        field,
      })),
    );
}

const fields = fieldsOf(schema);

describe('what describes the schema', () => {
  it('is bounded for the query, under however many names it is asked for', () => {
    const described = (names: number): string => {
      const aliases = Array.from({ length: names }, (_, n) => `a${n}: __schema { types { ...F } }`);
      return `{ ${aliases.join(' ')} } fragment F on __Type { name kind }`;
    };
    expect(points(described(1))).toBeLessThan(200);
    expect(() => points(described(50))).toThrow('The query describes more than');
  });
});

describe('the fields of the schema', () => {
  const lists = fields.filter(({ field }) => isListType(getNullableType(field.type)));
  const connections = fields.filter(({ field }) => {
    const type = getNamedType(field.type);
    return isObjectType(type) && 'edges' in type.getFields();
  });

  it('say of each list how long it is', () => {
    expect(lists.length).toBeGreaterThan(60);
    const silent = lists.filter(({ field }) => {
      const { size, isOfPage } = costOf(field);
      return size === undefined && isOfPage !== true;
    });
    expect(silent.map(({ where }) => where)).toEqual([]);
  });

  it.each([
    ['answers', (list: readonly unknown[]): unknown => list],
    ['promises', (list: readonly unknown[]): unknown => Promise.resolve(list)],
  ])('are never longer than that, whatever a resolver %s', async (_how, answer) => {
    const context = { services: { now: () => NOW } } as ApiContext;
    const args = { ids: ['x', 'y'], first: 100, from: '2026-03-01', to: '2026-03-12' };
    let length = 0;
    const bare = builder.toSchema();
    const sized = fieldsOf(bare).filter(
      ({ field }) => isListType(getNullableType(field.type)) && costOf(field).size !== undefined,
    );
    expect(sized.length).toBeGreaterThan(20);
    for (const { field } of sized) {
      field.resolve = () => answer(Array.from({ length }, () => ({})));
    }
    enforceListSizes(bare);
    for (const { where, field } of sized) {
      const { size } = costOf(field);
      const bound = typeof size === 'function' ? size(args, NOW) : (size ?? 0);
      const resolve = async (): Promise<unknown> =>
        field.resolve?.({}, args, context, {} as GraphQLResolveInfo);
      length = bound;
      expect([where, await resolve()]).toMatchObject([where, { length: bound }]);
      length = bound + 1;
      await expect(resolve(), where).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    }
  });

  it('say of each connection that it is as long as its page, and its lists with it', () => {
    expect(connections.length).toBeGreaterThan(20);
    for (const { where, field } of connections) {
      const { size } = costOf(field);
      const sizeOf = (args: Readonly<Record<string, unknown>>) =>
        typeof size === 'function' ? size(args, NOW) : size;
      const sizes = [7, 100, 101, 0, -1, null, 'x', 2.5].map((first) => sizeOf({ first }));
      expect([where, sizes]).toEqual([where, [7, 100, 100, 100, 100, 100, 100, 100]]);
    }
    const ofPages = lists.filter(({ where }) => /^\w+Connection\.(nodes|edges)$/.test(where));
    expect(ofPages.length).toBeGreaterThan(30);
    expect(ofPages.filter(({ field }) => costOf(field).isOfPage !== true)).toEqual([]);
    expect(lists.filter(({ field }) => costOf(field).isOfPage).length).toBe(ofPages.length);
  });
});

describe('the estimated cost', () => {
  it.each([
    ['{ __typename }', 1],
    ['{ viewer { name } }', 2],
    // The connection, five teams, two values each.
    ['{ teams(first: 5) { nodes { id name } } }', 7],
    ['{ teams(first: 5) { edges { cursor node { id } } } }', 12],
    // The page is described once.
    ['{ teams(first: 5) { pageInfo { hasNextPage } } }', 3],
    // Counting the list is a statement of its own.
    ['{ teams(first: 5) { totalCount } }', 3],
    ['{ teams { nodes { members(first: 10) { nodes { login } } } } }', 1 + 20 * (2 + 11)],
    ['{ team(slug: "a") { weeklyMetrics { commits } } }', 1 + Math.ceil(12 * 1.1)],
    ['{ team(slug: "a") { weeklyMetrics(from: "2026-03-01", to: "2026-03-15") { commits } } }', 6],
    ['{ team(slug: "a") { weeklyMetrics(from: "no date") { commits } } }', 1 + 286],
    ['{ team(slug: "a") { weeklyMetrics(from: "1970-01-01") { commits } } }', 1 + 286],
    ['{ team(slug: "a") { aiUsage(by: WEEK) { start } } }', 1 + 22],
    ['{ nodes(ids: ["x", "y"]) { id } }', 3],
    ['{ syncRun(id: "x") { repositories(first: 10) { nodes { status } } } }', 1 + 1 + 11],
    ['{ viewer { memberships(first: 10) { nodes { role } } } }', 1 + 1 + 11],
    ['{ rateLimit { limit remaining } }', 0],
    ['{ rateLimit { limit } viewer { name } }', 2],
    ['mutation { cancelSync(input: { syncRunId: "x" }) { __typename } }', 12],
    ['subscription { syncRunProgress(id: "x") { status progress { pages } } }', 3],
  ])('of %s is %i', (text, cost) => {
    expect(points(text)).toBe(cost);
  });

  const PAGES = 'query ($n: Int! = 10) { teams(first: $n) { nodes { id } } }';

  it('takes sizes from variables as they are at run time', () => {
    expect(points(PAGES, { n: 30 })).toBe(34);
    expect(points(PAGES)).toBe(12);
    expect(points('query ($n: Int!) { teams(first: $n) { nodes { id } } }')).toBe(23);
  });

  it('counts what is no size of a page as the largest page', () => {
    for (const n of [null, 101, 2_147_483_647, 0, -5, 1.5, '7', true, [1], {}]) {
      expect(points(PAGES, { n })).toBe(111);
    }
  });

  it('counts fragments as often as they are spread, and each name in the answer', () => {
    const spread = (times: number) =>
      `{ ${Array.from({ length: times }, (_, n) => `t${n}: team(slug: "a") { ...T }`).join(' ')} } fragment T on Team { repositories(first: 10) { nodes { ...R } } } fragment R on Repository { releases(first: 10) { nodes { tag } } }`;
    expect(points(spread(1))).toBe(1 + 1 + 10 * (2 + 11));
    expect(points(spread(4))).toBe(4 * points(spread(1)));
  });

  it('leaves out what @skip and @include leave out', () => {
    const text =
      'query ($all: Boolean!) { viewer { name } teams @include(if: $all) { nodes { id } } ...M @skip(if: true) } fragment M on Query { teams { nodes { name } } }';
    expect(points(text, { all: false })).toBe(2);
    expect(points(text, { all: true })).toBe(25);
  });

  it('names the lists that its largest part multiplies', () => {
    const { largest } = estimate(
      '{ viewer { memberships { nodes { role } } } teams(first: 30) { nodes { members(first: 50) { nodes { login } } } } }',
    );
    expect(largest).toEqual(['teams (30)', 'members (50)']);
  });

  it('never falls behind what is answered, and is that when all lists are full', async () => {
    const bare = buildSchema(readFileSync(join(PROJECT_DIRECTORY, 'schema.graphql'), 'utf8'));
    for (const text of [
      '{ teams(first: 3) { nodes { id members(first: 4) { edges { cursor node { login kind } } } } } }',
      'query ($n: Int! = 2) { a: teams(first: $n) { nodes { ...T } } b: teams(first: 1) { nodes { ...T } } } fragment T on Team { name pullRequests(first: $n) { nodes { title phases { codingSeconds } author { login } } pageInfo { hasNextPage } } }',
      '{ team(slug: "a") { repositories(first: 2) { nodes { statistics { commits pullRequests { open } } releases(first: 5) { nodes { tag } } } } } }',
    ]) {
      const answer = await execute({
        schema: bare,
        document: parse(text),
        typeResolver: () => 'Team',
        fieldResolver: (source: { size?: number } | undefined, args, _context, info) => {
          const field = info.parentType.getFields()[info.fieldName];
          const type = getNullableType(field?.type ?? info.returnType);
          if (isListType(type)) {
            return Array.from({ length: source?.size ?? 0 }, () => ({}));
          }
          if (isEnumType(type)) {
            return type.getValues()[0]?.value as unknown;
          }
          return isLeafType(type) ? 1 : { size: args['first'] as number };
        },
      });
      const { uncounted, points: estimated } = estimate(text);
      expect([text, countAnswered(answer.data, uncounted)]).toEqual([text, estimated]);
    }
  });
});

describe('what is asked for every day', () => {
  /** The documents of the command line, with all fragments beside each operation. */
  function commandLineQueries(): string[] {
    const directory = join(PROJECT_DIRECTORY, 'src/cli');
    const parts = readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => [
        ...readFileSync(join(directory, name), 'utf8').matchAll(/\bgql\(\s*([`'])([\s\S]+?)\1/g),
      ])
      .map(([, , text = '']) => text.trim());
    const fragments = parts.filter((text) => text.startsWith('fragment'));
    return parts
      .filter((text) => !text.startsWith('fragment'))
      .map((text) => [text, ...fragments].join('\n'));
  }

  const MEMBERS = `{ team(slug: "demo") { members(first: 50) { nodes { login weeklyMetrics {
    weekStart pullRequestsMerged commits reviewsSubmitted
    cycleTime { value unit n reason } codingTime { value unit n reason } pickupTime { value unit n reason }
    reviewTime { value unit n reason } mergeWait { value unit n reason } } } } } }`;

  const readme = readFileSync(join(PROJECT_DIRECTORY, 'README.md'), 'utf8');
  const everyday = [
    ...[...readme.matchAll(/```graphql\n([\s\S]*?)```/g)].map(([, text = '']) => text),
    ...commandLineQueries(),
    MEMBERS,
    getIntrospectionQuery(),
    getIntrospectionQuery({
      descriptions: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation: true,
      oneOf: true,
    }),
  ];

  it('lies within the limits, with room', () => {
    expect(everyday.length).toBeGreaterThan(8);
    for (const text of everyday) {
      expect(() => checkDocument(parse(text))).not.toThrow();
      const cost = points(text, { after: 'x', slug: 'demo', id: 'x', input: {} });
      expect([text, cost]).toEqual([text, expect.any(Number)]);
      expect(cost).toBeGreaterThan(0);
      expect([text, Math.max(cost, QUERY_LIMITS.pointsPerQuery / 1.5)]).toEqual([
        text,
        QUERY_LIMITS.pointsPerQuery / 1.5,
      ]);
    }
  });
});
