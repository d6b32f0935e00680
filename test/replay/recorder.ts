import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { NativeConnection } from '@temporalio/worker';
import type { WorkflowStart } from '../../src/contracts/launcher.ts';
import { SEARCH_ATTRIBUTES } from '../../src/contracts/search-attributes.ts';
import { TASK_QUEUES } from '../../src/contracts/task-queues.ts';
import { createLogger } from '../../src/runtime/core/logger.ts';
import { bundleWorkflows, routeTemporalLogs } from '../../src/runtime/temporal/worker.ts';
import { findTemporalExecutable } from '../../src/runtime/embedded/temporal-executable.ts';
import { startEmbeddedTemporal } from '../../src/runtime/embedded/temporal.ts';
import { startStubWorkers, startWorkflowWorkers } from '../support/stubs/stub-workers.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

type Stubs = Parameters<typeof startStubWorkers>[1];

/** A dev server whose histories are stored under `histories`; existing files are left alone. */
export interface Recorder {
  readonly client: Client;
  readonly connection: NativeConnection;
  /** Stores the history of a workflow that has ended: of a chain its last run, or the run of `runId`. */
  saveHistory(workflow: string, name: string, workflowId: string, runId?: string): Promise<void>;
  /** Runs a workflow to its end and stores its history. */
  recordStart(name: string, start: WorkflowStart, stubs: Stubs): Promise<void>;
  close(): Promise<void>;
}

export async function openRecorder(): Promise<Recorder> {
  routeTemporalLogs(createLogger('silent'));
  const report = (message: string): boolean => process.stderr.write(`${message}\n`);
  const { path } = await findTemporalExecutable({ environment: process.env, onProgress: report });
  const server = await startEmbeddedTemporal({
    executable: path,
    onProgress: report,
    searchAttributes: Object.values(SEARCH_ATTRIBUTES),
  });
  const clientConnection = await Connection.connect({ address: server.address });
  const connection = await NativeConnection.connect({ address: server.address });
  const client = new Client({ connection: clientConnection });
  const workflows = await startWorkflowWorkers(
    { connection, namespace: 'default' },
    await bundleWorkflows(),
  );

  const recorder: Recorder = {
    client,
    connection,

    async saveHistory(workflow, name, workflowId, runId) {
      const file = fileURLToPath(new URL(`histories/${workflow}/${name}.json`, import.meta.url));
      if (existsSync(file)) {
        report(`${workflow}/${name}: kept as it is`);
        return;
      }
      await mkdir(dirname(file), { recursive: true });
      const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      // Stack traces name files of the recording machine: the path of its project folder is left out.
      await writeFile(file, `${historyToJSON(history).replaceAll(PROJECT, '')}\n`);
      report(`${workflow}/${name}: recorded`);
    },

    async recordStart(name, { workflowType, workflowId, taskQueue, input }, stubs) {
      const workers = await startStubWorkers({ connection, namespace: 'default' }, stubs);
      const handle = await client.workflow.start(workflowType, {
        workflowId,
        taskQueue: TASK_QUEUES[taskQueue],
        args: [input],
      });
      await handle.result().catch(() => undefined);
      await workers.stop();
      await recorder.saveHistory(workflowType, name, workflowId);
    },

    async close() {
      await workflows.stop();
      await connection.close();
      await clientConnection.close();
      await server.stop();
    },
  };
  return recorder;
}
