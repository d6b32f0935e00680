import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { findFreePorts, rememberPort } from '../../../../src/runtime/embedded/free-port.ts';
import { processIdentity } from '../../../../src/runtime/embedded/process-identity.mjs';
import {
  type EmbeddedTemporal,
  type EmbeddedTemporalOptions,
  startEmbeddedTemporal,
} from '../../../../src/runtime/embedded/temporal.ts';
import { gatherProgress } from '../support/progress.ts';
import { createDirectory } from '../support/data-directory.ts';
import { runScript } from '../support/script.ts';

const SEARCH_ATTRIBUTES = ['TeamId', 'Repository', 'SyncKind'];

/** Starts in this process; stopped when the test is over. */
async function start(
  options: Partial<EmbeddedTemporalOptions>,
): Promise<EmbeddedTemporal & { progress: string[] }> {
  const { onProgress, progress } = gatherProgress();
  const temporal = await startEmbeddedTemporal({
    executable: inject('temporalExecutable'),
    searchAttributes: SEARCH_ATTRIBUTES,
    onProgress,
    ...options,
  });
  onTestFinished(() => temporal.stop());
  return { ...temporal, progress };
}

/** A workflow through Temporal's HTTP API: the answer's status, and the workflow's own when there is one. */
async function call(httpPort: number, id: string, body?: unknown): Promise<[number, unknown]> {
  const response = await fetch(
    `http://127.0.0.1:${httpPort}/api/v1/namespaces/default/workflows/${id}`,
    body === undefined
      ? {}
      : {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        },
  );
  const answer = (await response.json()) as {
    workflowExecutionInfo?: { status: string; searchAttributes?: { indexedFields: object } };
  };
  const info = answer.workflowExecutionInfo;
  return [
    response.status,
    info && [info.status, Object.keys(info.searchAttributes?.indexedFields ?? {})],
  ];
}

async function startWorkflow(httpPort: number, id: string): Promise<void> {
  const searchAttributes = {
    indexedFields: Object.fromEntries(SEARCH_ATTRIBUTES.map((name) => [name, 'value'])),
  };
  const [status] = await call(httpPort, id, {
    workflowType: { name: 'anything' },
    taskQueue: { name: 'nobody' },
    searchAttributes,
  });
  expect(status).toBe(200);
}

const RUNNING = [
  200,
  ['WORKFLOW_EXECUTION_STATUS_RUNNING', expect.arrayContaining(SEARCH_ATTRIBUTES)],
];

async function readServerPid(dataDirectory: string): Promise<number> {
  return Number(await readFile(join(dataDirectory, 'temporal', 'pid'), 'utf8'));
}

