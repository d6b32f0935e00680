import type { ReplicaOptions } from '../../db/reads/replica.ts';
import { connectDb, type ApplicationOptions, type OpenDb } from './application-db.ts';

/** A client of the replica, and how a gateway reads from it. */
export interface ConnectedReplica extends Pick<OpenDb, 'close'> {
  readonly reads: Pick<ReplicaOptions, 'replica' | 'maxLagSeconds' | 'onChange'>;
}

/** A gateway starts without its replica too, and looks for it whenever it reads. */
export function connectReplica(
  options: ApplicationOptions,
  variant: Parameters<typeof connectDb>[3],
): ConnectedReplica | undefined {
  const { logger } = options;
  const { replicaUrl, replicaMaxLagSeconds } = options.config.database;
  if (replicaUrl === undefined) {
    return undefined;
  }
  const { db, close } = connectDb(options, replicaUrl, 'throughline gateway replica', variant);
  return {
    close,
    reads: {
      replica: db,
      maxLagSeconds: replicaMaxLagSeconds,
      onChange: (reason) =>
        reason === null
          ? logger.info({}, 'the replica answers reads')
          : logger.warn({ reason }, 'the replica is not read; the primary answers'),
    },
  };
}
