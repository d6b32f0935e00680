import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { PROJECT_DIRECTORY } from '../../support/sources/scratch-tree.ts';

const CREATE = 'prisma/migrations/20260101000000_create_schema/migration.sql';
const ADD = 'prisma/migrations/20260201000000_add_notes/migration.sql';

let directory: string;

/** A repository of its own with one migration and the check of this project. */
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'throughline-migrations-check-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await mkdir(join(directory, 'scripts'));
  await cp(
    join(PROJECT_DIRECTORY, 'scripts/migrations.mjs'),
    join(directory, 'scripts/migrations.mjs'),
  );
  await write(CREATE, 'CREATE TABLE team (id bigint PRIMARY KEY);\n');
  git('init', '--quiet');
});

async function write(path: string, text: string): Promise<void> {
  await mkdir(join(directory, path, '..'), { recursive: true });
  await writeFile(join(directory, path), text);
}

function git(...args: readonly string[]): void {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.test'];
  const { status, stderr } = spawnSync('git', [...identity, ...args], {
    cwd: directory,
    encoding: 'utf8',
  });
  expect({ args, status, stderr }).toMatchObject({ status: 0 });
}

function check(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(directory, 'scripts/migrations.mjs'), ...args],
    { cwd: directory, encoding: 'utf8' },
  );
  return { status, output: `${stdout}${stderr}`.trim() };
}

function commitAndTag(tag: string): void {
  git('add', '--all');
  git('commit', '--quiet', '--message', 'first version');
  git('tag', tag);
}

describe('the check of migrations', () => {
  it('passes before version 0.1.0 is tagged, and says that nothing was compared', () => {
    expect(check()).toEqual({
      status: 0,
      output:
        'Version 0.1.0 is not tagged yet: migrations may still be edited, and no checksums are compared.',
    });
  });

  it.each(['v0.1.0', '0.1.0'])(
    'fails when a migration of the tree tagged %s is edited',
    async (tag) => {
      check('--write');
      commitAndTag(tag);
      expect(check()).toEqual({ status: 0, output: '1 migrations are as they were committed.' });
      await write(CREATE, 'CREATE TABLE team (id integer PRIMARY KEY);\n');
      const edited =
        '20260101000000_create_schema/migration.sql was edited. Restore it, and write a new migration instead.';
      expect(check()).toEqual({ status: 1, output: edited });
      check('--write');
      expect(check()).toEqual({ status: 1, output: edited });
    },
  );

  it('fails when a migration of the tagged tree is removed', async () => {
    check('--write');
    commitAndTag('v0.1.0');
    await rm(join(directory, CREATE, '..'), { recursive: true });
    expect(check()).toEqual({
      status: 1,
      output:
        '20260101000000_create_schema/migration.sql was removed. Restore it: databases exist that it has made.',
    });
  });

  it('fails when the tagged tree has no checksums', () => {
    commitAndTag('v0.1.0');
    expect(check()).toMatchObject({ status: 1 });
    expect(check().output).toContain('has no checksum');
  });

  it('wants the checksum of a new migration, and --write adds it', async () => {
    check('--write');
    commitAndTag('v0.1.0');
    await write(ADD, 'CREATE TABLE note (id bigint PRIMARY KEY);\n');
    expect(check()).toEqual({
      status: 1,
      output:
        '20260201000000_add_notes/migration.sql has no checksum. Add it with: npm run migrations:check -- --write',
    });
    check('--write');
    expect(check()).toMatchObject({ status: 0 });
  });
});
