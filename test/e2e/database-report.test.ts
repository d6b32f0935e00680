import { afterAll, beforeAll, expect, test } from 'vitest';
import { withDirectConnection } from '../../src/db/core/direct-connection.ts';
import { runCommand } from '../support/processes/command.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres/postgres.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  await database?.drop();
});

const report = (...flags: readonly string[]) =>
  runCommand(['db', 'report', ...flags], {
    DATABASE_URL: database.applicationUrl,
    DATABASE_DIRECT_URL: database.maintenanceUrl,
  });

test('db report shows tables and findings, and ends well also when there is something to do', async () => {
  const calm = await report('--strict');
  expect(calm.code, calm.stderr).toBe(0);
  expect(calm.stdout).toMatch(/^Database report of \S+: 0 to act on, \d+ to look at, \d+ in order/);
  expect(calm.stdout).toContain('│ pull_request');
  await withDirectConnection(database.superuserUrl, (connection) =>
    connection.query('ALTER TABLE review SET (autovacuum_enabled = off)'),
  );
  const reported = await report('--json', '--top', '2');
  expect(reported.code, reported.stderr).toBe(0);
  const { sections } = JSON.parse(reported.stdout) as {
    sections: { key: string; rows: object[]; findings: { severity: string; measured: string }[] }[];
  };
  expect(sections.find(({ key }) => key === 'sizes')?.rows).toHaveLength(2);
  expect(sections.find(({ key }) => key === 'vacuum')?.findings).toMatchObject([
    { severity: 'ACT', measured: 'Autovacuum is switched off for review.' },
  ]);
  expect((await report('--strict')).code).toBe(1);
});

test('db report says in one sentence what it lacks', async () => {
  const alone = await runCommand(['db', 'report'], { DATABASE_URL: database.applicationUrl });
  expect(alone.code).toBe(1);
  expect(alone.stderr).toMatch(/^DATABASE_DIRECT_URL is needed beside DATABASE_URL: [^\n]+\n$/m);
  const wrong = await report('--top', '0');
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('give whole rows, 1 to 1000.');
});

test('db new says in one sentence how a migration is named', async () => {
  const { code, stderr } = await runCommand(['db', 'new', 'Add-Team'], {});
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^Name a migration by up to 60 lower-case letters[^\n]+add_deployment\.\n$/,
  );
});
