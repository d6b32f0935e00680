// Starts Temporal with the options given as JSON, says where it is, and stops it on SIGTERM.
import {
  type EmbeddedTemporalOptions,
  startEmbeddedTemporal,
} from '../../../../src/runtime/embedded/temporal.ts';

const options: Omit<EmbeddedTemporalOptions, 'onProgress'> = JSON.parse(process.argv[2] ?? '{}');
const keepAlive = setInterval(() => undefined, 1000);

try {
  const temporal = await startEmbeddedTemporal({
    ...options,
    onProgress: (message) => process.stdout.write(`progress ${message}\n`),
  });
  process.stdout.write(`ready ${temporal.httpPort}\n`);
  process.once('SIGTERM', () => {
    clearInterval(keepAlive);
    void temporal.stop();
  });
} catch (error) {
  process.stdout.write(`failed ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
