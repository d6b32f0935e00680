import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { answerFailpoints } from '../../../chaos/worker.ts';

/** A process that is ready, asks once whether it may go on, and ends with 0 when it may. */
const ASKS_ONCE = `
process.on('message', () => process.exit(0));
process.send({ failpoint: 'ready' });
process.send({ failpoint: 'after-commit' });
`;

async function startChild(): Promise<ChildProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'throughline-failpoints-'));
  const script = join(directory, 'asks-once.mjs');
  await writeFile(script, ASKS_ONCE);
  const child = fork(script, { execArgv: [] });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await rm(directory, { recursive: true });
  });
  return child;
}

it('goes on where it may', async () => {
  const child = await startChild();
  await answerFailpoints(child, async () => true);
  const [code] = (await once(child, 'exit')) as [number | null];
  expect(code).toBe(0);
});

it('is killed where it may not', async () => {
  const child = await startChild();
  await answerFailpoints(child, async () => false);
  const [, signal] = (await once(child, 'exit')) as [null, NodeJS.Signals | null];
  expect(signal).toBe('SIGKILL');
});

it('that was killed meanwhile is not answered, and nothing is said of that', async () => {
  const child = await startChild();
  const errors: unknown[] = [];
  child.on('error', (error) => errors.push(error));
  const closed = once(child, 'close');
  let asked = false;
  await answerFailpoints(child, async () => {
    asked = true;
    child.kill('SIGKILL');
    await closed;
    return true;
  });
  await closed;
  // The answer is sent, and its failure would be reported, in later turns of the event loop.
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  expect(asked).toBe(true);
  expect(errors).toEqual([]);
});
