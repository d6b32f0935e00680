import { startGateway, startWorkerProcess } from '../../runtime/application.ts';
import { untilAborted } from '../core/lifetime.ts';
import type { CommandContext } from '../core/command.ts';
import { untilWorkersStop } from '../core/worker-end.ts';
import { openApplication } from '../core/application.ts';

/** Serves the API until it is told to stop. */
export async function serveGateway(context: CommandContext): Promise<number> {
  const gateway = await startGateway(await openApplication(context));
  context.lifetime.onClose('the gateway', () => gateway.close());
  context.print(`The gateway answers at ${gateway.host.url}/graphql\n`);
  await untilAborted(context.lifetime.signal);
  return 0;
}

/** Works on the configured queues until it is told to stop. */
export async function serveWorkers(context: CommandContext): Promise<number> {
  const workers = await startWorkerProcess(await openApplication(context));
  context.lifetime.onClose('the workers', () => workers.close());
  context.print(`Working on ${context.config.worker.queues.join(', ')}\n`);
  const { signal } = context.lifetime;
  await Promise.race([untilAborted(signal), untilWorkersStop(workers, signal)]);
  return 0;
}
