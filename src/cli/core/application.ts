import { createLogger } from '../../runtime/core/logger.ts';
import type { ApplicationOptions } from '../../runtime/database/application-db.ts';
import { routeTemporalLogs } from '../../runtime/temporal/worker.ts';
import type { CommandContext } from './command.ts';
import { openAll } from './database.ts';

/** What a command needs that runs workers or a gateway: logs first, then the database and Temporal, ended with the command. */
export async function openApplication(context: CommandContext): Promise<ApplicationOptions> {
  const { config } = context;
  const logger = createLogger(config.logLevel);
  routeTemporalLogs(logger);
  return { config, platform: await openAll(context), logger };
}
