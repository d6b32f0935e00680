import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withDirectConnection } from '../../src/db/core/direct-connection.ts';
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
${file} line 3, login: no member of the team has the login "ada" (UNKNOWN_MEMBER)
2 rows read, 2 refused.
Nothing was written: mend the file.
`,
  );

  const [login, day] = await withDirectConnection(database.superuserUrl, async (connection) => {
    const { rows } = await connection.query<{ login: string; date: string }>(
      `SELECT member.login, (max(ai_usage_daily.date) - 400)::text AS date
       FROM member JOIN ai_usage_daily ON ai_usage_daily.member_id = member.id
       JOIN team ON team.id = member.team_id
       WHERE team.slug = 'seed-001' GROUP BY member.login LIMIT 1`,
    );
    return [rows[0]?.login, rows[0]?.date];
  });
  // As a spreadsheet writes it: UTF-16, semicolons, decimal commas, a title, a total, rows of nothing.
  await writeFile(
    file,
    Buffer.from(
      `\uFEFFAI usage;;\r\nLogin;Date;Credits\r\n${login};${day};1,5\r\n${login};${day};0,5\r\n;;\r\nTotal;;2\r\n`,
      'utf16le',
    ),
  );
  const into = ['import', 'ai-usage', file, '--team', 'seed-001', '--source', 'OTHER'];
  expect(await run(...into)).toMatchObject({
    code: 1,
    stdout: `${file} line 4: has the same member and day as line 3: add them up with --sum (DUPLICATE_KEY)
Passed over as titles, notes or totals: ${file} lines 1, 6.
2 rows read, 1 refused.
Nothing was written.
Use --sum, which adds up the rows of a member and day (left out without it: 1).
`,
  });
  const summed = await run(...into, '--sum', '--json');
  expect(JSON.parse(summed.stdout)).toEqual({
    rows: 2,
    refused: 0,
    summed: 1,
    written: { inserted: 1, updated: 0, unchanged: 0, weeksRolledUp: 1 },
    dryRun: false,
    passedOver: [1, 6],
    problems: [],
  });
});
