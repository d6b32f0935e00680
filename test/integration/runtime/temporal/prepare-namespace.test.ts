import { NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { WorkflowLauncher } from '../../../../src/contracts/launcher.ts';
import {
  startEmbeddedTemporal,
  type EmbeddedTemporal,
} from '../../../../src/runtime/embedded/temporal.ts';
import { createGrpcLauncher } from '../../../../src/runtime/temporal/grpc-launcher.ts';
import { prepareNamespace } from '../../../../src/runtime/temporal/prepare-namespace.ts';
import {
  createTemporalClient,
  type TemporalClient,
} from '../../../../src/runtime/temporal/temporal-client.ts';
import { PATIENCE_MS, PATIENT } from '../../../support/patience.ts';

/** A dev server that knows nothing of us, as a cluster of others does. */
let server: EmbeddedTemporal;
let connection: NativeConnection;
const clients: TemporalClient[] = [];

beforeAll(async () => {
  server = await startEmbeddedTemporal({
    executable: inject('temporalExecutable'),
    onProgress: () => undefined,
    searchAttributes: [],
    startAttempts: 50,
  });
  connection = await NativeConnection.connect({ address: server.address });
});

afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await connection.close();
  await server.stop();
});

function launcherOf(namespace: string): WorkflowLauncher {
  const target = { address: server.address, namespace, tls: false, apiKey: undefined };
  const temporal = createTemporalClient(target, PATIENT.temporal);
  clients.push(temporal);
  const activityOptions = { heartbeatSeconds: 600, parallelRepositories: 2 };
  return createGrpcLauncher({
    installation: '0123456789',
    ...target,
    temporal,
    uiUrl: null,
    activityOptions,
    deadlines: PATIENT.temporal,
  });
}

const request = { teamId: '1', repositories: [], since: null, requestedBy: null };
const prepare = (namespace: string) =>
  prepareNamespace(connection, { address: server.address, namespace }, PATIENCE_MS);

it('a cluster without our search attributes gets them, once, and takes starts then', async () => {
  const launcher = launcherOf('default');
  await expect(launcher.startBackfill(request)).rejects.toMatchObject({
    code: 'TEMPORAL_UNAVAILABLE',
    message: expect.stringMatching(
      /lacks the search attributes.*search-attribute create/,
    ) as string,
  });
  const made = await Promise.all([prepare('default'), prepare('default')]);
  expect(new Set(made.flat())).toEqual(
    new Set(
      ['TeamId', 'Repository', 'SyncKind', 'WaitingFor'].map((name) => `search attribute ${name}`),
    ),
  );
  expect(await prepare('default')).toEqual([]);
  expect(await launcher.startBackfill(request)).toMatchObject({ joined: false });
});

it('a namespace that is not there is made with them', async () => {
  const launcher = launcherOf('metrics');
  await expect(launcher.startBackfill(request)).rejects.toMatchObject({
    code: 'TEMPORAL_UNAVAILABLE',
    message: expect.stringMatching(/no namespace metrics/) as string,
  });
  expect(await prepare('metrics')).toEqual([
    'namespace metrics',
    'search attribute TeamId',
    'search attribute Repository',
    'search attribute SyncKind',
    'search attribute WaitingFor',
  ]);
  expect(await launcher.startBackfill(request)).toMatchObject({ joined: false });
});
