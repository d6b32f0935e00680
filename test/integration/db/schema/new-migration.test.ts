import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';
import { withDirectConnection } from '../../../../src/db/core/direct-connection.ts';
import { findDrift } from '../../../../src/db/schema/drift.ts';
import type { MigrationSource } from '../../../../src/db/schema/migrate.ts';
import { writeNewMigration, type NewMigration } from '../../../../src/db/schema/new-migration.ts';
import { withDatabase } from '../../../support/postgres/postgres.ts';

const PRISMA = join(import.meta.dirname, '../../../../prisma');
const NOW = new Date('2027-01-02T03:04:05Z');

let source: MigrationSource;
let url: string;

/** A copy of the data model with its migrations, and an empty database. */
beforeEach(async () => {
  const prismaDirectory = await mkdtemp(join(tmpdir(), 'throughline-new-migration-'));
  onTestFinished(() => rm(prismaDirectory, { recursive: true, force: true }));
  await cp(PRISMA, prismaDirectory, { recursive: true });
  source = { prismaDirectory };
  url = await emptyDatabase();
});

async function emptyDatabase(): Promise<string> {
  const { superuserUrl, databasePrefix } = inject('postgres');
  const name = `${databasePrefix}${randomBytes(6).toString('hex')}`;
  const run = (statement: string) =>
    withDirectConnection(
      superuserUrl,
      async (connection) => void (await connection.query(statement)),
    );
  await run(`CREATE DATABASE ${name} OWNER throughline_maintenance`);
  onTestFinished(() => run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  return withDatabase(superuserUrl, name, 'throughline_maintenance');
}

/** Edits the copy of schema.prisma. */
async function change(pattern: RegExp, replacement: string): Promise<void> {
  const path = join(source.prismaDirectory, 'schema.prisma');
  const text = await readFile(path, 'utf8');
  expect(text).toMatch(pattern);
  await writeFile(path, text.replace(pattern, replacement));
}

const write = (name: string): Promise<NewMigration | null> =>
  writeNewMigration(url, { name, source, now: NOW });

const readNames = async (): Promise<string[]> =>
  (await readdir(join(source.prismaDirectory, 'migrations'))).toSorted();

/** What is refused leaves the folder as it was. */
async function expectRefusal(name: string, expected: object): Promise<void> {
  const before = await readNames();
  await expect(write(name)).rejects.toMatchObject(expected);
  expect(await readNames()).toEqual(before);
}

describe('db:new', () => {
  it('has nothing to do when the data model is what the migrations make', async () => {
    const before = await readNames();
    expect(await write('add_nothing')).toBeNull();
    expect(await readNames()).toEqual(before);
  });

  it('writes what changed under the next stamp; applied, it leaves no difference', async () => {
    await change(/model Team \{\n/, 'model Team {\n  motto String?\n');
    const migration = await write('add_motto');
    expect(migration?.sql).toContain('ALTER TABLE "team" ADD COLUMN     "motto" TEXT;');
    expect(await readFile(migration?.path ?? '', 'utf8')).toBe(migration?.sql);
    expect((await readNames()).at(-2)).toBe('20270102030405_add_motto');
    url = await emptyDatabase();
    expect(await write('add_more')).toBeNull();
    const drift = await findDrift(url, source);
    expect(drift).toEqual(['only in the database: table team column motto text']);
  });

  it('comes behind a migration whose stamp lies ahead of the clock', async () => {
    await change(/model Team \{\n/, 'model Team {\n  motto String?\n');
    const early = await writeNewMigration(url, {
      name: 'add_motto',
      source,
      now: new Date('2020-01-01T00:00:00Z'),
    });
    const names = await readNames();
    expect(dirname(early?.path ?? '')).toBe(
      join(source.prismaDirectory, 'migrations', names.at(-2) ?? ''),
    );
    expect(names.at(-2)).toMatch(/^2026\d+_add_motto$/);
  });

  const pullRequest = 'table pull_request';
  it.each<[string, RegExp, string, readonly string[]]>([
    [
      'a column with its check and partial indexes',
      /\n  closedAt .*\n/,
      '\n',
      [
        `${pullRequest} column closed_at`,
        `${pullRequest} index pull_request_closed_idx WHERE`,
        `${pullRequest} index pull_request_closed_idx INCLUDE`,
        `${pullRequest} index pull_request_author_closed_idx WHERE`,
      ],
    ],
    [
      'a check that Prisma does not know',
      /\n  changedFiles .*\n/,
      '\n',
      [`${pullRequest} constraint pull_request_size_check`],
    ],
    [
      'a column that would come back empty',
      /\n  number( +)Int\n/,
      '\n  number$1Json\n',
      [`${pullRequest} column number`],
    ],
    [
      'a table with its policies and grants',
      /\nmodel DeadLetter \{[^}]*\}\n/,
      '\n',
      [
        'table dead_letter',
        'table dead_letter row security forced',
        'table dead_letter policy dead_letter_team',
        'table dead_letter grant SELECT to throughline_reader',
      ],
    ],
    [
      'an index with the comment that says which query needs it',
      /\n.*map: "member_team_id_login_id_idx"\)\n/,
      '\n',
      [
        'table member index member_team_id_login_id_idx',
        'table member index member_team_id_login_id_idx comment',
      ],
    ],
    [
      'the mark that a key is not enforced',
      /(model Review \{[^}]*references: \[teamId, id\], onDelete: )Restrict/,
      '$1Cascade',
      ['table review constraint review_team_id_reviewer_id_fkey NOT ENFORCED'],
    ],
  ])('refuses to drop %s, and names it', async (_, pattern, replacement, lost) => {
    await change(pattern, replacement);
    const before = await readNames();
    const refusal = await write('drop_it').catch((error: unknown) => error);
    expect(refusal).toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(
        /^The migration would drop what the catalogue lists: [^\n]+\.$/,
      ),
    });
    const { message } = refusal as Error;
    const named = message.slice(message.indexOf(': ') + 2, message.lastIndexOf('. ')).split('; ');
    expect(named).toEqual(expect.arrayContaining([...lost]));
    expect(await readNames()).toEqual(before);
  });

  it('refuses what PostgreSQL does not do', async () => {
    // The policy of app_user asks for memberships.
    await change(/\nmodel Membership \{[^}]*\}\n/, '\n');
    await change(/\n +memberships +Membership\[\]/, '');
    await change(/\n +memberships +Membership\[\]/, '');
    await expectRefusal('drop_membership', {
      code: 'CONFLICT',
      message: expect.stringMatching(
        /^PostgreSQL refuses .* depend on it\): write this migration by hand\.$/,
      ),
    });
  });

  it.each(['', 'Add_team', '../escape', 'add team', '9lives', '_a', 'a__b', 'a'.repeat(61)])(
    'refuses the name %j',
    async (name) => {
      await expectRefusal(name, { code: 'INVALID_INPUT' });
    },
  );

  it('refuses a name that another migration has', async () => {
    await expectRefusal('create_schema', {
      code: 'INVALID_INPUT',
      message: expect.stringContaining('20261122000000_create_schema'),
    });
  });
});
