import { chmod, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SERVER_TIERS } from '../../../../src/db/report/tiers.ts';
import { startEmbeddedPostgres } from '../../../../src/runtime/embedded/postgres.ts';
import { createDirectory } from '../support/data-directory.ts';
import { query } from '../support/query.ts';

const DEPLOY = join(import.meta.dirname, '../../../../deploy/postgres');

/** What seed 000 gives for a tier. */
const SEEDS: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  1: {
    shared_buffers: '1GB',
    effective_cache_size: '3GB',
    work_mem: '16MB',
    maintenance_work_mem: '256MB',
    random_page_cost: '1.1',
    effective_io_concurrency: '200',
    max_connections: '100',
  },
  2: {
    shared_buffers: '2GB',
    effective_cache_size: '6GB',
    work_mem: '32MB',
    max_parallel_workers_per_gather: '4',
    max_connections: '200',
  },
  // Only the machine is given.
  3: {},
};

/** What the embedded server sets for itself, of what only a start can change. */
const OURS = ['listen_addresses', 'shared_buffers', 'max_connections'];

describe.each(SERVER_TIERS)('the settings of tier $tier', ({ tier, sharedBuffersBytes }) => {
  it('is a configuration that PostgreSQL takes whole, with the values of the seed', async () => {
    const directory = await createDirectory();
    const file = join(directory, 'tier.conf');
    await copyFile(join(DEPLOY, `tier-${tier}.conf`), file);
    // The server's own user reads it.
    await chmod(file, 0o644);
    // Memory as a test can have it: options of the command win over the file.
    const postgres = await startEmbeddedPostgres({
      dataDirectory: join(directory, 'data'),
      onProgress: () => undefined,
      extraSettings: { config_file: file },
    });
    onTestFinished(() => postgres.stop());
    const lines = await query(
      postgres.superuserUrl,
      `SELECT name, setting, error FROM pg_file_settings WHERE sourcefile = '${file}' ORDER BY seqno`,
    );
    const refused = lines.filter(({ error }) => error !== null).map(({ name }) => name);
    expect(OURS).toEqual(expect.arrayContaining(refused));
    const values = Object.fromEntries(lines.map(({ name, setting }) => [String(name), setting]));
    expect(lines).toHaveLength(Object.keys(values).length);
    expect(values).toMatchObject({
      ...SEEDS[tier],
      shared_buffers: `${sharedBuffersBytes / 1024 ** 3}GB`,
      shared_preload_libraries: 'pg_stat_statements',
      listen_addresses: '*',
    });
    const [taken] = await query(
      postgres.superuserUrl,
      `SELECT count(*)::integer AS count FROM pg_settings WHERE sourcefile = '${file}'`,
    );
    expect(taken?.['count']).toBeGreaterThan(15);
  });
});
