import { startGateway, startWorkerProcess } from '../../runtime/application.ts';
import { createLogger } from '../../runtime/core/logger.ts';
import { routeTemporalLogs } from '../../runtime/temporal/worker.ts';
import { untilAborted } from '../core/lifetime.ts';
import type { CommandContext } from '../core/command.ts';
import { openAll } from '../core/database.ts';

/** Serves the API until it is told to stop. */
export async function serveGateway(context: CommandContext): Promise<number> {
  const logger = createLogger(context.config.logLevel);
  routeTemporalLogs(logger);
  const gateway = await startGateway({
    config: context.config,
    platform: await openAll(context),
    logger,
  });
  context.lifetime.onClose('the gateway', () => gateway.close());
  context.print(`The gateway answers at ${gateway.host.url}/graphql\n`);
  await untilAborted(context.lifetime.signal);
  return 0;
}

/** Works on the configured queues until it is told to stop. */
export async function serveWorkers(context: CommandContext): Promise<number> {
  const logger = createLogger(context.config.logLevel);
  routeTemporalLogs(logger);
  const workers = await startWorkerProcess({
    config: context.config,
    platform: await openAll(context),
    logger,
  });
  context.lifetime.onClose('the workers', () => workers.close());
  context.print(`Working on ${context.config.worker.queues.join(', ')}\n`);
  await Promise.race([untilAborted(context.lifetime.signal), workers.done]);
  return 0;
}
