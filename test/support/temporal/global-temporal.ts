import type { TestProject } from 'vitest/node';
import { findTemporalExecutable } from '../../../src/runtime/embedded/temporal-executable.ts';

/**
 * Set-up of the projects that need Temporal: finds the executable of the dev server once for the run. Where it must
 * be built first, that takes minutes, which no time limit of a test should count.
 */
export async function setup(project: TestProject): Promise<void> {
  const root = project.vitest.getRootProject();
  if (root.getProvidedContext().temporalExecutable !== undefined) {
    return;
  }
  const executable = await findTemporalExecutable({
    cliPath: process.env['TEMPORAL_CLI_PATH'],
    environment: process.env,
    onProgress: (message) => process.stdout.write(`${message}\n`),
  });
  process.stdout.write(`Temporal for the tests: ${executable.path} (${executable.version})\n`);
  if (executable.warning !== undefined) {
    process.stdout.write(`${executable.warning}\n`);
  }
  root.provide('temporalExecutable', executable.path);
}
