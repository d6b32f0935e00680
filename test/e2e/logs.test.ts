import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres/postgres.ts';
import { startCommand, type RunningCommand } from '../support/processes/command.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal/temporal.ts';

let database: TestDatabase;
let temporal: TestTemporal;
let worker: RunningCommand | undefined;

beforeAll(async () => {
  database = await createTestDatabase();
  temporal = await startTestTemporal();
});

afterAll(async () => {
  await worker?.stop('SIGKILL');
  await database?.drop();
});

interface Entry {
  readonly level: number;
  readonly msg: string;
  readonly sdkComponent?: string;
  readonly warning?: string;
}

test('everything that a worker logs in production is one JSON object a line, of the core of Temporal too', async () => {
  worker = startCommand(['worker'], {
    NODE_ENV: 'production',
    DATABASE_URL: database.applicationUrl,
    TEMPORAL_ADDRESS: temporal.address,
    THROUGHLINE_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
    WORKER_QUEUES: 'llm',
  });
  let written = '';
  worker.process.stderr?.on('data', (chunk: Buffer) => (written += chunk.toString()));
  const lines = (): string[] => written.split('\n').filter((line) => line !== '');
  await worker.line(/^Working on/);
  await temporal.stop();
  // The core asks again and again, and says so.
  await eventually(() => expect(written).toContain('"sdkComponent":"core"'));
  const entries = lines().map((line) => JSON.parse(line) as Entry);
  const ofCore = entries.filter(({ sdkComponent }) => sdkComponent === 'core');
  expect(ofCore.length).toBeGreaterThan(0);
  expect(ofCore.every(({ level, msg }) => level >= 40 && msg !== '')).toBe(true);
  expect(entries.filter(({ warning }) => warning !== undefined)).toEqual([]);
});
