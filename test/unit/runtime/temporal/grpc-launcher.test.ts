import type { Client } from '@temporalio/client';
import { expect, it } from 'vitest';
import type { BackfillRequest } from '../../../../src/contracts/launcher.ts';
import type { TemporalDeadlines } from '../../../../src/domain/core/deadlines.ts';
import { createGrpcLauncher } from '../../../../src/runtime/temporal/grpc-launcher.ts';
import { PATIENT } from '../../../support/patience.ts';

const ACTIVITY_OPTIONS = { heartbeatSeconds: 30, parallelRepositories: 3 };

function launcherFor(get: () => Promise<Client>, deadlines?: TemporalDeadlines) {
  return createGrpcLauncher({
    installation: '0123456789',
    temporal: { get, close: async () => undefined },
    address: '127.0.0.1:1',
    namespace: 'default',
    uiUrl: null,
    activityOptions: ACTIVITY_OPTIONS,
    ...(deadlines === undefined ? {} : { deadlines }),
  });
}

function request(given: Partial<BackfillRequest> = {}): BackfillRequest {
  return {
    teamId: '1',
    repositories: ['acme/api'],
    since: '2026-01-01T00:00:00.000Z',
    requestedBy: null,
    ...given,
  };
}

it('starts what is requested many times at once only once, and tells the others that they joined', async () => {
  const started: string[] = [];
  const client = {
    withDeadline: (_deadline: number, work: () => Promise<unknown>) => work(),
    workflow: {
      start: async (_type: string, { workflowId }: { readonly workflowId: string }) => {
        started.push(workflowId);
        return { firstExecutionRunId: `run ${started.length}` };
      },
    },
  };
  const launcher = launcherFor(async () => client as unknown as Client);
  const answers = await Promise.all([
    launcher.startBackfill(request()),
    launcher.startBackfill(request({ requestedBy: '7' })),
    launcher.startBackfill(request({ since: '2025-01-01T00:00:00.000Z' })),
  ]);
  expect(answers.map(({ workflowRunId, joined }) => [workflowRunId, joined])).toEqual([
    ['run 1', false],
    ['run 1', true],
    ['run 2', false],
  ]);
  expect((await launcher.startBackfill(request())).workflowRunId).toBe('run 3');
});

it('says that Temporal does not answer also where the client itself never comes to say so', async () => {
  const never = () => new Promise<never>(() => undefined);
  const away = { code: 'TEMPORAL_UNAVAILABLE' };
  const ofSignals = launcherFor(never, { ...PATIENT.temporal, signalMs: 50 });
  await expect(ofSignals.signalWebhooks({ teamId: '1', connectionId: '2' })).rejects.toMatchObject(
    away,
  );
  const ofStarts = launcherFor(never, { ...PATIENT.temporal, answerMs: 50 });
  await expect(ofStarts.startBackfill(request())).rejects.toMatchObject(away);
});
