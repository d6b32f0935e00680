import { DEADLINES } from '../../domain/core/deadlines.ts';
import { createSharedCalls } from '../core/shared-calls.ts';
import { createAskTemporal } from './ask-temporal.ts';
import type { TemporalClient } from './temporal-client.ts';
import type { TemporalPlace } from './temporal-failures.ts';

/**
 * Says whether Temporal answers, within `readyMs`; those who ask at the same time ask once. Never rejects.
 * @param readyMs the product's deadline by default
 */
export function createTemporalLook(
  place: TemporalPlace,
  temporal: TemporalClient,
  { readyMs }: Pick<typeof DEADLINES.temporal, 'readyMs'> = DEADLINES.temporal,
): () => Promise<boolean> {
  const looking = createSharedCalls<boolean>();
  const ask = createAskTemporal({ ...place, temporal, answerMs: readyMs });
  return () =>
    looking('temporal', () =>
      ask((client) => client.workflowService.getSystemInfo({})).then(
        () => true,
        () => false,
      ),
    ).answer;
}
