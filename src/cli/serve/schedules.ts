import { applyInstallationSchedules } from '../../runtime/application.ts';
import { createLogger } from '../../runtime/core/logger.ts';
import type { CommandContext } from '../core/command.ts';
import { openAll } from '../core/database.ts';

/** Makes the schedules of the installation, or changes them; says which. */
export async function applySchedulesCommand(context: CommandContext): Promise<number> {
  const { created, updated, removed } = await applyInstallationSchedules({
    config: context.config,
    platform: await openAll(context),
    logger: createLogger(context.config.logLevel),
  });
  context.print(
    `${describe('Made', created)}${describe('Brought up to date', updated)}${describe('Removed, made by an earlier release', removed)}`,
  );
  return 0;
}

function describe(what: string, ids: readonly string[]): string {
  return ids.length === 0 ? '' : `${what}: ${ids.join(', ')}\n`;
}
