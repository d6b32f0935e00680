import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { seedTeam, type SeededTeam } from '../seed-team.ts';

let world: ApiWorld;
let team: SeededTeam;

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'alpha' });
});
afterAll(() => world?.close());

async function ask(times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    expect((await world.ask(team.adminToken, '{ viewer { name } }')).errors).toEqual([]);
  }
}

/** Statements that noted a use since the last call. */
function notes(): number {
  return world.counting
    .takeAllStatements()
    .filter(({ text }) => text.includes('throughline_note_token_use')).length;
}

async function lastUse(token: 'admin' | 'viewer'): Promise<Date | null> {
  const [row] = await world.sql<{ at: Date | null }>(
    `SELECT last_used_at AS at FROM access_token t JOIN app_user u ON u.id = t.user_id WHERE u.name = $1`,
    [`alpha-${token}`],
  );
  return row?.at ?? null;
}

it('the use of a token is written once in five minutes, however often it is used', async () => {
  expect(await lastUse('admin')).toBeNull();
  await ask(1);
  await expect.poll(() => lastUse('admin')).not.toBeNull();
  const noted = await lastUse('admin');
  expect(notes()).toBe(1);

  await ask(20);
  expect(notes()).toBe(0);
  expect(await lastUse('admin')).toEqual(noted);

  await world.sql(`UPDATE access_token SET last_used_at = now() - interval '301 seconds'`);
  await ask(1);
  await expect
    .poll(async () => (await lastUse('admin'))?.getTime())
    .toBeGreaterThan((noted?.getTime() ?? 0) - 1);
  await ask(20);
  expect(notes()).toBe(1);
  expect(await lastUse('viewer')).not.toEqual(await lastUse('admin'));
});

it('a token that is refused is not noted', async () => {
  await world.sql(
    `UPDATE access_token SET last_used_at = NULL, revoked_at = now()
    WHERE user_id = (SELECT id FROM app_user WHERE name = 'alpha-viewer')`,
  );
  const { errors } = await world.ask(team.viewerToken, '{ viewer { name } }');
  expect(errors).toHaveLength(1);
  await ask(1);
  expect(notes()).toBe(0);
  expect(await lastUse('viewer')).toBeNull();
});
