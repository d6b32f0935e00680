import { identifyInstallation } from '../../runtime/database/identify-installation.ts';
import type { CommandContext } from '../core/command.ts';
import { openDatabase } from '../core/database.ts';

export interface IdentityFlags {
  /** Gives the installation a new identity first. */
  readonly new: boolean;
  readonly json: boolean;
}

/** Shows the identity of the installation, or gives it a new one, as a copy of another's database needs. */
export async function identityCommand(
  context: CommandContext,
  flags: IdentityFlags,
): Promise<number> {
  const identified = await identifyInstallation(await openDatabase(context), flags.new);
  context.print(
    flags.json ? `${JSON.stringify(identified)}\n` : `${describe(identified).join('\n')}\n`,
  );
  return 0;
}

function describe({
  identity,
  former,
}: Awaited<ReturnType<typeof identifyInstallation>>): string[] {
  return former === null
    ? [`The installation is ${identity}.`]
    : [
        `The installation is ${identity} now; it was ${former}.`,
        'Start its gateway and its workers anew: those that run still use the former identity.',
      ];
}
