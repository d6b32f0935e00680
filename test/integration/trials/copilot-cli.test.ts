import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rollUpTeam } from '../../../src/db/rollups/roll-up-team.ts';
import { MONDAY, openUsageWorld, type UsageWorld } from '../sync/usage/usage-world.ts';

const FOLDER = join(import.meta.dirname, 'copilot-cli');

let world: UsageWorld;

beforeAll(async () => {
  world = await openUsageWorld();
});

afterAll(() => world.close());

it('people who use Copilot in the terminal only have a day of use, as those in the editor', async () => {
  const { checks } = JSON.parse(await readFile(join(FOLDER, 'case.json'), 'utf8')) as {
    readonly checks: readonly { readonly expected: number }[];
  };
  const body = await readFile(join(FOLDER, 'copilot-users.ndjson'), 'utf8');
  world.fake.failNextDownload({ body: body.replaceAll('$DAY', MONDAY) });
  await world.activities.syncAiUsageDays({ ...world.source, days: [MONDAY] });
  await rollUpTeam(world.scene.db, world.teamId);
  const days = await world.rows(`
    SELECT m.login, w.ai_active_days::integer AS days
    FROM member m JOIN weekly_metrics w ON w.team_id = m.team_id AND w.member_id = m.id ORDER BY m.login`);
  const logins = ['ann-k', 'ben-k', 'control-k', 'cy-k'];
  expect(checks.map(({ expected }) => expected)).toEqual([1, 1, 1, 1]);
  expect(days).toEqual(logins.map((login) => ({ login, days: 1 })));
});
