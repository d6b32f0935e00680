import type { Client } from '@temporalio/client';
import type { WorkerOptions } from '@temporalio/worker';
import type { SyncFailpoint } from '../../../src/activities/requests/sync-dependencies.ts';
import type { WorkflowLauncher } from '../../../src/contracts/launcher.ts';
import type { Db } from '../../../src/db/core/client.ts';
import { readInstallationIdentity } from '../../../src/db/core/installation.ts';
import { createNodeDb } from '../../../src/db/core/node-client.ts';
import type { SecretBox } from '../../../src/db/core/secret-box.ts';
import type { FakeGitHub, FakeGitHubOptions } from '../../../src/demo/fake-github/fake-github.ts';
import type { GitHubData } from '../../../src/demo/core/github-data.ts';
import { parseConfig } from '../../../src/runtime/settings/config.ts';
import { createGrpcLauncher } from '../../../src/runtime/temporal/grpc-launcher.ts';
import { createTemporalClient } from '../../../src/runtime/temporal/temporal-client.ts';
import { startWorkers, type Workers } from '../../../src/runtime/temporal/worker.ts';
import { connectorFor } from '../github/github.ts';
import { PATIENT } from '../patience.ts';
import { createTestDatabase, type TestDatabase } from '../postgres/postgres.ts';
import { startTestTemporal, type TestTemporal } from '../temporal/temporal.ts';
import { connectTeam } from './connected-team.ts';

/** A team with a credential, a fake GitHub and a database: all that a sync needs but the workers. */
export interface SyncWorld {
  readonly database: TestDatabase;
  readonly application: Db;
  readonly maintenance: Db;
  readonly temporal: TestTemporal;
  readonly github: FakeGitHub;
  readonly secrets: SecretBox;
  readonly teamId: bigint;
  /** Identity of the database: a part of all names in Temporal. */
  readonly installation: string;
  readonly launcher: WorkflowLauncher;
  /** As another gateway has it: what is the same for both, only Temporal can know. */
  anotherLauncher(): WorkflowLauncher;
  readonly client: Client;
  /** Workers for all queues in this process. */
  startWorkers(onFailpoint?: (failpoint: SyncFailpoint) => Promise<void>): Promise<Workers>;
  close(): Promise<void>;
}

export interface SyncWorldOptions {
  readonly source: GitHubData;
  readonly heartbeatSeconds?: number;
  readonly parallelRepositories?: number;
  /** Limits of the fake GitHub. */
  readonly limits?: FakeGitHubOptions['limits'];
  readonly latencyMs?: number;
  readonly now?: () => Date;
  /** Which Temporal to use; the world starts one of its own otherwise. */
  readonly temporal?: TestTemporal;
  /** Which database to use; the world takes one of the test run's otherwise. It drops it in any case. */
  readonly database?: TestDatabase;
}

/** A dead worker's workflow task would wait ten seconds for it; an experiment has many dead workers. */
export const QUICK_RECOVERY: Partial<WorkerOptions> = {
  stickyQueueScheduleToStartTimeout: '500ms',
};

export function connectDb(connectionString: string, poolSize = 10): Db {
  return createNodeDb({
    connectionString,
    poolSize,
    applicationName: 'test',
    onConnectionError: () => undefined,
    deadlines: PATIENT.database,
  });
}

export async function createSyncWorld(options: SyncWorldOptions): Promise<SyncWorld> {
  const database = options.database ?? (await createTestDatabase());
  const temporal = options.temporal ?? (await startTestTemporal());
  const application = connectDb(database.applicationUrl);
  const maintenance = connectDb(database.maintenanceUrl, 2);
  const { source, now, limits, latencyMs } = options;
  const { teamId, github, secrets } = await connectTeam(maintenance, {
    source,
    ...(latencyMs === undefined ? {} : { latencyMs }),
    ...(now === undefined ? {} : { now }),
    ...(limits === undefined ? {} : { limits }),
  });
  const target = {
    address: temporal.address,
    namespace: temporal.namespace,
    tls: false,
    apiKey: undefined,
  };
  const temporalClient = createTemporalClient(target, PATIENT.temporal);
  const installation = await readInstallationIdentity(application);
  const anotherLauncher = (): WorkflowLauncher =>
    createGrpcLauncher({
      installation,
      temporal: temporalClient,
      address: target.address,
      namespace: target.namespace,
      uiUrl: temporal.uiUrl,
      deadlines: PATIENT.temporal,
      activityOptions: {
        heartbeatSeconds: options.heartbeatSeconds ?? 60,
        parallelRepositories: options.parallelRepositories ?? 3,
      },
    });
  return {
    database,
    application,
    maintenance,
    temporal,
    github,
    secrets,
    teamId,
    installation,
    client: temporal.client,
    launcher: anotherLauncher(),
    anotherLauncher,
    startWorkers: (onFailpoint) =>
      startWorkers({
        temporal: target,
        installation,
        settings: {
          ...parseConfig({}).worker,
          queues: ['sync', 'compute'],
          workflowBundle: temporal.workflowBundle,
        },
        overrides: QUICK_RECOVERY,
        answerMs: PATIENT.temporal.answerMs,
        dependencies: {
          db: application,
          secrets,
          createGitHub: connectorFor(() => new Date()),
          concurrentRequests: 3,
          reserve: 0.2,
          directUrl: database.maintenanceUrl,
          now: () => new Date(),
          ...(onFailpoint === undefined ? {} : { onFailpoint }),
        },
      }),
    async close() {
      await temporalClient.close();
      await application.$disconnect();
      await maintenance.$disconnect();
      await github.close();
      if (options.temporal === undefined) {
        await temporal.stop();
      }
      await database.drop();
    },
  };
}
