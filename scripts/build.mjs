// `npm run build [-- <directory>]`: JavaScript for Node in dist, or in another directory of the project, without the demo,
// and the workflow bundle that production workers load. With --no-check the types are not checked, which is most of the
// time: for tests and benches, because `npm run verify` checks the same sources.
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const ROOT = join(import.meta.dirname, '..');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'no-check': { type: 'boolean', default: false } },
});
const DIST = resolve(ROOT, positionals[0] ?? 'dist');

rmSync(DIST, { recursive: true, force: true });

const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
const { status } = spawnSync(
  process.execPath,
  [
    tsc,
    '-p',
    'tsconfig.build.json',
    '--outDir',
    DIST,
    ...(values['no-check'] ? ['--noCheck'] : []),
  ],
  {
    cwd: ROOT,
    stdio: 'inherit',
  },
);
if (status !== 0) {
  process.stderr.write('The sources do not compile: nothing was built.\n');
  rmSync(DIST, { recursive: true, force: true });
  process.exit(1);
}

// Compiled with the rest, because the command line loads it where it is there (src/cli/core/load-demo.ts).
rmSync(join(DIST, 'demo'), { recursive: true });

const { code } = await bundleWorkflowCode({
  workflowsPath: join(DIST, 'workflows/index.js'),
  logger: new DefaultLogger('WARN'),
});
writeFileSync(join(DIST, 'workflow-bundle.js'), code);
process.stdout.write(
  `${basename(DIST)} is built; the workflow bundle has ${Math.round(code.length / 1024)} KiB\n`,
);
