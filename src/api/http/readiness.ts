import type { WorkflowLauncher } from '../../contracts/launcher.ts';
import { describeMissingWorkers } from '../../contracts/queue-service.ts';

/** What a gateway stands on, and whether it answers. Only without its database it can answer nothing. */
export interface Parts {
  readonly database: boolean;
  readonly temporal: boolean;
}

/**
 * Answers /ready: 503 where the database is away; `away` names every part that does not answer. Without Temporal or a
 * worker reads are answered, so that a load balancer must not take the gateway away for them; which task queues have a
 * worker is said beside, with what to do where one has none.
 */
export async function answerReadiness(
  lookAtParts: () => Promise<Parts>,
  launcher: Pick<WorkflowLauncher, 'readQueues'>,
): Promise<Response> {
  // At the same time: whoever asks for readiness waits a second or two for it.
  const [parts, queues] = await Promise.all([lookAtParts(), launcher.readQueues()]);
  const away = Object.entries(parts)
    .filter(([, answers]) => answers !== true)
    .map(([part]) => part);
  if (!parts.database) {
    return Response.json({ status: 'unavailable', away }, { status: 503 });
  }
  const waitsFor = describeMissingWorkers(queues);
  return Response.json({ status: 'ready', away, queues, waitsFor });
}
