import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand } from '../support/processes/command.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres/postgres.ts';
import { WORLD_ENCRYPTION_KEY } from '../support/worlds/connected-team.ts';

let directory: string;
let database: TestDatabase;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'throughline-import-'));
  database = await createTestDatabase();
});
afterAll(async () => {
  await database.drop();
  await rm(directory, { recursive: true });
});

function run(...args: string[]) {
  return runCommand(args, {
    DATABASE_URL: database.applicationUrl,
    DATABASE_DIRECT_URL: database.maintenanceUrl,
    THROUGHLINE_ENCRYPTION_KEY: WORLD_ENCRYPTION_KEY,
  });
}

interface Seeded {
  readonly pullRequests: Readonly<Record<string, number>>;
  readonly children: Readonly<Record<string, number>>;
  readonly aiUsage: Readonly<Record<string, number>>;
  readonly weeks: { readonly rolledUp: number };
}

test('an installation is seeded once, and a file of usage goes into it', async () => {
  const seed = ['seed', '--teams', '2', '--members', '5', '--days', '40', '--pull-requests', '30'];
  const first = await run(...seed, '--json');
  expect(first.code, first.stderr).toBe(0);
  const written = JSON.parse(first.stdout) as Seeded;
  expect(written.pullRequests).toMatchObject({ inserted: 60, unchanged: 0 });
  expect(written.weeks.rolledUp).toBeGreaterThan(0);

  const again = JSON.parse((await run(...seed, '--json')).stdout) as Seeded;
  expect(again.pullRequests).toMatchObject({ inserted: 0, updated: 0, unchanged: 60 });
  expect(again.children).toMatchObject({ inserted: 0, unchanged: written.children['inserted'] });
  expect(again.aiUsage).toMatchObject({
    inserted: 0,
    updated: 0,
    unchanged: written.aiUsage['inserted'],
  });
  expect(again.weeks.rolledUp).toBe(0);

  const other = await run('seed', '--prefix', 'more', '--teams', '1');
  expect(other.code).toBe(1);
  expect(other.stderr).toContain('The database has other teams, such as seed-001');

  const file = join(directory, 'usage.csv');
  await writeFile(file, 'login,date,interactions\nnobody,2026-03-02,1\nada,2026-02-30,1\n');
  const refused = await run('import', 'ai-usage', file, '--team', 'seed-001', '--source', 'OTHER');
  expect(refused.code).toBe(1);
  expect(refused.stdout).toBe(
    `${file} line 2, login: no member of the team has the login "nobody" (UNKNOWN_MEMBER)
${file} line 3, date: must be a day of the years 1970 to 2100, such as 2026-03-01, it is "2026-02-30" (NOT_A_DATE)
2 rows read, 2 refused.
Nothing was written: mend the file.
`,
  );
});
