import { rotateInstallationSecrets } from '../../runtime/connections/rotate-secrets.ts';
import type { CommandContext } from '../core/command.ts';
import { openDatabase } from '../core/database.ts';

/** Seals all secrets with the current key; exit code 1 when some cannot be opened. */
export async function rotateSecretsCommand(context: CommandContext): Promise<number> {
  const { rotated, unreadable } = await rotateInstallationSecrets(
    context.config,
    await openDatabase(context),
  );
  context.print(
    rotated === 0 && unreadable === 0
      ? 'All secrets are sealed with THROUGHLINE_ENCRYPTION_KEY already.\n'
      : `Sealed ${rotated} secret(s) with THROUGHLINE_ENCRYPTION_KEY.\n`,
  );
  if (unreadable > 0) {
    context.print(
      `${unreadable} secret(s) cannot be opened: put their key into THROUGHLINE_ENCRYPTION_KEYS_RETIRED and run this again, or connect those teams anew.\n`,
    );
    return 1;
  }
  context.print('Keys in THROUGHLINE_ENCRYPTION_KEYS_RETIRED are not needed any more.\n');
  return 0;
}
