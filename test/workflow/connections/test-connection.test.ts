import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import {
  toConnectionTestStart,
  type ConnectionActivities,
} from '../../../src/contracts/connections.ts';
import { createStubActivities } from '../../support/stubs/stub-workers.ts';
import { openWorkflowWorld } from '../../support/worlds/workflow-world.ts';

const world = openWorkflowWorld();

async function run(testConnection: ConnectionActivities['testConnection']): Promise<unknown> {
  const { compute } = createStubActivities();
  await world.work({ sync: { testConnection }, compute });
  return (await world.start(toConnectionTestStart({ teamId: '7', connectionId: '3' }))).result();
}

test('a test of a connection answers what GitHub said, also when it refused', async () => {
  const asked: unknown[] = [];
  const refused = { outcome: 'REFUSED', reason: 'GitHub refuses the token.' } as const;
  const result = await run(async (input) => {
    asked.push(input);
    return refused;
  });
  expect(result).toEqual(refused);
  expect(asked).toEqual([{ teamId: '7', connectionId: '3' }]);
});

test('a test of a connection is done again when the database was away', async () => {
  let attempts = 0;
  const result = await run(async () => {
    attempts += 1;
    if (attempts === 1) {
      throw ApplicationFailure.retryable('The database does not answer.', 'DATABASE_UNAVAILABLE');
    }
    return { outcome: 'TESTED', reason: null };
  });
  expect(result).toEqual({ outcome: 'TESTED', reason: null });
  expect(attempts).toBe(2);
});

test('a test of a connection that was ended fails with the sentence', async () => {
  const failed = run(async () => {
    throw ApplicationFailure.nonRetryable('The connection was ended.', 'GITHUB_NOT_CONNECTED');
  });
  await expect(failed).rejects.toMatchObject({
    cause: { cause: { message: 'The connection was ended.' } },
  });
});
