import { createConfiguredLogger, routeProcessWarnings } from '../../runtime/core/logger.ts';
import type { ApplicationOptions } from '../../runtime/database/application-db.ts';
import { openTelemetry } from '../../runtime/http/open-telemetry.ts';
import type { CommandContext } from './command.ts';
import { openAll } from './database.ts';

/** What a command needs that runs workers or a gateway: logs first, then the database and Temporal, ended with the command. */
export async function openApplication(context: CommandContext): Promise<ApplicationOptions> {
  const { config } = context;
  const logger = createConfiguredLogger(config, process.stderr.isTTY, context.progress);
  routeProcessWarnings(process, logger);
  const { telemetry, close } = await openTelemetry(config, logger);
  context.lifetime.onClose('the metrics', close);
  return { config, platform: await openAll(context), logger, telemetry };
}
