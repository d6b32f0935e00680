import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareCluster } from '../../db/schema/cluster.ts';
import {
  checkMigrationName,
  writeNewMigration,
  type NewMigration,
} from '../../db/schema/new-migration.ts';

export interface CreateMigrationInput {
  readonly name: string;
  /** Where prisma/ and deploy/ lie. */
  readonly projectDirectory: string;
  readonly now: Date;
  readonly onProgress: (message: string) => void;
}

/**
 * Writes the next migration of a project, with the help of a PostgreSQL that is started for it and removed again.
 * @returns null when the data model has not changed
 * @throws DomainError with one sentence; then nothing is written
 */
export async function createMigration(input: CreateMigrationInput): Promise<NewMigration | null> {
  checkMigrationName(input.name);
  const { startEmbeddedPostgres } = await import('../embedded/postgres.ts');
  const directory = await mkdtemp(join(tmpdir(), 'throughline-migration-'));
  try {
    // As root the server runs as another user, who must be able to pass through.
    await chmod(directory, 0o711);
    const postgres = await startEmbeddedPostgres({
      dataDirectory: join(directory, 'data'),
      onProgress: input.onProgress,
      extraSettings: { fsync: 'off', full_page_writes: 'off' },
    });
    try {
      const { directUrl } = await prepareCluster({
        superuserUrl: postgres.superuserUrl,
        deployDirectory: join(input.projectDirectory, 'deploy', 'postgres'),
        database: 'scratch',
        password: 'scratch',
      });
      return await writeNewMigration(directUrl, {
        name: input.name,
        source: { prismaDirectory: join(input.projectDirectory, 'prisma') },
        now: input.now,
      });
    } finally {
      await postgres.stop();
      await rm(postgres.dataDirectory, { recursive: true, force: true });
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
