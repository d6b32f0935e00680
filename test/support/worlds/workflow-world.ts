import { readFile } from 'node:fs/promises';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { WorkflowBundleOption } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { WorkflowLauncher, WorkflowStart } from '../../../src/contracts/launcher.ts';
import { createAskTemporal, type AskTemporal } from '../../../src/runtime/temporal/ask-temporal.ts';
import { createGrpcLauncher } from '../../../src/runtime/temporal/grpc-launcher.ts';
import {
  createTemporalClient,
  type TemporalClient,
} from '../../../src/runtime/temporal/temporal-client.ts';
import { PATIENT } from '../patience.ts';
import { createGates, type Gates } from './started-backfill.ts';
import { startStubWorkers, startWorkflowWorkers, type StubWorkers } from '../stubs/stub-workers.ts';
import { startTestTemporal, type TestTemporal } from '../temporal/temporal.ts';

type Stubs = Parameters<typeof startStubWorkers>[1];
type Start = Pick<WorkflowStart, 'workflowType' | 'workflowId' | 'taskQueue' | 'input'>;
type Handle = WorkflowHandleWithFirstExecutionRunId;

/** What a file of workflow tests works with. */
export interface WorkflowWorld {
  /** There once the tests begin. */
  readonly temporal: TestTemporal;
  readonly gates: Gates;
  /** Id of a team that no other test of the file has. */
  nextTeam(): string;
  /** Workers over these activities, until the test ends; with them those of the workflows, until the file ends. */
  work(stubs: Stubs, options?: Parameters<typeof startStubWorkers>[2]): Promise<void>;
  start(start: Start): Promise<Handle>;
}

/**
 * Gives the file that calls it a Temporal dev server and workers over stub activities. After each test its gates are
 * opened and the workers of its activities end, whatever became of it; those of the workflows and the server end with the file.
 */
export function openWorkflowWorld(
  options: {
    readonly reuseV8Context?: boolean;
    /** Makes the workflows from the code of the bundle, for what the product's own take too long. */
    readonly change?: (bundle: string) => string;
  } = {},
): WorkflowWorld {
  const { reuseV8Context, change } = options;
  const gates = createGates();
  const workers: StubWorkers[] = [];
  let temporal: TestTemporal;
  let workflows: StubWorkers | undefined;
  let teams = 0;
  beforeAll(async () => {
    temporal = await startTestTemporal();
  });
  afterEach(async () => {
    // An activity that a failed test left waiting would keep its worker.
    gates.openAll();
    await Promise.all(workers.splice(0).map((running) => running.stop()));
  });
  afterAll(async () => {
    await workflows?.stop();
    await temporal.stop();
  });
  const readBundle = async (): Promise<WorkflowBundleOption> => {
    const codePath = temporal.workflowBundle;
    return change === undefined ? { codePath } : { code: change(await readFile(codePath, 'utf8')) };
  };
  return {
    get temporal() {
      return temporal;
    },
    gates,
    nextTeam() {
      teams += 1;
      return String(teams);
    },
    async work(stubs, stubOptions) {
      workflows ??= await startWorkflowWorkers(temporal, await readBundle(), { reuseV8Context });
      workers.push(await startStubWorkers(temporal, stubs, stubOptions));
    },
    start({ workflowType, workflowId, taskQueue, input }) {
      const run = { workflowId, taskQueue, args: [input] };
      return temporal.client.workflow.start(workflowType, run);
    },
  };
}

/** Asks the Temporal of a world as commands do, for as long as it takes. */
export function askTemporal({ client, address, namespace }: TestTemporal): AskTemporal {
  const temporal = { get: async () => client, close: async () => undefined };
  return createAskTemporal({ temporal, address, namespace, ...PATIENT.temporal });
}

/** The launcher of the API on the Temporal of a file's world, closed before that ends. */
export function openLauncher(world: WorkflowWorld): () => WorkflowLauncher {
  let client: TemporalClient;
  let launcher: WorkflowLauncher;
  beforeAll(() => {
    const { address, namespace, uiUrl } = world.temporal;
    const target = { address, namespace, tls: false, apiKey: undefined };
    client = createTemporalClient(target, PATIENT.temporal);
    const activityOptions = { heartbeatSeconds: 600, parallelRepositories: 2 };
    const deadlines = PATIENT.temporal;
    launcher = createGrpcLauncher({
      temporal: client,
      // As the stub workers are: histories of before installations had identities run so.
      installation: null,
      address,
      namespace,
      uiUrl,
      activityOptions,
      deadlines,
    });
  });
  afterAll(() => client.close());
  return () => launcher;
}
