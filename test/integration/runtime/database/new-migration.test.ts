import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { prepareCluster } from '../../../../src/db/schema/cluster.ts';
import { startEmbeddedPostgres } from '../../../../src/runtime/embedded/postgres.ts';
import { createMigration } from '../../../../src/runtime/database/new-migration.ts';
import { createDirectory } from '../support/data-directory.ts';
import { query } from '../support/query.ts';

const PROJECT = join(import.meta.dirname, '../../../..');

const leftovers = async (): Promise<string[]> =>
  (await readdir(tmpdir())).filter((name) => name.startsWith('throughline-migration-'));

it('writes a migration with a PostgreSQL of its own, of which nothing is left', async () => {
  const directory = await createDirectory();
  await cp(join(PROJECT, 'prisma'), join(directory, 'prisma'), { recursive: true });
  await cp(join(PROJECT, 'deploy'), join(directory, 'deploy'), { recursive: true });
  const create = (name: string) =>
    createMigration({
      name,
      projectDirectory: directory,
      now: new Date(),
      onProgress: () => undefined,
    });
  expect(await create('add_nothing')).toBeNull();
  const schema = join(directory, 'prisma', 'schema.prisma');
  const text = await readFile(schema, 'utf8');
  await writeFile(schema, text.replace('model Team {', 'model Team {\n  motto String?'));
  const migration = await create('add_motto');
  expect(migration?.path).toMatch(/prisma\/migrations\/\d{14}_add_motto\/migration\.sql$/);
  expect(migration?.sql).toContain('"motto" TEXT');
  await expect(create('Add')).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  expect(await leftovers()).toEqual([]);
});

it('prepares a cluster whose owner of the tables sees statistics of all roles, twice as well as once', async () => {
  const directory = await createDirectory();
  const postgres = await startEmbeddedPostgres({
    dataDirectory: join(directory, 'data'),
    onProgress: () => undefined,
  });
  onTestFinished(() => postgres.stop());
  const prepare = () =>
    prepareCluster({
      superuserUrl: postgres.superuserUrl,
      deployDirectory: join(PROJECT, 'deploy', 'postgres'),
      database: 'throughline',
      password: 'secret',
    });
  await prepare();
  const { url, directUrl } = await prepare();
  await query(url, 'SELECT 4711 AS application');
  const read = `SELECT query FROM pg_stat_statements WHERE query LIKE '%AS application%'`;
  expect(await query(directUrl, read)).toEqual([{ query: 'SELECT $1 AS application' }]);
  const [rights] = await query(
    postgres.superuserUrl,
    `SELECT pg_has_role('throughline_maintenance', 'pg_read_all_stats', 'USAGE') AS owner,
      pg_has_role('throughline_application', 'pg_read_all_stats', 'USAGE') AS application`,
  );
  expect(rights).toEqual({ owner: true, application: false });
});