describe('the embedded Temporal', () => {
  it('serves gRPC, its Web UI and its HTTP API, and keeps workflows and ports over a restart', async () => {
    const dataDirectory = join(await createDirectory(), 'data');
    const first = await start({ dataDirectory });
    await startWorkflow(first.httpPort, 'kept');
    expect((await fetch(first.uiUrl)).status).toBe(200);
    const pid = await readServerPid(dataDirectory);
    await first.stop();
    await first.stop();
    expect(await processIdentity(pid)).toBeUndefined();
    const second = await start({ dataDirectory });
    expect(await call(second.httpPort, 'kept')).toStrictEqual(RUNNING);
    expect([second.address, second.uiUrl, second.httpPort]).toStrictEqual([
      first.address,
      first.uiUrl,
      first.httpPort,
    ]);
  });

  it('keeps nothing when it is started in memory', async () => {
    const first = await start({});
    await startWorkflow(first.httpPort, 'forgotten');
    await first.stop();
    const second = await start({});
    expect(await call(second.httpPort, 'forgotten')).toStrictEqual([404, undefined]);
  });

  it('takes other ports when the remembered ones are taken', async () => {
    const dataDirectory = join(await createDirectory(), 'data');
    const ports = await findFreePorts([undefined, undefined, undefined]);
    const names = ['temporal', 'temporal-ui', 'temporal-http'];
    for (const [index, port] of ports.entries()) {
      await rememberPort(dataDirectory, names[index] ?? '', port);
      const taken = createServer();
      await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', resolve));
      onTestFinished(() => {
        taken.close();
      });
    }
    const temporal = await start({ dataDirectory });
    const used = [temporal.address, temporal.uiUrl].map((text) => Number(text.split(':').at(-1)));
    expect([...used, temporal.httpPort].filter((port) => ports.includes(port))).toStrictEqual([]);
    await startWorkflow(temporal.httpPort, 'elsewhere');
  });

  it('ends the server that a kill -9 left running and goes on with its workflows', async () => {
    const dataDirectory = join(await createDirectory(), 'data');
    const script = runScript('start-temporal.ts', {
      executable: inject('temporalExecutable'),
      dataDirectory,
      searchAttributes: SEARCH_ATTRIBUTES,
    });
    await startWorkflow(Number(await script.line('ready ')), 'kept');
    const orphan = await readServerPid(dataDirectory);
    script.child.kill('SIGKILL');
    await script.exited;
    expect(await processIdentity(orphan)).toStrictEqual(expect.any(String));
    const temporal = await start({ dataDirectory });
    expect(temporal.progress).toStrictEqual([
      `ending Temporal (process ${orphan}), which a killed start left running`,
    ]);
    expect(await processIdentity(orphan)).toBeUndefined();
    expect(await call(temporal.httpPort, 'kept')).toStrictEqual(RUNNING);
  });

  it('in memory, ends one that a kill -9 left running, by its directory', async () => {
    const script = runScript('start-temporal.ts', {
      executable: inject('temporalExecutable'),
      searchAttributes: [],
    });
    await script.line('ready ');
    const prefix = `throughline-temporal-${script.pid}-`;
    const [name = ''] = (await readdir(tmpdir())).filter((each) => each.startsWith(prefix));
    const orphan = Number(await readFile(join(tmpdir(), name, 'pid'), 'utf8'));
    script.child.kill('SIGKILL');
    await script.exited;
    const temporal = await start({});
    expect(await processIdentity(orphan)).toBeUndefined();
    expect((await readdir(tmpdir())).filter((each) => each === name)).toStrictEqual([]);
    await startWorkflow(temporal.httpPort, 'undisturbed');
  });

  it('makes a database again that a first start left half-made', async () => {
    const dataDirectory = join(await createDirectory(), 'data');
    await mkdir(join(dataDirectory, 'temporal'), { recursive: true });
    await writeFile(join(dataDirectory, 'temporal', 'state.db'), 'half');
    const temporal = await start({ dataDirectory });
    await startWorkflow(temporal.httpPort, 'fresh');
    expect(await call(temporal.httpPort, 'fresh')).toStrictEqual(RUNNING);
  });

  it('is refused to a second start while the first lives', async () => {
    const dataDirectory = join(await createDirectory(), 'data');
    const first = await start({ dataDirectory });
    await expect(start({ dataDirectory })).rejects.toThrow(
      `The Temporal data in ${dataDirectory} are in use by process ${process.pid}; stop it first.`,
    );
    await startWorkflow(first.httpPort, 'undisturbed');
  });

  it('says what the log says when the server does not start, and gives the directory back', async () => {
    const directory = await createDirectory();
    const dataDirectory = join(directory, "it's data");
    const broken = join(directory, 'temporal');
    await writeFile(broken, '#!/bin/sh\necho "disk is full" >&2\nexit 1\n');
    await chmod(broken, 0o755);
    await expect(start({ dataDirectory, executable: broken })).rejects.toThrow(
      /Temporal's dev server did not start; its log says:\n[^]*disk is full/,
    );
    const temporal = await start({ dataDirectory });
    await startWorkflow(temporal.httpPort, 'fine');
    expect(await readdir(dataDirectory)).toContain('temporal.lock');
  });
});
