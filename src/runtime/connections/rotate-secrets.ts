import { createSecretBox } from '../../db/core/secret-box.ts';
import { rotateSecrets, type RotatedSecrets } from '../../db/connections/secret-rotation.ts';
import type { Config } from '../settings/config.ts';
import { openEncryptionKeys, type Platform } from '../platform/platform.ts';
import { withMaintenanceDb } from '../platform/workspace.ts';

/**
 * Seals all secrets of the installation with THROUGHLINE_ENCRYPTION_KEY.
 * @throws DomainError INVALID_INPUT when no connection of the owner of the tables is configured
 */
export async function rotateInstallationSecrets(
  config: Config,
  platform: Pick<Platform, 'database'>,
): Promise<RotatedSecrets> {
  const secrets = await createSecretBox(await openEncryptionKeys(config));
  return withMaintenanceDb(platform, 'throughline secrets', (maintenance) =>
    rotateSecrets(maintenance, secrets),
  );
}
