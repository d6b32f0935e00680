import { relative } from 'node:path';
import { createMigration } from '../../runtime/database/new-migration.ts';
import type { CommandContext } from '../core/command.ts';

/** Writes the next migration and says what comes after. */
export async function newMigrationCommand(context: CommandContext, name: string): Promise<number> {
  const migration = await createMigration({
    name,
    projectDirectory: context.projectDirectory,
    now: new Date(),
    onProgress: (message) => context.progress.update(message),
  });
  context.progress.stop();
  context.print(
    migration === null
      ? 'Nothing to do: prisma/schema.prisma is what the migrations make.\n'
      : `Wrote ${relative(process.cwd(), migration.path)}:

${migration.sql.trim()}

Next:
  1. Read it. Add by hand what Prisma cannot express: for a tenant table row-level security, policies, grants, checks and
     a comment (CONTRIBUTING.md, "How to add … a migration").
  2. npm run db:catalogue, and read the difference.
  3. npm run generate
  4. npm run test:integration
`,
  );
  return 0;
}
