import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { bundleWorkflows } from '../../../src/runtime/temporal/worker.ts';

test('the workflows bundle for the sandbox, without a line of an activity or a client', async () => {
  const { code } = await bundleWorkflows();
  const activities = readdirSync(
    fileURLToPath(new URL('../../../src/activities', import.meta.url)),
  );
  expect(activities.length).toBeGreaterThan(3);
  for (const file of activities) {
    expect(code).not.toContain(`src/activities/${file}`);
  }
  for (const outside of [
    'src/db/',
    'src/github/',
    'src/api/',
    '@prisma/client',
    '@octokit/',
    'node_modules/pg/',
  ]) {
    expect(code).not.toContain(outside);
  }
  expect(code).toContain('src/workflows/sync/backfill-team.ts');
});
