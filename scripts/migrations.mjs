// `npm run migrations:check`: from version 0.1.0 on, no migration is edited or removed. Their checksums are committed in
// prisma/migrations/checksums.txt, in the form of sha256sum. With --write, lines of new migrations are added to it.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const MIGRATIONS = join(ROOT, 'prisma/migrations');
const CHECKSUMS = join(MIGRATIONS, 'checksums.txt');

/** The names that the tag of the first version may have. */
const TAGS = ['v0.1.0', '0.1.0'];

/** Whether the first version is tagged; false where there is no repository, such as in an archive of the sources. */
function isTagged() {
  const { status, stdout } = spawnSync('git', ['tag', '--list', ...TAGS], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return status === 0 && stdout.trim() !== '';
}

/** Checksums of the migrations as they are now, by `<name>/migration.sql`. */
function readMigrations() {
  const paths = readdirSync(MIGRATIONS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${entry.name}/migration.sql`)
    .toSorted();
  return new Map(
    paths.map((path) => [
      path,
      createHash('sha256')
        .update(readFileSync(join(MIGRATIONS, path)))
        .digest('hex'),
    ]),
  );
}

/** The committed checksums; a line is a checksum, two spaces and a path. */
function readChecksums() {
  if (!existsSync(CHECKSUMS)) {
    return new Map();
  }
  const lines = readFileSync(CHECKSUMS, 'utf8').split('\n');
  return new Map(lines.filter((line) => line !== '').map((line) => line.split('  ').toReversed()));
}

/** How the migrations differ from what was committed, one sentence each. */
function compare(migrations, checksums) {
  const complaints = [];
  for (const [path, checksum] of checksums) {
    const current = migrations.get(path);
    if (current === undefined) {
      complaints.push(`${path} was removed. Restore it: databases exist that it has made.`);
    } else if (current !== checksum) {
      complaints.push(`${path} was edited. Restore it, and write a new migration instead.`);
    }
  }
  for (const path of migrations.keys()) {
    if (!checksums.has(path)) {
      complaints.push(`${path} has no checksum. Add it with: npm run migrations:check -- --write`);
    }
  }
  return complaints;
}

const migrations = readMigrations();
const checksums = readChecksums();
if (process.argv.includes('--write')) {
  // What is committed is never replaced: that would be the edit that this check is there to catch.
  const lines = [...new Map([...migrations, ...checksums])].map(
    ([path, checksum]) => `${checksum}  ${path}\n`,
  );
  writeFileSync(CHECKSUMS, lines.join(''));
  process.stdout.write(`prisma/migrations/checksums.txt holds ${lines.length} checksums.\n`);
} else if (checksums.size === 0 && !isTagged()) {
  process.stdout.write(
    'Version 0.1.0 is not tagged yet: migrations may still be edited, and no checksums are compared.\n',
  );
} else {
  const complaints = compare(migrations, checksums);
  complaints.forEach((complaint) => process.stderr.write(`${complaint}\n`));
  if (complaints.length > 0) {
    process.exitCode = 1;
  } else {
    process.stdout.write(`${migrations.size} migrations are as they were committed.\n`);
  }
}
