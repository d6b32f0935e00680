// Loaded into a worker that is measured: on SIGWINCH (Temporal ends a worker on SIGUSR2) it collects garbage and writes
// what is left to the file that MEMORY_PROBE names.
import { writeFileSync } from 'node:fs';

process.on('SIGWINCH', () => {
  globalThis.gc?.();
  writeFileSync(process.env['MEMORY_PROBE'] ?? '', JSON.stringify(process.memoryUsage()));
});
