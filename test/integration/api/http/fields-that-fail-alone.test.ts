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

it('whoever is no admin, while Temporal is away, loses single fields and none of their neighbours', async () => {
  const failing: Record<string, string | undefined> = {};
  for (const [type, place] of Object.entries(PLACES)) {
    const fields = fieldsOf(type);
    expect(fields.length).toBeGreaterThan(3);
    const { data: alone } = await world.ask<object | null>(
      team.viewerToken,
      `{ ${place.replace('FIELD', '')} }`,
    );
    expect(JSON.stringify(alone)).not.toMatch(/null|\[\]/);
    for (const { field, text } of fields) {
      const { data, errors } = await world.ask<object | null>(
        team.viewerToken,
        `{ ${place.replace('FIELD', `tried: ${text}`)} }`,
      );
      if (errors.length > 0) {
        failing[`${type}.${field}`] = errors[0]?.extensions?.code;
        expect(errors, `${type}.${field}`).toHaveLength(1);
        // What stands beside it is answered as it is without it.
        expect(without(data), `${type}.${field}`).toEqual(alone);
      }
    }
  }
  expect(failing).toEqual({
    'Query.databaseReport': 'FORBIDDEN',
    'Query.team': 'INVALID_INPUT',
    'Team.schedules': 'TEMPORAL_UNAVAILABLE',
    'Team.auditLog': 'FORBIDDEN',
    'GithubConnection.webhookDeliveries': 'FORBIDDEN',
  });
});

/** An answer without the field that was tried, which is null. */
function without(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, inner: unknown) => {
      if (key === 'tried') {
        expect(inner).toBeNull();
        return undefined;
      }
      return inner;
    }),
  );
}
