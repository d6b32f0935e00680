import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { SETTINGS } from '../../../src/runtime/settings/settings.ts';
import { createEmptyDatabase } from '../../support/postgres/empty-database.ts';
import { PROJECT_DIRECTORY } from '../../support/sources/scratch-tree.ts';
import { startTestTemporal } from '../../support/temporal/temporal.ts';

function readOperations(): Promise<string> {
  return readFile(join(PROJECT_DIRECTORY, 'docs/operations.md'), 'utf8');
}

/** The lines of docs/operations.md from an empty database to the first query. */
async function readDocumentedLines(): Promise<string[]> {
  const [, block = ''] =
    /^# first-query:begin\n([\s\S]*?)^# first-query:end$/m.exec(await readOperations()) ?? [];
  return block.split('\n');
}

/** Names and values that a line exports. */
const EXPORTED = /(?<=^export .*?)\b([A-Z_]+)=(\S+)/g;
const GATEWAY = 'npx throughline gateway &';

/** This checkout stands for the package that is installed. */
const THROUGHLINE = 'node --import tsx src/cli/main.ts';

/** The gateway ends with the script, which goes on when it says where it listens. */
const START_GATEWAY = `(exec ${THROUGHLINE} gateway) > "$GATEWAY_LOG" 2>&1 &
gateway=$!
trap 'kill $gateway && wait $gateway' EXIT
address=$(sed -n '/answers at/{s/.*answers at //p;q}' < <(tail --pid=$gateway -n +1 -f "$GATEWAY_LOG"))`;

/** The documented lines as a script: the commands as they are, with the addresses of the test for those of the example. */
function toScript(lines: readonly string[], addresses: ReadonlyMap<string, string>): string {
  const adapted = lines.map((line) =>
    line === GATEWAY
      ? START_GATEWAY
      : line.replaceAll(
          EXPORTED,
          (_all, name: string, value: string) => `${name}=${addresses.get(name) ?? value}`,
        ),
  );
  const npx = `npx() { [ "$1" = throughline ] && shift && ${THROUGHLINE} "$@"; }`;
  return ['set -euo pipefail', npx, ...adapted].join('\n');
}

it('the documented commands lead from an empty database to the first query in production mode', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'throughline-first-query-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const database = await createEmptyDatabase();
  onTestFinished(() => database.drop());
  const temporal = await startTestTemporal();
  onTestFinished(() => temporal.stop());

  const lines = await readDocumentedLines();
  const exported = lines.flatMap((line) =>
    [...line.matchAll(EXPORTED)].map(([, name = '']) => name),
  );
  const settings = new Set(SETTINGS.map(({ name }) => name));
  expect(exported.length).toBeGreaterThan(6);
  expect(exported.filter((name) => !settings.has(name))).toEqual([]);
  expect(lines).toContain(GATEWAY);
  const script = toScript(
    lines,
    new Map([
      ['DATABASE_URL', `'${database.applicationUrl}'`],
      ['DATABASE_DIRECT_URL', `'${database.maintenanceUrl}'`],
      ['TEMPORAL_ADDRESS', temporal.address],
      ['GATEWAY_URL', '"$address"'],
    ]),
  );

  const { PATH, HOME } = process.env;
  const log = join(directory, 'gateway.log');
  const child = spawn('bash', ['-c', script], {
    cwd: PROJECT_DIRECTORY,
    // A port of the example is the product's default, and may be taken here.
    env: { PATH, HOME, GATEWAY_LOG: log, PORT: '0', THROUGHLINE_DATA_DIRECTORY: directory },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let complaints = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  expect(code, `${output}\n${complaints}`).toBe(0);

  const [answer = ''] = output.trim().split('\n').slice(-1);
  const { data } = JSON.parse(answer) as { data: unknown };
  expect(data).toEqual({
    viewer: { email: 'ada@example.com' },
    team: { name: 'Platform', viewerRole: 'ADMIN' },
  });
  expect(await readOperations()).toContain(`Its \`data\` is \`${JSON.stringify(data)}\``);
  // Tokens went to the shell and nowhere else.
  expect(`${output}${complaints}${await readFile(log, 'utf8')}`).not.toContain('tl_');
});
