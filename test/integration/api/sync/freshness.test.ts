import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { seedTeam, type SeededTeam } from '../seed-team.ts';

const FRESHNESS = `query ($slug: String!) {
  team(slug: $slug) {
    freshness { syncedAt oldestRepository { nameWithOwner syncedAt } }
    repositories { nodes { id } }
  }
}`;

interface Answer {
  readonly team: {
    readonly freshness: {
      readonly syncedAt: string | null;
      readonly oldestRepository: { readonly syncedAt: string | null } | null;
    };
  };
}

let world: ApiWorld;
let team: SeededTeam;
let empty: SeededTeam;

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'alpha', repositories: 4, members: 1 });
  empty = await seedTeam(world, { slug: 'beta', repositories: 0, members: 1 });
});
afterAll(() => world?.close());

async function freshness(of: SeededTeam): Promise<Answer['team']['freshness']> {
  const { data, errors } = await world.ask<Answer>(of.viewerToken, FRESHNESS, { slug: of.slug });
  expect(errors).toEqual([]);
  return data.team.freshness;
}

/** The repositories in their order, each with a state and when it was synced. */
async function store(rows: readonly (readonly [string, string | null])[]): Promise<void> {
  for (const [index, [state, syncedAt]] of rows.entries()) {
    await world.sql('UPDATE repository SET sync_state = $2, synced_at = $3 WHERE id = $1', [
      team.repositoryIds[index],
      state,
      syncedAt,
    ]);
  }
}

it('of a team is that of its oldest repository; what is archived or gone holds nothing back', async () => {
  await store([
    ['ACTIVE', '2026-03-02T10:00:00Z'],
    ['FORBIDDEN', '2026-03-01T10:00:00Z'],
    ['ARCHIVED', '2025-01-01T00:00:00Z'],
    ['GONE', null],
  ]);
  expect(await freshness(team)).toMatchObject({
    syncedAt: '2026-03-01T10:00:00.000Z',
    oldestRepository: { syncedAt: '2026-03-01T10:00:00.000Z' },
  });
});

it('is unknown while a repository was never synced to the end, and that one is named', async () => {
  await store([
    ['ACTIVE', '2026-03-02T10:00:00Z'],
    ['PENDING', null],
  ]);
  expect(await freshness(team)).toMatchObject({
    syncedAt: null,
    oldestRepository: { syncedAt: null },
  });
});

it('of a team without repositories names none', async () => {
  expect(await freshness(empty)).toEqual({ syncedAt: null, oldestRepository: null });
});
