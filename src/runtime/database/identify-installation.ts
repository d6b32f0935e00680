import { readInstallationIdentity, renewInstallationIdentity } from '../../db/core/installation.ts';
import type { Platform } from '../platform/platform.ts';
import { withMaintenanceDb } from '../platform/workspace.ts';

/**
 * Reads the identity of the installation, or gives it a new one.
 * @returns the identity as it is now, and the former one where it has changed
 * @throws DomainError INVALID_INPUT when no connection of the owner of the tables is configured; DATABASE_UNAVAILABLE when
 * the tables are of an earlier release
 */
export function identifyInstallation(
  platform: Pick<Platform, 'database'>,
  isNew: boolean,
): Promise<{ readonly identity: string; readonly former: string | null }> {
  return withMaintenanceDb(platform, 'throughline identity', async (maintenance) => {
    const found = await readInstallationIdentity(maintenance);
    return isNew
      ? { identity: await renewInstallationIdentity(maintenance), former: found }
      : { identity: found, former: null };
  });
}
