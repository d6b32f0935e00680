import type { WorkflowLauncher } from '../../contracts/launcher.ts';
import type { SyncActivityOptions } from '../../contracts/sync.ts';
import type { Config } from '../settings/config.ts';
import { createGrpcLauncher } from '../temporal/grpc-launcher.ts';
import type { TemporalClient } from '../temporal/temporal-client.ts';
import type { ApplicationOptions } from './application-db.ts';

/** The launcher of an installation, over Temporal as the settings name it. */
export function createLauncher(
  { config, platform }: ApplicationOptions,
  installation: string,
  temporal: TemporalClient,
): WorkflowLauncher {
  return createGrpcLauncher({
    ...platform.temporal,
    installation,
    temporal,
    uiUrl: platform.temporalUiUrl,
    activityOptions: activityOptionsOf(config),
  });
}

/** What the settings say of how syncs run. */
export function activityOptionsOf({ worker }: Config): SyncActivityOptions {
  const { heartbeatSeconds, parallelRepositories } = worker;
  return { heartbeatSeconds, parallelRepositories };
}
