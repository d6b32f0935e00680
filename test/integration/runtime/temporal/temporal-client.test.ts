import { expect, it, onTestFinished } from 'vitest';
import { createTemporalClient } from '../../../../src/runtime/temporal/temporal-client.ts';
import { startTestTemporal } from '../../../support/temporal/temporal.ts';
import { PATIENT } from '../../../support/patience.ts';

it('ends while calls are being tried again, and none of them tries again on what is closed', async () => {
  const temporal = await startTestTemporal();
  const thrown: unknown[] = [];
  const note = (error: unknown): void => void thrown.push(error);
  process.on('uncaughtException', note);
  onTestFinished(() => void process.off('uncaughtException', note));
  const { address, namespace } = temporal;
  const own = createTemporalClient(
    { address, namespace, tls: false, apiKey: undefined },
    PATIENT.temporal,
  );
  const client = await own.get();
  await temporal.stop();
  const described = Array.from({ length: 20 }, (_, index) =>
    client.workflow.getHandle(`none:${index}`).describe(),
  );
  const ended = Promise.allSettled(described);
  // The first tries have failed by then, and what is behind them waits for the next.
  await expect(
    client.withDeadline(Date.now() + 300, () => client.workflow.getHandle('none').describe()),
  ).rejects.toThrow(/Failed to/);
  const startedAt = performance.now();
  await own.close();
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  expect((await ended).map(({ status }) => status)).toEqual(described.map(() => 'rejected'));
  expect(thrown).toEqual([]);
});
