import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { findTemporalExecutable } from '../../../src/runtime/embedded/temporal-executable.ts';
import { bundleWorkflows } from '../../../src/runtime/temporal/worker.ts';

/**
 * Set-up of the projects that need Temporal: finds the executable of the dev server and bundles the workflows, both once for
 * the run. Where the server must be built first, that takes minutes, which no time limit of a test should count; a bundle
 * takes seconds, which each worker would take.
 * @returns the tear-down, of the project that set up
 */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const root = project.vitest.getRootProject();
  if (root.getProvidedContext().temporalExecutable !== undefined) {
    return undefined;
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
  const directory = await mkdtemp(join(tmpdir(), 'throughline-workflows-'));
  const bundle = join(directory, 'workflows.js');
  const writeBundle = async (): Promise<void> => writeFile(bundle, (await bundleWorkflows()).code);
  await writeBundle();
  // In watch mode, after a change.
  project.onTestsRerun(writeBundle);
  root.provide('temporalExecutable', executable.path);
  root.provide('workflowBundle', bundle);
  return () => rm(directory, { recursive: true });
}
