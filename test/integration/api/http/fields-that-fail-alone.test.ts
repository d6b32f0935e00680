import { getNamedType, isNonNullType, isObjectType, type GraphQLField } from 'graphql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApiSchema } from '../../../../src/api/api-schema.ts';
import { DomainError } from '../../../../src/domain/core/errors.ts';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { seedTeam, type SeededTeam } from '../seed-team.ts';
import { seedRun } from '../sync/seed-sync-run.ts';

/** Ways to an object of each type that others hang on; the field that is tried stands for FIELD. */
const PLACES = {
  Query: 'viewer { name } FIELD',
  Team: 'team(slug: "alpha") { name FIELD }',
  Repository: 'team(slug: "alpha") { repositories { nodes { name FIELD } } }',
  SyncRun: 'team(slug: "alpha") { syncRuns { nodes { id FIELD } } }',
  GithubConnection: 'team(slug: "alpha") { githubConnections { id FIELD } }',
} as const;

/** The fields that fail there, with their codes: the one object of each type stands once in an answer. */
const FAILING: Readonly<Record<keyof typeof PLACES, object>> = {
  Query: {
    databaseReport: ['FORBIDDEN'],
    installation: ['FORBIDDEN'],
    team: ['INVALID_INPUT'],
    teamAccess: ['INVALID_INPUT'],
  },
  Team: { schedules: ['TEMPORAL_UNAVAILABLE'], auditLog: ['FORBIDDEN'] },
  Repository: {},
  SyncRun: {},
  GithubConnection: { webhookDeliveries: ['FORBIDDEN'] },
};

const schema = createApiSchema();
let world: ApiWorld;
let team: SeededTeam;

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'alpha' });
  await seedRun(world, team, { runId: 'job' });
  world.launcher.answer = new DomainError('TEMPORAL_UNAVAILABLE', 'Temporal does not answer.');
});

afterAll(() => world.close());

/** Fields of a type that need no argument, each with what of it is asked for. */
function fieldsOf(name: string): readonly { readonly field: string; readonly text: string }[] {
  const type = schema.getType(name);
  if (!isObjectType(type)) {
    throw new Error(`${name} is no object type`);
  }
  return Object.values(type.getFields())
    .filter((field) => !needsArguments(field))
    .map((field) => {
      const isObject = 'getFields' in getNamedType(field.type);
      return { field: field.name, text: isObject ? `${field.name} { __typename }` : field.name };
    });
}

function needsArguments(field: GraphQLField<unknown, unknown>): boolean {
  return field.args.some((arg) => isNonNullType(arg.type) && arg.defaultValue === undefined);
}

/** What became of a query in which one field was tried beside others. */
interface Tried {
  readonly codes: readonly unknown[];
  /** The whole answer without that field. */
  readonly beside: unknown;
}

async function tryField(place: string, text: string): Promise<Tried> {
  const query = `{ ${place.replace('FIELD', text === '' ? '' : `tried: ${text}`)} }`;
  const { data, errors } = await world.ask<object | null>(team.viewerToken, query);
  const beside = JSON.stringify(data, (key, value: unknown) =>
    key === 'tried' ? undefined : value,
  );
  return { codes: errors.map(({ extensions }) => extensions?.code), beside: JSON.parse(beside) };
}

it.each(Object.entries(PLACES))(
  'whoever is no admin, while Temporal is away, loses single fields of %s and none of their neighbours',
  async (type, place) => {
    const fields = fieldsOf(type);
    expect(fields.length).toBeGreaterThan(3);
    const { beside: alone } = await tryField(place, '');
    expect(JSON.stringify(alone)).not.toMatch(/null|\[\]/);
    const failing: Record<string, readonly unknown[]> = {};
    for (const { field, text } of fields) {
      const { codes, beside } = await tryField(place, text);
      expect(beside, `what stands beside ${type}.${field}`).toEqual(alone);
      if (codes.length > 0) {
        failing[field] = codes;
      }
    }
    expect(failing).toEqual(FAILING[type as keyof typeof PLACES]);
  },
);
