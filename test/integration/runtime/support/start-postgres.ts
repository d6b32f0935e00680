// Starts PostgreSQL with the options given as JSON, says where it is, and stops it on SIGTERM.
import {
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '../../../../src/runtime/embedded/postgres.ts';

const options: Omit<EmbeddedPostgresOptions, 'onProgress'> = JSON.parse(process.argv[2] ?? '{}');
const keepAlive = setInterval(() => undefined, 1000);

try {
  const postgres = await startEmbeddedPostgres({
    ...options,
    onProgress: (message) => process.stdout.write(`progress ${message}\n`),
  });
  process.stdout.write(`ready ${postgres.superuserUrl}\n`);
  process.once('SIGTERM', () => {
    clearInterval(keepAlive);
    void postgres.stop();
  });
} catch (error) {
  process.stdout.write(`failed ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
